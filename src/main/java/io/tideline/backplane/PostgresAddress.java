package io.tideline.backplane;

import io.vertx.pgclient.PgConnectOptions;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;

/**
 * Where connections go that LISTEN: past any pooler, so to an address of their own where one is
 * set.
 */
public final class PostgresAddress {
  private static final String DIRECT = "tideline.backplane.postgres.url";
  private static final int CONNECT_MILLIS_MAX = 5000;

  private PostgresAddress() {}

  static PgConnectOptions of(Config channel, Config application) {
    Optional<String> own = channel.getOptionalValue("url", String.class);
    String url =
        own.or(() -> application.getOptionalValue(DIRECT, String.class))
            .orElseGet(() -> application.getValue("quarkus.datasource.reactive.url", String.class));
    PgConnectOptions options = options(url, application);
    options.setConnectTimeout(CONNECT_MILLIS_MAX);
    options.addProperty("application_name", "tideline-backplane");
    return options;
  }

  /** The way past the pooler that the datasource goes through; empty where none is set. */
  public static Optional<PgConnectOptions> direct(Config application) {
    return application.getOptionalValue(DIRECT, String.class).map(url -> options(url, application));
  }

  private static PgConnectOptions options(String url, Config application) {
    PgConnectOptions options =
        PgConnectOptions.fromUri(firstOf(url).replaceFirst("^vertx-reactive:", ""));
    application
        .getOptionalValue("quarkus.datasource.username", String.class)
        .ifPresent(options::setUser);
    application
        .getOptionalValue("quarkus.datasource.password", String.class)
        .ifPresent(options::setPassword);
    return options;
  }

  /** A datasource may name several servers; the first one is the one that writes. */
  private static String firstOf(String url) {
    int comma = url.indexOf(',');
    return comma < 0 ? url : url.substring(0, comma);
  }
}
