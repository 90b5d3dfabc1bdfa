package io.tideline.door.centrifuge;

import io.quarkus.websockets.next.WebSocketConnection;
import io.tideline.access.Action;
import io.tideline.hub.Format;
import io.tideline.identity.SharedSecret;
import io.tideline.identity.UnusableKeyException;
import io.tideline.net.http.DoorRoutes;
import io.tideline.net.http.Route;
import io.tideline.net.http.SocketSessions;
import io.tideline.net.http.WebSocketUpgrade;
import io.tideline.net.websocket.Deflation;
import io.tideline.protocol.PayloadReader;
import io.tideline.protocol.WireLimits;
import io.tideline.session.Authenticator;
import io.tideline.session.SessionContext;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The door for clients of the Centrifuge protocol: its route, its credentials, its encodings. */
@Singleton
public final class CentrifugeDoor implements DoorRoutes {
  static final String PATH = "/connection/websocket";
  public static final Route ROUTE = Route.ofSocket(PATH, "cf_protocol", "format");

  /** Offered by clients that speak Protobuf; those that speak JSON offer none. */
  static final String PROTOBUF = "centrifuge-protobuf";

  /** Asked for so by clients that can offer no subprotocol. */
  private static final Set<String> PROTOBUF_QUERIES =
      Set.of("cf_protocol=protobuf", "format=protobuf");

  private static final String JSON = "centrifuge-json";

  private final boolean isOpen;
  private final WebSocketUpgrade upgrade;
  private final SessionContext session;
  private final DoorContext door;
  private final Encoding json;
  private final Encoding protobuf;

  /** A codec, and its publications on connections with and without compression. */
  private record Encoding(Codec codec, Format plain, Format deflated) {
    static Encoding of(Codec codec, Deflation deflation) {
      return new Encoding(codec, codec.publications(), deflation.of(codec.publications()));
    }
  }

  CentrifugeDoor(
      CentrifugeConfig config,
      WebSocketUpgrade upgrade,
      SessionContext sessions,
      WireLimits limits,
      Deflation deflation) {
    this.isOpen = config.enabled();
    this.upgrade = upgrade;
    Tokens tokens = config.secretFile().map(CentrifugeDoor::tokens).orElse(null);
    Authenticator authenticator =
        new ConnectionAuthenticator(
            tokens, sessions.authenticator(), rights(config), sessions.clock());
    this.session = sessions.with(authenticator);
    ChannelNames names = new ChannelNames(config.namespace());
    this.door =
        new DoorContext(
            names,
            new PayloadReader(limits),
            tokens,
            config.anonymous(),
            sessions.settings().sockets().interval(),
            sessions.clock());
    this.json = Encoding.of(new JsonCodec(names, limits.jsonDepthMax()), deflation);
    this.protobuf = Encoding.of(new ProtobufCodec(names, limits.jsonDepthMax()), deflation);
  }

  private static Tokens tokens(java.nio.file.Path secretFile) {
    try {
      return new Tokens(SharedSecret.in(secretFile));
    } catch (UnusableKeyException unusable) {
      throw new IllegalArgumentException(
          "tideline.doors.centrifuge.secret-file: " + unusable.getMessage(), unusable);
    }
  }

  private static Map<Action, List<String>> rights(CentrifugeConfig config) {
    return Map.of(
        Action.SUBSCRIBE, patterns(config.subscribe()),
        Action.PUBLISH, patterns(config.publish()),
        Action.PRESENCE, patterns(config.presence()));
  }

  private static List<String> patterns(Optional<List<String>> configured) {
    return configured.orElse(List.of());
  }

  @Override
  public List<Route> routes() {
    return isOpen ? List.of(ROUTE) : List.of();
  }

  @Override
  public String area() {
    return "/connection";
  }

  void add(@Observes Router router) {
    if (isOpen) {
      upgrade.add(router, PATH, CentrifugeDoor::choose);
    }
  }

  private static @Nullable String choose(List<String> offered) {
    return Stream.of(PROTOBUF, JSON).filter(offered::contains).findFirst().orElse(null);
  }

  SessionContext session() {
    return session;
  }

  /** The maker of the dialect of a connection, in the encoding that its handshake asked for. */
  SocketSessions.DialectFactory dialects(WebSocketConnection connection) {
    Encoding encoding = asksForProtobuf(connection) ? protobuf : json;
    return takesDeflated ->
        new CentrifugeDialect(
            door, encoding.codec(), takesDeflated ? encoding.deflated() : encoding.plain());
  }

  private static boolean asksForProtobuf(WebSocketConnection connection) {
    String query = connection.handshakeRequest().query();
    return PROTOBUF.equals(connection.subprotocol())
        || (query != null && Stream.of(query.split("&")).anyMatch(PROTOBUF_QUERIES::contains));
  }
}
