package io.tideline.postgres;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.impl.Connection;
import io.vertx.sqlclient.impl.SocketConnectionBase;
import io.vertx.sqlclient.impl.SqlConnectionInternal;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection from which nothing comes any more. The driver ends one that is idle by
 * closing its own side and waits for the server to close the other; where the way to the server is
 * gone it waits for as long as TCP does, and keeps the place in the pool. This handler stands in
 * front of the driver's, so that its close is not one of those.
 */
final class SilentConnection extends IdleStateHandler {
  private static final String NAME = "tideline-silent-connection";

  private SilentConnection(Duration silenceMax) {
    super(silenceMax.toMillis(), 0, 0, TimeUnit.MILLISECONDS);
  }

  /** The caller is on the connection's event loop. */
  static void guard(SqlConnection connection, Duration silenceMax) {
    Connection inner = ((SqlConnectionInternal) connection).unwrap();
    while (inner.unwrap() != inner) {
      inner = inner.unwrap();
    }
    ((SocketConnectionBase) inner)
        .socket()
        .channelHandlerContext()
        .pipeline()
        .addFirst(NAME, new SilentConnection(silenceMax));
  }

  @Override
  protected void channelIdle(ChannelHandlerContext context, IdleStateEvent silent) {
    var unused = context.close();
  }
}
