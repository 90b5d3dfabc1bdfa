package io.tideline.transport;

import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.vertx.core.http.HttpServerOptions;
import jakarta.inject.Singleton;

/** Sets what Quarkus has no keys for. */
@Singleton
final class ServerOptions implements HttpServerOptionsCustomizer {
  private final TransportConfig config;

  ServerOptions(TransportConfig config) {
    this.config = config;
  }

  @Override
  public void customizeHttpServer(HttpServerOptions options) {
    customize(options);
  }

  @Override
  public void customizeHttpsServer(HttpServerOptions options) {
    customize(options);
  }

  private void customize(HttpServerOptions options) {
    int messageBytesMax = config.webSocket().limits().messageBytesMax();
    options
        .setSendBufferSize((int) config.sendBuffer().asLongValue())
        // The guard joins fragments and has the same limit, so Vert.x meets whole messages only.
        .setMaxWebSocketFrameSize(messageBytesMax)
        .setMaxWebSocketMessageSize(messageBytesMax)
        // Either of them makes the decoder accept reserved bits. Frames are shared by all
        // connections, so none can be compressed for one of them anyway.
        .setPerMessageWebSocketCompressionSupported(false)
        .setPerFrameWebSocketCompressionSupported(false);
  }
}
