package io.tideline.app;

import io.quarkus.vertx.http.HttpServer;
import io.tideline.backplane.MessagingBackplane;
import io.tideline.session.Admission;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.Locale;
import java.util.function.Supplier;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/** This node in its own words, as the other nodes list it. Any thread. */
@Singleton
final class NodeDescription implements Supplier<String> {
  private final MessagingBackplane backplane;
  private final String connector;
  private final Admission admission;
  private final HttpServer server;
  private final String version;
  private final @Nullable String host;
  private final long sinceMillis;

  NodeDescription(
      MessagingBackplane backplane,
      TidelineConfig config,
      Admission admission,
      HttpServer server,
      Clock clock,
      @ConfigProperty(name = "quarkus.application.version") String version,
      @ConfigProperty(name = FirstRun.HOST) String host) {
    this.backplane = backplane;
    this.connector = config.backplane().connector().name().toLowerCase(Locale.ROOT);
    this.admission = admission;
    this.server = server;
    this.version = version;
    this.host = reachable(host);
    this.sinceMillis = clock.millis();
  }

  /** Who listens everywhere says where it would be found; null if it doesn't know. */
  private static @Nullable String reachable(String host) {
    try {
      InetAddress address = InetAddress.getByName(host);
      return address.isAnyLocalAddress() ? InetAddress.getLocalHost().getHostAddress() : host;
    } catch (UnknownHostException unknown) {
      return null;
    }
  }

  @Override
  public String get() {
    return new JsonObject()
        .put("since", sinceMillis)
        .put("version", version)
        .put("address", address())
        .put("draining", admission.isClosed())
        .put("connections", admission.connections())
        .put("connector", connector)
        .put("backplane", backplane.state())
        .put("lag", backplane.lagMillis())
        .encode();
  }

  /** The port is known once the server has opened it. */
  private @Nullable String address() {
    int port = server.getPort() > 0 ? server.getPort() : server.getSecurePort();
    return host == null || port <= 0 ? null : host + ":" + port;
  }
}
