package io.tideline.door.tideline;

import io.quarkus.websockets.next.InboundProcessingMode;
import io.quarkus.websockets.next.OnBinaryMessage;
import io.quarkus.websockets.next.OnClose;
import io.quarkus.websockets.next.OnError;
import io.quarkus.websockets.next.OnOpen;
import io.quarkus.websockets.next.OnTextMessage;
import io.quarkus.websockets.next.UserData.TypedKey;
import io.quarkus.websockets.next.WebSocket;
import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.common.annotation.NonBlocking;
import io.tideline.hub.Hub;
import io.tideline.hub.HubLimits;
import io.tideline.hub.Publisher;
import io.tideline.loop.Lane;
import io.tideline.net.Lanes;
import io.tideline.net.http.Leftovers;
import io.tideline.net.websocket.TransportConfig;
import io.tideline.net.websocket.WriteMode;
import io.tideline.presence.Presence;
import io.tideline.protocol.ClientFrames;
import io.tideline.protocol.CloseCode;
import io.tideline.protocol.SocketFormats;
import io.tideline.protocol.WireLimits;
import io.tideline.session.Authenticator;
import io.tideline.session.LiveSettings;
import io.tideline.session.PublishLimiter;
import io.tideline.session.TransportEvents;
import io.tideline.stream.Namespaces;
import io.vertx.core.buffer.Buffer;
import jakarta.inject.Singleton;
import java.time.Clock;
import org.jboss.logging.Logger;

/**
 * Where WebSockets are opened, heard and closed; all of it on their lanes. What is called here
 * never waits, so that one frame is done before the next comes, and no queue is needed to see to
 * that.
 */
@WebSocket(path = "/v1/ws", inboundProcessingMode = InboundProcessingMode.CONCURRENT)
@Singleton
public final class SocketEndpoint {
  private static final Logger LOG = Logger.getLogger(SocketEndpoint.class);
  private static final TypedKey<SocketSession> SESSION =
      new TypedKey<>(SocketSession.class.getName());

  private final Hub hub;
  private final Lanes lanes;
  private final WriteMode way;
  private final SessionContext useCases;

  SocketEndpoint(
      Hub hub,
      Lanes lanes,
      TransportConfig transport,
      LiveSettings settings,
      SocketFormats deflated,
      WireLimits limits,
      Authenticator authenticator,
      Publisher publisher,
      Presence presence,
      HubLimits hubLimits,
      Namespaces namespaces,
      PublishLimiter rates,
      TransportEvents events,
      Clock clock) {
    this.hub = hub;
    this.lanes = lanes;
    this.way = transport.wayOut();
    this.useCases =
        new SessionContext(
            new ClientFrames(limits),
            authenticator,
            publisher,
            presence,
            namespaces,
            rates,
            clock,
            settings,
            deflated,
            events,
            hubLimits.subscriptionsMax());
  }

  @OnOpen
  @NonBlocking
  void open(WebSocketConnection connection) {
    Lane lane = lanes.current();
    SocketUpgrade.Arrival arrival = connection.userData().remove(SocketUpgrade.ARRIVAL);
    Leftovers.clear(arrival.request());
    SocketSession session =
        new SocketSession(
            useCases,
            hub,
            lane,
            arrival.caller(),
            arrival.place(),
            writable -> way.socket(lane, connection, writable));
    connection.userData().put(SESSION, session);
  }

  @OnTextMessage
  @NonBlocking
  void text(String text, WebSocketConnection connection) {
    session(connection).receive(text);
  }

  @OnBinaryMessage
  @NonBlocking
  void binary(Buffer ignored, WebSocketConnection connection) {
    session(connection).close(CloseCode.UNSUPPORTED_DATA);
  }

  @OnClose
  @NonBlocking
  void close(WebSocketConnection connection) {
    session(connection).closed();
  }

  /** Clients go without a word all the time: no reason to wake anyone. */
  @OnError
  @NonBlocking
  void error(Throwable failure, WebSocketConnection connection) {
    LOG.debugf(failure, "A WebSocket failed: %s", connection.id());
    session(connection).close(CloseCode.INTERNAL);
  }

  private static SocketSession session(WebSocketConnection connection) {
    return connection.userData().get(SESSION);
  }
}
