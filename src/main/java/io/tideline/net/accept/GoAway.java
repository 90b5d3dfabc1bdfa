package io.tideline.net.accept;

import io.netty.channel.Channel;
import io.tideline.net.NettyChannel;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import jakarta.inject.Singleton;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The connections of HTTP/2, which are told when this node drains that it takes no new streams (RFC
 * 9113, 6.8): clients open their next one elsewhere, and those that are open go on. Any thread.
 */
@Singleton
public final class GoAway {
  private static final long NO_ERROR = 0;

  private final Set<HttpConnection> connections = ConcurrentHashMap.newKeySet();
  private volatile boolean isSent;

  /** A request came, and with it perhaps a connection. */
  public void note(HttpServerRequest request) {
    if (request.version() != HttpVersion.HTTP_2) {
      return;
    }
    HttpConnection connection = request.connection();
    if (connections.add(connection)) {
      var unused =
          NettyChannel.of(connection)
              .closeFuture()
              .addListener(closed -> connections.remove(connection));
      if (isSent) {
        send(connection);
      }
    }
  }

  /** Tells those that are open, and each that still comes. */
  public void send() {
    isSent = true;
    connections.forEach(GoAway::send);
  }

  private static void send(HttpConnection connection) {
    Channel channel = NettyChannel.of(connection);
    channel.eventLoop().execute(() -> connection.goAway(NO_ERROR));
  }
}
