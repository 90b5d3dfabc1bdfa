package io.tideline.postgres;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import io.tideline.embedded.EmbeddedPostgres;
import io.tideline.embedded.PostgresControl;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.hibernate.cfg.Configuration;
import org.hibernate.reactive.mutiny.Mutiny;
import org.hibernate.reactive.provider.ReactiveServiceRegistryBuilder;
import org.hibernate.reactive.provider.Settings;

/** A database with nothing but the migrated schema, and the nodes that use it. */
final class TestDatabase implements AutoCloseable {
  private static final int POOL_SIZE = 4;
  private static final Path DIRECTORY =
      Path.of("target/history-postgres-" + System.getProperty("surefire.forkNumber", "1"));
  private static EmbeddedPostgres server;

  private final EmbeddedPostgres.Address address;
  private final Class<?>[] entities;
  private final Vertx vertx = Vertx.vertx();
  private final List<Runnable> closing = new ArrayList<>();

  /**
   * @param entities mapped besides those of the log
   */
  TestDatabase(Class<?>... entities) {
    this.entities = entities;
    address = server();
    execute("drop schema if exists tideline cascade");
    flyway().migrate();
  }

  /** Not the one that tests of the whole application share: this one is crashed and emptied. */
  private static synchronized EmbeddedPostgres.Address server() {
    if (server == null) {
      try {
        control().discard();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      server = EmbeddedPostgres.start(DIRECTORY, Path.of("target/postgres-binaries"));
      Runtime.getRuntime().addShutdownHook(new Thread(server::close));
    }
    return server.address();
  }

  static PostgresControl control() {
    return new PostgresControl(DIRECTORY);
  }

  Flyway flyway() {
    return Flyway.configure()
        .dataSource(address.jdbcUrl(), address.user(), address.password())
        .defaultSchema("tideline")
        .load();
  }

  /** Connections of JDBC as the application has them; whoever gets it closes it. */
  AgroalDataSource jdbcPool(int maxSize) throws SQLException {
    return AgroalDataSource.from(
        new AgroalDataSourceConfigurationSupplier()
            .connectionPoolConfiguration(
                pool ->
                    pool.maxSize(maxSize)
                        .acquisitionTimeout(Duration.ofSeconds(1))
                        .connectionFactoryConfiguration(
                            factory ->
                                factory
                                    .jdbcUrl(address.jdbcUrl())
                                    .principal(new NamePrincipal(address.user()))
                                    .credential(new SimplePassword(address.password())))));
  }

  Vertx vertx() {
    return vertx;
  }

  /** What a node reaches the database with. */
  record Node(Mutiny.SessionFactory sessions, Pool pool) {}

  Node node() {
    return node(options(), POOL_SIZE, HistorySettings.defaults());
  }

  private Node node(PgConnectOptions options, int poolSize, HistorySettings settings) {
    Pool pool =
        PgBuilder.pool()
            .connectingTo(options)
            .with(new PoolOptions().setMaxSize(poolSize).setShared(false))
            .withConnectHandler(connection -> ConnectionLimits.guard(connection, settings))
            .using(vertx)
            .build();
    Mutiny.SessionFactory sessions = sessions();
    closing.add(sessions::close);
    closing.add(pool::close);
    return new Node(sessions, pool);
  }

  PgHistory history(String node, HistorySettings settings) {
    return history(node, settings, options(), POOL_SIZE);
  }

  /** One whose statements on the hot path go another way. */
  PgHistory history(String node, HistorySettings settings, PgConnectOptions options, int poolSize) {
    ConnectionLimits.apply(options, settings);
    Node reach = node(options, poolSize, settings);
    return new PgHistory(vertx, reach.sessions(), reach.pool(), node, settings, LogEvents.NONE);
  }

  PgConnectOptions options() {
    return new PgConnectOptions()
        .setHost(address.host())
        .setPort(address.port())
        .setDatabase(address.database())
        .setUser(address.user())
        .setPassword(address.password())
        .setCachePreparedStatements(true);
  }

  private Mutiny.SessionFactory sessions() {
    Configuration configuration =
        new Configuration()
            .addAnnotatedClass(ChannelRow.class)
            .addAnnotatedClass(EpochRow.class)
            .setProperty(Settings.SQL_CLIENT_POOL_CONFIG, TestConnections.class.getName())
            .setProperty("hibernate.connection.url", address.reactiveUrl())
            .setProperty("hibernate.connection.username", address.user())
            .setProperty("hibernate.connection.password", address.password())
            .setProperty("hibernate.connection.pool_size", Integer.toString(POOL_SIZE));
    for (Class<?> entity : entities) {
      configuration.addAnnotatedClass(entity);
    }
    return configuration
        .buildSessionFactory(
            new ReactiveServiceRegistryBuilder()
                .applySettings(configuration.getProperties())
                .build())
        .unwrap(Mutiny.SessionFactory.class);
  }

  void execute(String sql) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The first column of the first row. */
  String query(String sql) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : null;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  Connection connect() throws SQLException {
    return DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
  }

  @Override
  public void close() {
    closing.forEach(Runnable::run);
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }
}
