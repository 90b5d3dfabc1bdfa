package io.tideline.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.stream.Announcement;
import io.tideline.stream.Channel;
import io.tideline.stream.History.ChangeCursor;
import io.tideline.stream.Message;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;
import io.tideline.stream.Retention;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutboxTest extends PgTest {
  private static final List<Announcement.Entry> MOVED = new CopyOnWriteArrayList<>();
  private static Outbox one;
  private static Outbox two;

  @BeforeAll
  static void startMoving() {
    one = outbox(history);
    two = outbox(other);
    one.start();
    two.start();
  }

  private static Outbox outbox(PgHistory node) {
    return node.outbox(
        namespaces(new Retention(Duration.ofDays(1), 1000)), 1000, MOVED::addAll, Optional.empty());
  }

  @AfterAll
  static void stopMoving() {
    one.stop();
    two.stop();
  }

  @Test
  void whatCommitsAppearsAsItWasPublished() {
    Channel channel = channel();
    database.execute(
        "select tideline.publish('%s', '{\"a\": 1}', 'order.paid', 'k', '{\"trace\": \"42\"}')"
            .formatted(channel));
    eventually(() -> state(channel).head() == 1);
    Publication stored = await(history.read(channel, 1, 1)).publications().get(0);
    assertEquals(new Payload(null, bytes("{\"a\": 1}")), stored.payload());
    assertEquals("order.paid", stored.type());
    assertEquals(Map.of("trace", "42"), stored.headers());
    eventually(() -> moved(channel).size() == 1);
    assertEquals(List.of(stored), moved(channel));
    assertEquals(0, count("outbox"));
  }

  /** Asked for a role that has what everybody has. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "from pg_proc where pronamespace = 'tideline'::regnamespace and proname ~ '^publish'"
            + " and has_function_privilege('pg_monitor', oid, 'execute')",
        "from pg_class where relnamespace = 'tideline'::regnamespace and relkind in ('r', 'p', 'v')"
            + " and has_table_privilege('pg_monitor', oid, 'select,insert,update,delete,truncate')"
      })
  void nobodyPublishesOrReadsWhoWasNotGrantedIt(String open) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet found = statement.executeQuery("select count(*) " + open)) {
      assertTrue(found.next());
      assertEquals(0, found.getInt(1));
    }
  }

  @Test
  void textAndBytesKeepTheirContentType() {
    Channel channel = channel();
    database.execute("select tideline.publish_text('%s', 'héllo')".formatted(channel));
    database.execute("select tideline.publish_bytes('%s', '\\x00ff')".formatted(channel));
    database.execute(
        "select tideline.publish_text('%s', '<a/>', content_type => 'text/xml')"
            .formatted(channel));
    eventually(() -> state(channel).head() == 3);
    assertEquals(
        List.of(
            new Payload("text/plain", bytes("héllo")),
            new Payload("application/octet-stream", new byte[] {0, (byte) 0xff}),
            new Payload("text/xml", bytes("<a/>"))),
        await(history.read(channel, 1, 3)).publications().stream()
            .map(Publication::payload)
            .toList());
  }

  @Test
  void aRolledBackTransactionLeavesNothing() throws SQLException {
    Channel channel = channel();
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      publish(connection, channel, "never");
      connection.rollback();
      publish(connection, channel, "before");
      connection.commit();
    }
    eventually(() -> state(channel).head() == 1);
    assertEquals(List.of("before"), texts(channel));
  }

  @Test
  void aSlowTransactionDelaysOnlyItsOwn() throws SQLException {
    Channel channel = channel();
    try (Connection slow = database.connect()) {
      slow.setAutoCommit(false);
      publish(slow, channel, "slow");
      try (Connection quick = database.connect()) {
        publish(quick, channel, "quick");
      }
      eventually(() -> state(channel).head() == 1);
      append(m(channel, "rest"));
      assertEquals(List.of("quick", "rest"), texts(channel), "no lock is held, no offset reserved");
      slow.commit();
    }
    eventually(() -> state(channel).head() == 3);
    assertEquals(List.of("quick", "rest", "slow"), texts(channel));
  }

  @Test
  void theOrderOfInsertionIsKept() throws SQLException {
    Channel channel = channel();
    List<String> sent = new ArrayList<>();
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      for (int i = 0; i < 1200; i++) {
        sent.add("m" + i);
        publish(connection, channel, "m" + i);
      }
      connection.commit();
    }
    eventually(() -> state(channel).head() == 1200);
    List<String> stored = new ArrayList<>();
    while (stored.size() < 1200) {
      await(history.read(channel, stored.size() + 1, 1200))
          .publications()
          .forEach(p -> stored.add(new String(p.payload().bytes(), StandardCharsets.UTF_8)));
    }
    assertEquals(sent, stored);
  }

  @Test
  void keysCountOnBothWays() {
    Channel channel = channel();
    Message message =
        new Message(
            channel,
            new Payload(null, bytes("[1]")),
            "t",
            null,
            Map.of("b", "2", "a", ""),
            "k",
            null);
    append(message);
    String repeat = "select tideline.publish('%s', '%s', 't', 'k', '{\"a\": \"\", \"b\": \"2\"}')";
    database.execute(repeat.formatted(channel, "[1]"));
    database.execute(repeat.formatted(channel, "[2]"));
    publish(channel, "after");
    eventually(() -> state(channel).head() == 2);
    assertEquals(List.of("[1]", "after"), texts(channel));
    assertEquals(
        "[2]",
        database.query(
            "select convert_from(payload, 'UTF8') from tideline.outbox_refused where channel = '%s'"
                .formatted(channel)));
  }

  @Test
  void everyNodesSweepTells() {
    Channel channel = channel();
    ChangeCursor mine = await(history.changesSince(ChangeCursor.NONE)).next();
    ChangeCursor others = await(other.changesSince(ChangeCursor.NONE)).next();
    publish(channel, "x");
    eventually(() -> state(channel).head() == 1);
    assertTrue(await(history.changesSince(mine)).states().contains(state(channel)));
    assertTrue(await(other.changesSince(others)).states().contains(state(channel)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "publish('', '1')",
        "publish('a b', '1')",
        "publish(null, '1')",
        "publish('../x', '1')",
        "publish(repeat('a', 201), '1')",
        "publish('a' || chr(10), '1')",
        "publish('live:x', '1')",
        "publish('a', null)",
        "publish('a', to_jsonb(repeat('a', 1000)))",
        "publish('a', '1', 'open')",
        "publish('a', '1', 'Tideline.gap')",
        "publish('a', '1', '')",
        "publish('a', '1', repeat('a', 101))",
        "publish('a', '1', 'a' || chr(13))",
        "publish('a', '1', null, '')",
        "publish('a', '1', null, 'é')",
        "publish('a', '1', null, repeat('k', 256))",
        "publish('a', '1', headers => '[]')",
        "publish('a', (repeat('[', 65) || repeat(']', 65))::jsonb)",
        "publish('a', ('[1,' || repeat('{\"a\":', 64) || '1' || repeat('}', 64) || ']')::jsonb)",
        "publish('a', '1', headers => '{\"A\": \"upper\"}')",
        "publish('a', '1', headers => '{\"\": \"x\"}')",
        "publish('a', '1', headers => '{\"a\": 1}')",
        "publish('a', '1', headers => '{\"a\": \"x\\n\"}')",
        "publish('a', '1', headers => jsonb_build_object('a', repeat('x', 4096)))",
        "publish_text('a', 'x', content_type => 'nothing')",
        "publish_text('a', 'x', content_type => '/x')",
        "publish_text('a', 'x', content_type => 'text/' || chr(10))",
        "publish_text('a', 'x', content_type => 'text/' || repeat('x', 200))",
        "publish_text('a', '1', content_type => 'Application/JSON; charset=utf-8')",
        "publish_bytes('a', null)",
      })
  void whatBreaksARuleIsRefusedAtOnce(String call) {
    eventually(
        () ->
            database.query("select payload_bytes_max from tideline.publish_rules").equals("1000"));
    SQLException refused = assertThrows(SQLException.class, () -> run("select tideline." + call));
    assertEquals("TL422", refused.getSQLState(), refused.getMessage());
    assertTrue(refused.getMessage().contains("Hint: "), "says what to do: " + refused.getMessage());
  }

  @Test
  void whatJustKeepsTheRulesIsTaken() throws SQLException {
    Channel channel = channel();
    run(
        "select tideline.publish_text('%s', repeat('a', 1000), repeat('t', 100), repeat('~', 255), jsonb_build_object('a.b:c-1', repeat('x', 4089)))"
            .formatted(channel));
    run("select tideline.publish_text('%s', '')".formatted(channel));
    run(
        "select tideline.publish('%s', (repeat('[', 64) || '1' || repeat(']', 64))::jsonb)"
            .formatted(channel));
    eventually(() -> state(channel).head() == 3);
  }

  @Test
  void aRowThatCannotBeMovedIsPutAside() throws SQLException {
    Channel channel = channel();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      publish(connection, channel, "before");
      // Past all checks: a key that is too long for the index.
      statement.execute(
          "insert into tideline.outbox (channel, payload, key, digest)"
              + " select '%s', '', string_agg(md5(i::text), ''), '' from generate_series(1, 400) i"
                  .formatted(channel));
      publish(connection, channel, "after");
      connection.commit();
    }
    eventually(() -> state(channel).head() == 2);
    assertEquals(List.of("before", "after"), texts(channel));
    assertEquals(
        "t",
        database.query(
            "select reason like 'index row%%' from tideline.outbox_refused where channel = '%s'"
                .formatted(channel)));
  }

  @Test
  void publishingIsARightThatIsGiven() {
    assertEquals(
        "f",
        database.query(
            "select has_function_privilege('public', oid, 'execute')"
                + " from pg_proc where proname = 'publish'"));
  }

  private static List<Publication> moved(Channel channel) {
    return MOVED.stream()
        .filter(entry -> entry.state().channel().equals(channel))
        .flatMap(entry -> entry.publications().stream())
        .toList();
  }

  private static void publish(Channel channel, String text) {
    database.execute("select tideline.publish_text('%s', '%s')".formatted(channel, text));
  }

  private static void publish(Connection connection, Channel channel, String text)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("select tideline.publish_text('%s', '%s')".formatted(channel, text));
    }
  }

  private static void run(String sql) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
