package io.tideline.postgres;

import io.smallrye.mutiny.Uni;
import io.tideline.stream.AppendOutcome;
import io.tideline.stream.AppendOutcome.Stored;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.Durability;
import io.tideline.stream.Message;
import io.tideline.stream.Namespace;
import io.tideline.stream.Namespaces;
import io.tideline.stream.Payload;
import io.tideline.stream.Retention;
import io.tideline.stream.SlowConsumer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** What tests against PostgreSQL have in common: an empty log and two nodes. */
abstract class PgTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final AtomicLong NUMBERS = new AtomicLong();

  static TestDatabase database;
  static PgHistory history;
  static PgHistory other;

  @BeforeAll
  static void start() {
    database = new TestDatabase();
    history = database.history("node", HistorySettings.defaults());
    other = database.history("other", HistorySettings.defaults());
    await(history.open());
    await(other.open());
  }

  @AfterAll
  static void stop() {
    database.close();
  }

  static Channel channel() {
    return channel("c");
  }

  /** One that no other test uses, whose name begins so. */
  static Channel channel(String prefix) {
    return new Channel(prefix + NUMBERS.incrementAndGet());
  }

  static Message m(Channel channel, String text) {
    return Message.of(channel, new Payload("text/plain", text.getBytes(StandardCharsets.UTF_8)));
  }

  static <T> T await(Uni<T> uni) {
    return uni.await().atMost(PATIENCE);
  }

  static void eventually(Callable<Boolean> condition) {
    Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(condition);
  }

  static Stored append(Message message) {
    return (Stored) await(history.append(List.of(message), false)).get(0);
  }

  static List<AppendOutcome> append(PgHistory node, Message... messages) {
    return await(node.append(List.of(messages), false));
  }

  static ChannelState state(Channel channel) {
    return await(history.states(List.of(channel))).get(0);
  }

  static List<String> texts(Channel channel) {
    return await(history.read(channel, 1, 256)).publications().stream()
        .map(p -> new String(p.payload().bytes(), StandardCharsets.UTF_8))
        .toList();
  }

  static Namespaces namespaces(Retention retention) {
    return new Namespaces(
        Map.of(
            "default",
            new Namespace(
                "default", Durability.DURABLE, retention, SlowConsumer.CATCH_UP, false, false),
            "short",
            new Namespace(
                "short",
                Durability.DURABLE,
                new Retention(Duration.ofDays(1), 2),
                SlowConsumer.CATCH_UP,
                false,
                false),
            "live",
            new Namespace(
                "live", Durability.EPHEMERAL, retention, SlowConsumer.DROP_OLDEST, false, false)));
  }

  static long count(String table) {
    return Long.parseLong(database.query("select count(*) from tideline." + table));
  }
}
