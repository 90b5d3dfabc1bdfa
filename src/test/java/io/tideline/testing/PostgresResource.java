package io.tideline.testing;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.tideline.embedded.EmbeddedPostgres;
import io.tideline.embedded.PostgresControl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * One fresh PostgreSQL for all tests of this JVM, and the key that {@link TestTokens} are signed
 * with.
 *
 * <p>Use it as {@code @WithTestResource(PostgresResource.class)}.
 */
public final class PostgresResource implements QuarkusTestResourceLifecycleManager {
  private static final Path BINARIES = Path.of("target/postgres-binaries");

  /** Known to the whole JVM, as Quarkus may load this class more than once. */
  private static final String ADDRESS = PostgresResource.class.getName() + ".";

  /** The server, for tests that crash it or take it away for a while. */
  public static PostgresControl control() {
    return new PostgresControl(directory());
  }

  @Override
  public Map<String, String> start() {
    startOnce();
    Map<String, String> config = new HashMap<>(TestTokens.verification());
    config.put("quarkus.datasource.reactive.url", System.getProperty(ADDRESS + "reactive-url"));
    config.put("quarkus.datasource.jdbc.url", System.getProperty(ADDRESS + "jdbc-url"));
    config.put("quarkus.datasource.username", System.getProperty(ADDRESS + "user"));
    config.put("quarkus.datasource.password", System.getProperty(ADDRESS + "password"));
    return config;
  }

  /** Does nothing: the server serves the next test class too, and ends with the JVM. */
  @Override
  public void stop() {}

  private static void startOnce() {
    if (System.getProperty(ADDRESS + "user") != null) {
      return;
    }
    discardWhatAnEarlierRunLeft();
    EmbeddedPostgres postgres = EmbeddedPostgres.start(directory(), BINARIES);
    Runtime.getRuntime().addShutdownHook(new Thread(postgres::close));
    EmbeddedPostgres.Address address = postgres.address();
    System.setProperty(ADDRESS + "reactive-url", address.reactiveUrl());
    System.setProperty(ADDRESS + "jdbc-url", address.jdbcUrl());
    System.setProperty(ADDRESS + "password", address.password());
    System.setProperty(ADDRESS + "user", address.user());
  }

  private static void discardWhatAnEarlierRunLeft() {
    try {
      control().discard();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static Path directory() {
    return Path.of("target/test-postgres-" + System.getProperty("surefire.forkNumber", "1"));
  }
}
