package io.tideline.net.http;

import io.quarkus.websockets.next.UserData.TypedKey;
import io.quarkus.websockets.next.WebSocketConnection;
import io.tideline.loop.Lane;
import io.tideline.net.Lanes;
import io.tideline.net.websocket.TransportConfig;
import io.tideline.net.websocket.WriteMode;
import io.tideline.session.CloseReason;
import io.tideline.session.Dialect;
import io.tideline.session.Session;
import io.tideline.session.SessionContext;
import jakarta.inject.Singleton;
import org.jboss.logging.Logger;

/**
 * The sessions of this node's WebSockets, whatever protocol they speak: an endpoint opens one for
 * each connection, and finds it again with each message. All calls come on the connection's lane.
 * What is called never waits, so that one message is done before the next comes, and no queue is
 * needed to see to that.
 */
@Singleton
public final class SocketSessions {
  private static final Logger LOG = Logger.getLogger(SocketSessions.class);
  private static final TypedKey<Session> SESSION = new TypedKey<>(Session.class.getName());

  private final Lanes lanes;
  private final WriteMode way;

  SocketSessions(Lanes lanes, TransportConfig transport) {
    this.lanes = lanes;
    this.way = transport.wayOut();
  }

  /** Makes the dialect of a connection. */
  public interface DialectFactory {
    /**
     * Makes one.
     *
     * @param takesDeflated whether frames may be compressed (RFC 7692)
     */
    Dialect dialect(boolean takesDeflated);
  }

  /** Begins the session of a connection that came through {@link WebSocketUpgrade}. */
  public void open(
      WebSocketConnection connection, SessionContext context, DialectFactory dialects) {
    Lane lane = lanes.current();
    WebSocketUpgrade.Arrival arrival = WebSocketUpgrade.arrivalOf(connection);
    Leftovers.clear(arrival.request());
    connection
        .userData()
        .put(
            SESSION,
            new Session(
                context,
                lane,
                arrival.caller(),
                arrival.place(),
                dialects.dialect(way.takesDeflated(connection)),
                writable -> way.socket(lane, connection, writable)));
  }

  /** The session of a connection that was opened. */
  public Session of(WebSocketConnection connection) {
    return connection.userData().get(SESSION);
  }

  /** Clients vanish without a word all the time: no reason to wake anyone. */
  public void failed(WebSocketConnection connection, Throwable failure) {
    LOG.debugf(failure, "A WebSocket failed: %s", connection.id());
    of(connection).close(CloseReason.INTERNAL);
  }
}
