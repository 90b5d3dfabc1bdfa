package io.tideline.backplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.tideline.embedded.EmbeddedPostgres;
import io.tideline.embedded.PostgresControl;
import io.tideline.stream.Channel;
import io.tideline.testing.Wire;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PostgresBackplaneTest extends BackplaneContract {
  private static final Path DIRECTORY =
      Path.of("target/backplane-postgres-" + System.getProperty("surefire.forkNumber", "1"));
  private static final PostgresControl CONTROL = new PostgresControl(DIRECTORY);

  /** The least that PostgreSQL takes: 512 KB, so that it can be filled. */
  private static final String SMALL_QUEUE_PAGES = "64";

  private static final String USUAL_QUEUE_PAGES = "1048576";

  private static EmbeddedPostgres server;
  private static Vertx vertx;

  @BeforeAll
  static void start() throws IOException {
    CONTROL.discard();
    server = EmbeddedPostgres.start(DIRECTORY, Path.of("target/postgres-binaries"));
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void stop() {
    server.close();
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  @Override
  Line line(String onTopic) {
    return line(onTopic, server.address().reactiveUrl());
  }

  private static Line line(String onTopic, String url) {
    PostgresConnector connector = new PostgresConnector(vertx, config("", url));
    SmallRyeConfig channel = config(onTopic, url);
    return new Line(
        connector.getSubscriber(channel), connector.getPublisher(channel), connector::close);
  }

  private static SmallRyeConfig config(String topic, String url) {
    EmbeddedPostgres.Address address = server.address();
    return new SmallRyeConfigBuilder()
        .withSources(
            new PropertiesConfigSource(
                Map.of(
                    "topic",
                    topic,
                    "url",
                    url,
                    "quarkus.datasource.username",
                    address.user(),
                    "quarkus.datasource.password",
                    address.password()),
                "test",
                100))
        .build();
  }

  @Override
  void say(String onTopic, String text) throws SQLException {
    try (Connection connection = connect();
        PreparedStatement notify = connection.prepareStatement("select pg_notify(?, ?)")) {
      notify.setString(1, onTopic);
      notify.setString(2, text);
      notify.execute();
    }
  }

  @Override
  void takeBrokerAway() throws IOException {
    CONTROL.takeAway();
  }

  @Override
  void giveBrokerBack() throws IOException {
    CONTROL.giveBack();
    eventually(PostgresBackplaneTest::isUp);
  }

  @Test
  void connectionsThatAreTerminatedAreMadeAnew() {
    Node a = node("a");
    Node b = node("b");
    meet(a, b);
    String terminated =
        query(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                + " where application_name = 'tideline-backplane'");
    assertEquals("4", terminated, "each node has one that listens and one that notifies");
    assertSpeakAgain(a, b);
  }

  @Test
  void aServerThatCrashedIsJoinedAgain() throws IOException {
    Node a = node("a");
    Node b = node("b");
    meet(a, b);
    for (int i = 0; i < 2; i++) {
      CONTROL.crash();
      assertSpeakAgain(a, b);
    }
  }

  /** As behind a router that has forgotten the connection: nothing comes, and nobody says so. */
  @Test
  void aLineThatWentDeadIsMadeAnew() throws Exception {
    EmbeddedPostgres.Address address = server.address();
    try (Wire wire = new Wire(URI.create("http://127.0.0.1:" + address.port()))) {
      Node a = node("a");
      Node b = node("b", line(topic, wired(address, wire)));
      meet(a, b);
      wire.goDead();
      assertSpeakAgain(a, b);
    }
  }

  private static String wired(EmbeddedPostgres.Address address, Wire wire) {
    return "postgresql://127.0.0.1:" + wire.url().getPort() + "/" + address.database();
  }

  /** One session that listens and never ends its transaction keeps the queue from being emptied. */
  @Test
  void aFullNotificationQueueCostsHintsAndNothingElse() throws Exception {
    restartWithQueue(SMALL_QUEUE_PAGES);
    Node a = node("a");
    Node b = node("b");
    meet(a, b);
    Channel channel = new Channel("full");
    try (Connection idle = connect();
        Statement statement = idle.createStatement()) {
      statement.execute("listen " + topic);
      idle.setAutoCommit(false);
      statement.execute("select 1");
      long head = 0;
      while (a.dropped() == 0) {
        a.says(entry(channel, ++head, 1, 4000));
        assertTrue(head < 5000, "the queue never gets full");
        pause();
      }
      idle.rollback();
    }
    assertSpeakAgain(a, b);
    restartWithQueue(USUAL_QUEUE_PAGES);
  }

  private static void restartWithQueue(String pages) throws IOException {
    CONTROL.set("max_notify_queue_pages", pages);
    CONTROL.crash();
    eventually(PostgresBackplaneTest::isUp);
    assertEquals(pages, query("show max_notify_queue_pages"));
  }

  private static void pause() {
    try {
      Thread.sleep(1);
    } catch (InterruptedException e) {
      throw new IllegalStateException("nothing interrupts tests", e);
    }
  }

  private static boolean isUp() {
    try (Connection connection = connect()) {
      return connection.isValid(1);
    } catch (SQLException notYet) {
      return false;
    }
  }

  private static String query(String sql) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Connection connect() throws SQLException {
    EmbeddedPostgres.Address address = server.address();
    return DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
  }
}
