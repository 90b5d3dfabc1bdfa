package io.tideline.app;

import io.quarkus.runtime.configuration.DurationConverter;
import io.tideline.config.StartRefusedException;
import io.tideline.embedded.EmbeddedPostgres;
import io.tideline.identity.SharedSecret;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;

/**
 * What Tideline supplies itself where the configuration leaves it out, before Quarkus starts.
 *
 * <ul>
 *   <li>No database configured: an embedded PostgreSQL in the data directory.
 *   <li>No key configured: a key and an admin token there, and only loopback is listened on, as
 *       whoever reads that token may do everything.
 *   <li>No number of event loops configured: one a processor. More would share the connections of a
 *       channel among more threads than can run, so that each write carries less.
 * </ul>
 *
 * <p>{@link #close} takes all of it back, the database last; it does so once.
 */
final class FirstRun implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(FirstRun.class);
  private static final String ACTIVE = "tideline.first-run";
  private static final String DATA_DIRECTORY = "tideline.data-dir";
  static final String DATA_DIRECTORY_DEFAULT = "data";

  static final String HOST = "quarkus.http.host";
  private static final String PORT = "quarkus.http.port";
  private static final int PORT_DEFAULT = 8080;
  private static final String REUSE_PORT = "quarkus.http.so-reuse-port";
  private static final String TOKEN_AGE = "tideline.auth.token-age";
  private static final String TOKEN_AGE_DEFAULT = "366d";
  private static final String LOOPBACK = "127.0.0.1";
  private static final String EVENT_LOOPS = "quarkus.vertx.event-loops-pool-size";
  private static final List<String> KEYS =
      List.of(
          "mp.jwt.verify.publickey",
          "mp.jwt.verify.publickey.location",
          "smallrye.jwt.verify.key.location",
          SharedSecret.SETTING);

  /** Without these, whatever else the key signs would open this server too. */
  private static final List<String> TOKENS_FOR_US =
      List.of("mp.jwt.verify.issuer", "mp.jwt.verify.audiences");

  private final Map<String, String> supplied;
  private final Optional<EmbeddedPostgres> database;
  private final Map<String, Optional<String>> before = new HashMap<>();
  private boolean closed;

  private FirstRun(Map<String, String> supplied, Optional<EmbeddedPostgres> database) {
    this.supplied = Map.copyOf(supplied);
    this.database = database;
  }

  /**
   * Supplies what is missing.
   *
   * @throws StartRefusedException if it would be unsafe or can't be supplied
   * @throws io.tideline.embedded.EmbeddedPostgresException if the database doesn't start
   */
  static FirstRun prepare(Config config, Instant now) {
    requireFreePort(config);
    Path data = dataDirectory(config);
    Map<String, String> supplied = new HashMap<>();
    if (!isKeyConfigured(config)) {
      supplied.putAll(keyAndLoopback(config, data, now));
    } else {
      TOKENS_FOR_US.forEach(key -> require(config, key));
    }
    supplied.putAll(connection(config));
    if (!isSet(config, EVENT_LOOPS)) {
      supplied.put(EVENT_LOOPS, Integer.toString(Runtime.getRuntime().availableProcessors()));
    }
    if (isSet(config, DatabaseUrl.REACTIVE_URL) || isSet(config, DatabaseUrl.JDBC_URL)) {
      return new FirstRun(supplied, Optional.empty());
    }
    EmbeddedPostgres database = EmbeddedPostgres.start(data.resolve("postgres"));
    supplied.putAll(connectionTo(database.address()));
    return new FirstRun(supplied, Optional.of(database));
  }

  /** What was supplied, by configuration key. */
  Map<String, String> supplied() {
    return supplied;
  }

  /** Hands what was supplied to whoever reads the configuration from now on. */
  void publish() {
    supplied.forEach(
        (key, value) -> before.put(key, Optional.ofNullable(System.setProperty(key, value))));
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    // A live reload in development runs through the entry again and must not take these for the
    // user's.
    before.forEach(FirstRun::restore);
    database.ifPresent(EmbeddedPostgres::close);
  }

  private static void require(Config config, String key) {
    if (!isSet(config, key)) {
      throw new StartRefusedException(
          key
              + " is missing: a token that is signed with the configured key could be for somebody else."
              + " What to do: set it to what your tokens say (iss in mp.jwt.verify.issuer, aud in"
              + " mp.jwt.verify.audiences).");
    }
  }

  /** Asked first, as a database would be started and stopped again for nothing. */
  private static void requireFreePort(Config config) {
    int port = config.getOptionalValue(PORT, Integer.class).orElse(PORT_DEFAULT);
    String host = config.getOptionalValue(HOST, String.class).orElse(LOOPBACK);
    if (port <= 0 || config.getOptionalValue(REUSE_PORT, Boolean.class).orElse(false)) {
      return;
    }
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(host, port));
    } catch (BindException taken) {
      throw new StartRefusedException(StartFailure.portInUse(host, port), taken);
    } catch (IOException untold) {
      LOG.debugf(untold, "Whether port %d of %s is free could not be found out", port, host);
    }
  }

  /** Whether tokens are verified with what the configuration names, and not in the first run. */
  static boolean isKeyConfigured(Config config) {
    return KEYS.stream().anyMatch(key -> isSet(config, key));
  }

  static Path dataDirectory(Config config) {
    return Path.of(
            config.getOptionalValue(DATA_DIRECTORY, String.class).orElse(DATA_DIRECTORY_DEFAULT))
        .toAbsolutePath()
        .normalize();
  }

  private static Map<String, String> keyAndLoopback(Config config, Path data, Instant now) {
    requireLoopback(config);
    Duration tokenAge = tokenAge(config);
    try {
      Files.createDirectories(data);
      FirstRunKey key = FirstRunKey.in(data.resolve(FirstRunKey.FILE));
      AdminToken.in(data.resolve(AdminToken.FILE), key.pair(), now, tokenAge);
      return Map.of(
          ACTIVE,
          "true",
          HOST,
          config.getOptionalValue(HOST, String.class).orElse(LOOPBACK),
          "mp.jwt.verify.publickey",
          key.publicKey(),
          "mp.jwt.verify.issuer",
          AdminToken.ISSUER,
          "mp.jwt.verify.audiences",
          AdminToken.AUDIENCE);
    } catch (IOException failed) {
      throw new StartRefusedException(
          "The key of the first run can't be stored in "
              + data
              + ": "
              + failed
              + ". What to do: make it a directory that Tideline may write to, choose another "
              + DATA_DIRECTORY
              + ", or configure a key (mp.jwt.verify.publickey.location).",
          failed);
    }
  }

  static Duration tokenAge(Config config) {
    String configured = config.getOptionalValue(TOKEN_AGE, String.class).orElse(TOKEN_AGE_DEFAULT);
    try {
      return Settings.tokenAge(DurationConverter.parseDuration(configured));
    } catch (IllegalArgumentException noDuration) {
      throw new StartRefusedException(
          TOKEN_AGE + " is " + configured + "; write it as 366d or 12h.", noDuration);
    }
  }

  private static void requireLoopback(Config config) {
    String host = config.getOptionalValue(HOST, String.class).orElse(LOOPBACK);
    try {
      if (InetAddress.getByName(host).isLoopbackAddress()) {
        return;
      }
    } catch (UnknownHostException unknown) {
      // Not loopback, then: the answer is the same.
    }
    throw new StartRefusedException(
        "No key is configured, so Tideline would make one itself and listen on loopback only; but "
            + HOST
            + " is "
            + host
            + ". What to do: configure the key that your tokens are signed with (mp.jwt.verify.publickey.location,"
            + " mp.jwt.verify.issuer and mp.jwt.verify.audiences), or leave "
            + HOST
            + " out.");
  }

  /** Hibernate and Flyway each want a URL of their own for the one database; either is enough. */
  private static Map<String, String> connection(Config config) {
    Optional<String> reactive = config.getOptionalValue(DatabaseUrl.REACTIVE_URL, String.class);
    Optional<String> jdbc = config.getOptionalValue(DatabaseUrl.JDBC_URL, String.class);
    if (reactive.isPresent() == jdbc.isPresent()) {
      return Map.of();
    }
    String given = reactive.isPresent() ? DatabaseUrl.REACTIVE_URL : DatabaseUrl.JDBC_URL;
    String other = reactive.isPresent() ? DatabaseUrl.JDBC_URL : DatabaseUrl.REACTIVE_URL;
    String text = reactive.or(() -> jdbc).get();
    DatabaseUrl url = DatabaseUrl.parse(given, text);
    if (url.hasSeveralHosts()) {
      throw new StartRefusedException(
          given
              + " names several hosts, so the other client's address can't be derived. What to do:"
              + " set "
              + other
              + " too (for JDBC jdbc:postgresql://first:5432,second:5432/database).");
    }
    url.ignored().ifPresent(System.err::println);
    Map<String, String> settings = new HashMap<>(url.settings());
    settings.keySet().removeIf(key -> !key.equals(given) && isSet(config, key));
    settings.remove(given, text);
    return settings;
  }

  private static Map<String, String> connectionTo(EmbeddedPostgres.Address address) {
    return Map.of(
        DatabaseUrl.REACTIVE_URL,
        address.reactiveUrl(),
        DatabaseUrl.JDBC_URL,
        address.jdbcUrl(),
        "quarkus.datasource.username",
        address.user(),
        "quarkus.datasource.password",
        address.password());
  }

  private static void restore(String key, Optional<String> value) {
    value.ifPresentOrElse(set -> System.setProperty(key, set), () -> System.clearProperty(key));
  }

  private static boolean isSet(Config config, String key) {
    return config.getOptionalValue(key, String.class).isPresent();
  }
}
