package io.tideline.transport;

import io.netty.channel.Channel;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;

/** The one place that looks beneath the API of Vert.x. */
final class NettyChannel {
  /** What Vert.x calls its own handler, the last one in the pipeline. */
  static final String VERTX_HANDLER = "handler";

  private NettyChannel() {}

  /** The channel of a connection; the caller touches it on its event loop. */
  static Channel of(HttpConnection connection) {
    if (connection instanceof ConnectionBase base) {
      return base.channel();
    }
    throw new IllegalStateException(
        "This version of Vert.x does not show the channel of a "
            + connection.getClass().getName()
            + ": Tideline is made for Vert.x 4.5");
  }

  /** Closes a connection without waiting for what hasn't left, as its own close would. */
  static void cut(HttpConnection connection) {
    var unused = of(connection).pipeline().lastContext().close();
  }
}
