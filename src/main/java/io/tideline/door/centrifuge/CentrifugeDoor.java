package io.tideline.door.centrifuge;

import io.tideline.access.Action;
import io.tideline.hub.Format;
import io.tideline.identity.SharedSecret;
import io.tideline.identity.UnusableKeyException;
import io.tideline.net.http.DoorRoutes;
import io.tideline.net.http.Route;
import io.tideline.net.http.WebSocketUpgrade;
import io.tideline.net.websocket.Deflation;
import io.tideline.protocol.PayloadReader;
import io.tideline.protocol.WireLimits;
import io.tideline.session.Authenticator;
import io.tideline.session.Dialect;
import io.tideline.session.SessionContext;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The door for clients of the Centrifuge protocol: its route, its credentials, its encodings. */
@Singleton
public final class CentrifugeDoor implements DoorRoutes {
  static final String PATH = "/connection/websocket";
  public static final Route ROUTE = Route.ofSocket(PATH);

  /** Offered by clients that speak Protobuf; those that speak JSON offer none. */
  static final String PROTOBUF = "centrifuge-protobuf";

  private static final String JSON = "centrifuge-json";

  private final boolean isOpen;
  private final WebSocketUpgrade upgrade;
  private final SessionContext session;
  private final DoorContext door;
  private final Encoding json;

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
    return offered.contains(JSON) ? JSON : null;
  }

  SessionContext session() {
    return session;
  }

  /** Makes the dialect of a connection. */
  Dialect dialect(boolean takesDeflated) {
    return new CentrifugeDialect(
        door, json.codec(), takesDeflated ? json.deflated() : json.plain());
  }
}
