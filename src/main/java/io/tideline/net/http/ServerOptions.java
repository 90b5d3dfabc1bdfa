package io.tideline.net.http;

import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.tideline.net.accept.ClientCertificates;
import io.tideline.net.websocket.TransportConfig;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServerOptions;
import jakarta.inject.Singleton;

/** Sets what Quarkus has no keys for. */
@Singleton
final class ServerOptions implements HttpServerOptionsCustomizer {
  private final TransportConfig config;
  private final ClientCertificates certificates;

  ServerOptions(TransportConfig config, ClientCertificates certificates) {
    this.config = config;
    this.certificates = certificates;
  }

  @Override
  public void customizeHttpServer(HttpServerOptions options) {
    customize(options);
  }

  @Override
  public void customizeHttpsServer(HttpServerOptions options) {
    customize(options);
    ask(options);
  }

  /** Never less than what was fixed when the application was built. */
  private void ask(HttpServerOptions options) {
    ClientAuth asked =
        switch (certificates) {
          case NONE -> ClientAuth.NONE;
          case REQUESTED -> ClientAuth.REQUEST;
          case REQUIRED -> ClientAuth.REQUIRED;
        };
    if (asked.compareTo(options.getClientAuth()) > 0) {
      options.setClientAuth(asked);
    }
  }

  private void customize(HttpServerOptions options) {
    int messageBytesMax = config.webSocket().limits().messageBytesMax();
    options
        .setSendBufferSize((int) config.sendBuffer().asLongValue())
        // The guard joins fragments and has the same limit, so Vert.x meets whole messages only.
        .setMaxWebSocketFrameSize(messageBytesMax)
        .setMaxWebSocketMessageSize(messageBytesMax)
        // Either of them would compress for each connection alone, and let the decoder accept
        // reserved bits. What compression there is, UpgradeCheck agrees on.
        .setPerMessageWebSocketCompressionSupported(false)
        .setPerFrameWebSocketCompressionSupported(false);
  }
}
