package io.tideline.net;

import io.netty.channel.Channel;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.function.Consumer;

/** The one place that looks beneath the API of Vert.x. */
public final class NettyChannel {
  /** What Vert.x calls its own handler, the last one in the pipeline. */
  public static final String VERTX_HANDLER = "handler";

  private NettyChannel() {}

  /** The channel of a connection; the caller touches it on its event loop. */
  public static Channel of(HttpConnection connection) {
    if (connection instanceof ConnectionBase base) {
      return base.channel();
    }
    throw new IllegalStateException(
        "This version of Vert.x does not show the channel of a "
            + connection.getClass().getName()
            + ": Tideline is made for Vert.x 4.5");
  }

  /** Runs something on the connection's event loop once it is closed. */
  public static void whenClosed(HttpConnection connection, Runnable action) {
    var unused = of(connection).closeFuture().addListener(closed -> action.run());
  }

  /** Closes a connection without waiting for what hasn't left, as its own close would. */
  public static void cut(HttpConnection connection) {
    var unused = of(connection).pipeline().lastContext().close();
  }

  /** All listening sockets, each on its event loop. */
  public static void forEachServer(Vertx vertx, Consumer<Channel> action) {
    for (EventExecutor loop : ((VertxInternal) vertx).getAcceptorEventLoopGroup()) {
      loop.execute(
          () ->
              ((SingleThreadEventLoop) loop).registeredChannelsIterator().forEachRemaining(action));
    }
  }
}
