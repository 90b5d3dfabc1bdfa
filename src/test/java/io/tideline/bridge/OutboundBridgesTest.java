package io.tideline.bridge;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tideline.stream.Channel;
import io.tideline.stream.Durability;
import io.tideline.stream.MemoryHistory;
import io.tideline.stream.Namespace;
import io.tideline.stream.Namespaces;
import io.tideline.stream.Retention;
import io.tideline.stream.SlowConsumer;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Flow;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.junit.jupiter.api.Test;

/** What can't work refuses to start, and says what to do. */
class OutboundBridgesTest {
  private static final Namespaces NAMESPACES =
      new Namespaces(
          Map.of(
              Channel.DEFAULT_NAMESPACE,
              namespace(Channel.DEFAULT_NAMESPACE, Durability.DURABLE, SlowConsumer.CATCH_UP),
              "passing",
              namespace("passing", Durability.EPHEMERAL, SlowConsumer.DROP_OLDEST)));

  @Test
  void ephemeralChannelsAreRefusedWhereTheyAreMeant() {
    assertRefused("'passing:1' names is ephemeral", List.of("orders:*", "passing:1"));
    assertRefused("'passing:*' names is ephemeral", List.of("passing:*"));
    // What is beyond one namespace is carried as far as it is durable: it comes to the cursors.
    assertThrows(Reached.class, () -> start("out", 256, List.of("passing*")));
    assertThrows(Reached.class, () -> start("out", 256, List.of("*")));
  }

  @Test
  void whatIsNoPatternIsRefused() {
    assertRefused("'orders:*:1' is not a channel name", List.of("orders:*:1"));
    assertRefused("'user:{sub}' is not a channel name", List.of("user:{sub}"));
    assertRefused("'no channel' is not a channel name", List.of("no channel"));
  }

  @Test
  void whatLeadsNowhereIsRefused() {
    assertRefused(
        "configure mp.messaging.outgoing.nowhere.connector", "nowhere", 256, List.of("orders:*"));
  }

  @Test
  void aNumberOutOfItsRangeIsRefused() {
    assertRefused("in-flight must be 1 to 256", "out", 0, List.of("orders:*"));
    assertRefused("in-flight must be 1 to 256", "out", 257, List.of("orders:*"));
  }

  private static void assertRefused(String why, List<String> channels) {
    assertRefused(why, "out", 256, channels);
  }

  private static void assertRefused(String why, String name, int inFlight, List<String> channels) {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> start(name, inFlight, channels));
    assertTrue(refusal.getMessage().startsWith("tideline.bridges.out." + name), refusal.toString());
    assertTrue(refusal.getMessage().contains(why), refusal.toString());
  }

  private static void start(String name, int inFlight, List<String> channels) {
    new OutboundBridges(
            Map.of(name, config(inFlight, channels)),
            channel -> channel.equals("out") ? List.of(new Nobody()) : List.of(),
            NAMESPACES,
            (bridge, patterns, lease) -> {
              throw new Reached();
            },
            new MemoryHistory(Clock.systemUTC(), Duration.ofHours(1)),
            (pause, task) -> {},
            System::nanoTime,
            new SimpleMeterRegistry())
        .start();
  }

  private static Namespace namespace(String name, Durability durability, SlowConsumer policy) {
    return new Namespace(
        name, durability, new Retention(Duration.ofDays(1), 1000), policy, false, false);
  }

  private static OutboundConfig config(int inFlight, List<String> channels) {
    return new OutboundConfig() {
      @Override
      public List<String> channels() {
        return channels;
      }

      @Override
      public Begin begin() {
        return Begin.NOW;
      }

      @Override
      public int inFlight() {
        return inFlight;
      }
    };
  }

  /** The configuration was taken. */
  private static final class Reached extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private static final class Nobody implements Flow.Subscriber<Message<?>> {
    @Override
    public void onSubscribe(Flow.Subscription subscription) {}

    @Override
    public void onNext(Message<?> message) {}

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onComplete() {}
  }
}
