package io.tideline.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.kafka.api.IncomingKafkaRecordMetadata;
import io.tideline.access.AccessPolicy;
import io.tideline.access.Authorizer;
import io.tideline.access.Revocation;
import io.tideline.access.Revocations;
import io.tideline.app.ProductDefaults;
import io.tideline.hub.PublishOutcome;
import io.tideline.hub.Publisher;
import io.tideline.stream.AppendOutcome;
import io.tideline.stream.Durability;
import io.tideline.stream.Namespace;
import io.tideline.stream.Namespaces;
import io.tideline.stream.Retention;
import io.tideline.stream.SlowConsumer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.Metadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class InboundBridgeTest {
  private static final PublishOutcome STORED = stored(false);
  private static final PublishOutcome CONFLICT =
      new PublishOutcome.Decided(new AppendOutcome.KeyConflict());
  private static final int IN_FLIGHT = 4;
  private static final int NO_SIZE = ConsumerRecord.NULL_SIZE;

  private final Source source = new Source();
  private final List<List<io.tideline.stream.Message>> published = new ArrayList<>();
  private final Deque<Consumer<List<PublishOutcome>>> answers = new ArrayDeque<>();
  private final Deque<Runnable> later = new ArrayDeque<>();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private Optional<String> type = Optional.of("{header.kind}");
  private final Revocations revocations = new Revocations();
  private RuntimeException fault;
  private long offset;

  @Test
  void aRecordIsPublishedAsItIsMappedAndAcknowledgedWhenItIsStored() {
    InboundBridge bridge = bridge(WhenRefused.STOP);
    bridge.onNext(record("7", "{\"n\":1}"));
    io.tideline.stream.Message message = published.get(0).get(0);
    assertEquals("orders:7", message.channel().name());
    assertEquals("paid", message.type());
    assertEquals("in-1-1-1234", message.key());
    assertEquals(Map.of("trace", "abc"), message.headers());
    assertEquals("{\"n\":1}", new String(message.payload().bytes(), StandardCharsets.UTF_8));
    assertTrue(message.payload().isJson());
    assertEquals(List.of(), source.acked);
    answer(STORED);
    assertEquals(List.of(1L), source.acked);
    assertEquals(1, count("stored"));
  }

  @ParameterizedTest
  @EnumSource(WhenRefused.class)
  void noTokenThatIsRevokedIsABridges(WhenRefused whenRefused) {
    Instant soon = Instant.now().plusSeconds(60);
    revocations.add(new Revocation(Revocation.Kind.ALL, null, soon, soon.plusSeconds(60)));
    InboundBridge bridge = bridge(whenRefused);
    bridge.onNext(record("7", "1"));
    answer(STORED);
    assertEquals(List.of(1L), source.acked);
    assertEquals(1, count("stored"));
  }

  @Test
  void whatComesAgainIsAcknowledgedToo() {
    InboundBridge bridge = bridge(WhenRefused.STOP);
    bridge.onNext(record("7", "1"));
    answer(stored(true));
    assertEquals(List.of(1L), source.acked);
    assertEquals(1, count("duplicate"));
  }

  @Test
  void nothingOvertakesWhatMustBeTriedAgain() {
    InboundBridge bridge = bridge(WhenRefused.STOP);
    bridge.onNext(record("7", "1"));
    bridge.onNext(record("7", "2"));
    bridge.onNext(record("8", "3"));
    answer(STORED);
    assertEquals(List.of("2", "3"), payloads(1));
    bridge.onNext(record("7", "4"));
    answer(new PublishOutcome.Unavailable(), STORED);
    assertEquals(2, published.size(), "waits");
    later.remove().run();
    assertEquals(List.of("2"), payloads(2));
    answer(new PublishOutcome.Unknown());
    later.remove().run();
    assertEquals(List.of("2"), payloads(3));
    assertEquals(published.get(1).get(0).key(), published.get(3).get(0).key());
    answer(STORED);
    assertEquals(List.of("4"), payloads(4));
    answer(STORED);
    assertEquals(List.of(1L, 3L, 2L, 4L), source.acked);
  }

  @Test
  void asMuchIsAskedForAsMayBeInFlight() {
    InboundBridge bridge = bridge(WhenRefused.SKIP);
    assertEquals(IN_FLIGHT, source.requested);
    bridge.onNext(record("7", "1"));
    bridge.onNext(record("7", "2"));
    bridge.onNext(record("7", "no JSON"));
    assertEquals(IN_FLIGHT, source.requested);
    answer(STORED);
    assertEquals(IN_FLIGHT + 1, source.requested);
    answer(STORED);
    assertEquals(IN_FLIGHT + 3, source.requested);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a channel!", "ü"})
  void anImpossibleChannelStopsTheBridgeBehindWhatIsStored(String key) {
    assertStopsAt(record(key, "2"));
  }

  @Test
  void aPayloadThatIsNotWhatItSaysStopsTheBridge() {
    assertStopsAt(record("7", "no JSON"));
  }

  @Test
  void aPayloadThatIsTooLargeStopsTheBridge() {
    assertStopsAt(record("7", "1".repeat((64 << 10) + 1)));
  }

  @Test
  void aRecordWithoutWhatTheMappingNeedsStopsTheBridge() {
    assertStopsAt(record(null, "2"));
  }

  private void assertStopsAt(Message<?> bad) {
    InboundBridge bridge = bridge(WhenRefused.STOP);
    bridge.onNext(record("7", "1"));
    bridge.onNext(bad);
    bridge.onNext(record("7", "3"));
    answer(STORED);
    assertEquals(1, published.size(), "nothing behind it");
    assertEquals(1, source.acked.size());
    assertEquals(List.of(), source.nacked);
    assertTrue(source.isCancelled);
    assertTrue(bridge.standsStill());
  }

  @Test
  void aRefusedRecordIsPassedOverWhereThatIsWanted() {
    InboundBridge bridge = bridge(WhenRefused.SKIP);
    bridge.onNext(record("not a channel", "1"));
    bridge.onNext(record("7", "2"));
    answer(CONFLICT);
    bridge.onNext(record("7", "3"));
    answer(STORED);
    assertEquals(List.of(1L, 2L, 3L), source.acked);
    assertEquals(2, count("refused"));
  }

  @Test
  void aRefusedRecordIsHandedBackWhereThatIsWanted() {
    InboundBridge bridge = bridge(WhenRefused.DEAD_LETTER);
    bridge.onNext(record("not a channel", "1"));
    bridge.onNext(record("7", "2"));
    answer(STORED);
    assertEquals(List.of(1L), source.nacked);
    assertEquals(List.of(2L), source.acked);
  }

  @Test
  void anEphemeralChannelTakesNoKey() {
    InboundBridge bridge = bridge(WhenRefused.STOP, "passing:{key}");
    bridge.onNext(record("7", "1"));
    assertEquals(null, published.get(0).get(0).key());
    answer(new PublishOutcome.Accepted(Instant.EPOCH));
    assertEquals(List.of(1L), source.acked);
  }

  @Test
  void aStoppedBridgeTriesNothingAgain() {
    InboundBridge bridge = bridge(WhenRefused.STOP);
    bridge.onNext(record("7", "1"));
    bridge.stop();
    answer(new PublishOutcome.Unavailable());
    assertEquals(0, later.size());
    assertEquals(List.of(), source.acked);
  }

  @Test
  void nobodyWaitsForASourceThatIsSlowToEnd() {
    CountDownLatch blocked = new CountDownLatch(1);
    Flow.Subscription slow =
        new Flow.Subscription() {
          @Override
          public void request(long n) {}

          @Override
          public void cancel() {
            await(blocked);
          }
        };
    InboundBridge one =
        bridge(WhenRefused.STOP, "orders:{key}", slow, InboundBridges::onItsOwnThread);
    InboundBridge two =
        bridge(WhenRefused.STOP, "orders:{key}", slow, InboundBridges::onItsOwnThread);
    try {
      assertTimeoutPreemptively(
          Duration.ofSeconds(5),
          () -> {
            one.stop();
            two.stop();
            one.onNext(record("7", "1"));
            two.onError(new IllegalStateException("ended"));
            assertFalse(two.standsStill());
          });
    } finally {
      blocked.countDown();
    }
    assertEquals(List.of(), published);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aSourceThatCannotBeEndedKeepsNobodyFromStopping() {
    Flow.Subscription broken =
        new Flow.Subscription() {
          @Override
          public void request(long n) {}

          @Override
          public void cancel() {
            throw new IllegalStateException("the broker is away");
          }
        };
    bridge(WhenRefused.STOP, "orders:{key}", broken, Runnable::run).stop();
  }

  @Test
  void aBridgeThatWasAskedToStopNeedsNobody() {
    InboundBridge bridge = bridge(WhenRefused.STOP);
    bridge.stop();
    bridge.onComplete();
    assertTrue(source.isCancelled);
    assertFalse(bridge.standsStill());
  }

  @Test
  void aRecordThatIsNotTakenBackStopsTheBridge() {
    source.nackAnswer = CompletableFuture.failedFuture(new IllegalStateException("no such topic"));
    InboundBridge bridge = bridge(WhenRefused.DEAD_LETTER);
    bridge.onNext(record("not a channel", "1"));
    bridge.onNext(record("7", "2"));
    assertEquals(List.of(), published);
    assertTrue(bridge.standsStill());
    assertTrue(source.isCancelled);
  }

  @Test
  void nothingIsAcknowledgedBeforeWhatStandsBeforeItIsTakenBack() {
    CompletableFuture<Void> taken = new CompletableFuture<>();
    source.nackAnswer = taken;
    InboundBridge bridge = bridge(WhenRefused.DEAD_LETTER);
    bridge.onNext(record("6", "1"));
    bridge.onNext(record("7", "2"));
    bridge.onNext(record("8", "3"));
    answer(STORED);
    answer(CONFLICT, STORED);
    assertEquals(List.of(1L), source.acked);
    taken.complete(null);
    assertEquals(List.of(1L, 3L), source.acked);
    bridge.onNext(record("7", "4"));
    assertEquals(List.of("4"), payloads(2));
  }

  @Test
  void nothingBehindARefusedRecordIsAcknowledged() {
    InboundBridge bridge = bridge(WhenRefused.STOP);
    bridge.onNext(record("6", "1"));
    bridge.onNext(record("7", "2"));
    bridge.onNext(record("8", "3"));
    bridge.onNext(record("9", "4"));
    answer(STORED);
    answer(STORED, CONFLICT, STORED);
    assertEquals(List.of(1L, 2L), source.acked);
    assertTrue(bridge.standsStill());
  }

  @Test
  void whatNobodyForesawStopsTheBridge() {
    fault = new IllegalStateException("a fault of ours");
    InboundBridge bridge = bridge(WhenRefused.SKIP);
    bridge.onNext(record("7", "1"));
    assertTrue(bridge.standsStill());
    assertTrue(source.isCancelled);
    assertEquals(List.of(), source.acked);
  }

  @Test
  void aRecordThatCannotBeReadIsRefused() {
    InboundBridge bridge = bridge(WhenRefused.SKIP, "orders:1");
    Object unreadable =
        new Object() {
          @Override
          public String toString() {
            throw new IllegalStateException("unreadable");
          }
        };
    bridge.onNext(Message.of(unreadable, record("7", "").getMetadata()));
    bridge.onNext(record("7", "2"));
    assertEquals(1, count("refused"));
    assertEquals(List.of("2"), payloads(0));
  }

  @Test
  void anOverloadedNodeIsGivenLessAtATimeAndInOrder() {
    InboundBridge bridge = bridge(WhenRefused.STOP);
    bridge.onNext(record("7", "1"));
    for (int i = 2; i <= 5; i++) {
      bridge.onNext(record("7", Integer.toString(i)));
    }
    PublishOutcome overloaded = new PublishOutcome.Overloaded();
    answer(STORED);
    answer(overloaded, overloaded, overloaded, overloaded);
    later.remove().run();
    assertEquals(List.of("2", "3"), payloads(2));
    answer(overloaded, overloaded);
    later.remove().run();
    assertEquals(List.of("2"), payloads(3));
    answer(overloaded);
    later.remove().run();
    assertEquals(List.of("2"), payloads(4));
    answer(STORED);
    assertEquals(List.of("3", "4"), payloads(5));
    answer(STORED, STORED);
    assertEquals(List.of("5"), payloads(6));
    answer(STORED);
    assertEquals(List.of(1L, 2L, 3L, 4L, 5L), source.acked);
    assertEquals(0, later.size());
  }

  @Test
  void aStoppedBridgeStoresNothingOfWhatIsLeftOfItsBatch() {
    InboundBridge bridge = bridge(WhenRefused.STOP);
    bridge.onNext(record("7", "1"));
    bridge.onNext(record("7", "2"));
    bridge.onNext(record("7", "3"));
    answer(STORED);
    answer(new PublishOutcome.Overloaded(), new PublishOutcome.Overloaded());
    later.remove().run();
    bridge.stop();
    answer(STORED);
    assertEquals(List.of("2"), payloads(2));
    assertEquals(3, published.size());
    assertEquals(List.of(1L, 2L), source.acked);
  }

  @Test
  void aSourceThatKnowsNothingButPayloadsFeedsADurableChannel() {
    type = Optional.empty();
    InboundBridge bridge = bridge(WhenRefused.STOP, "orders:all");
    bridge.onNext(Message.of("1".getBytes(StandardCharsets.UTF_8)));
    assertEquals(List.of("1"), payloads(0));
    assertEquals(null, published.get(0).get(0).key());
  }

  @Test
  void manyRecordsThatCannotBeStoredDoNotEndTheThread() {
    InboundBridge bridge = bridge(WhenRefused.SKIP);
    bridge.onNext(record("7", "1"));
    for (int i = 0; i < 5_000; i++) {
      bridge.onNext(record("not a channel", "2"));
    }
    answer(STORED);
    assertEquals(5_000, count("refused"));
    assertFalse(bridge.standsStill());
  }

  @ParameterizedTest
  @ValueSource(strings = {"{nothing}", "{header.}", "a{key", "a}b"})
  void aTemplateThatMeansNothingIsRefused(String template) {
    assertThrows(IllegalArgumentException.class, () -> new Template(template));
  }

  // --- the ends

  private InboundBridge bridge(WhenRefused whenRefused) {
    return bridge(whenRefused, "orders:{key}");
  }

  private InboundBridge bridge(WhenRefused whenRefused, String channel) {
    return bridge(whenRefused, channel, source, Runnable::run);
  }

  private InboundBridge bridge(
      WhenRefused whenRefused, String channel, Flow.Subscription from, Executor canceller) {
    InboundConfig config = config(whenRefused, channel);
    Namespaces namespaces =
        new Namespaces(
            Map.of(
                "default",
                namespace("default", Durability.DURABLE),
                "passing",
                namespace("passing", Durability.EPHEMERAL)));
    Mapping mapping =
        new Mapping(
            "in",
            config,
            new AccessPolicy(namespaces, revocations, Authorizer.NONE, Clock.systemUTC()),
            namespaces,
            ProductDefaults.wireLimits());
    InboundBridge bridge =
        new InboundBridge(
            "in",
            config,
            mapping,
            this::publish,
            (pause, task) -> later.add(task),
            canceller,
            new InboundMeters(meters, "in"));
    bridge.onSubscribe(from);
    return bridge;
  }

  private static Namespace namespace(String name, Durability durability) {
    return new Namespace(
        name,
        durability,
        new Retention(Duration.ofDays(7), 1000),
        durability == Durability.EPHEMERAL ? SlowConsumer.DROP_OLDEST : SlowConsumer.CATCH_UP,
        false,
        false);
  }

  private InboundConfig config(WhenRefused whenRefused, String channel) {
    return new InboundConfig() {
      @Override
      public String channel() {
        return channel;
      }

      @Override
      public Optional<String> type() {
        return type;
      }

      @Override
      public String contentType() {
        return "application/json";
      }

      @Override
      public Optional<String> key() {
        return Optional.empty();
      }

      @Override
      public Optional<List<String>> headers() {
        return Optional.of(List.of("Trace", "absent"));
      }

      @Override
      public WhenRefused refused() {
        return whenRefused;
      }

      @Override
      public int inFlight() {
        return IN_FLIGHT;
      }
    };
  }

  private Uni<List<PublishOutcome>> publish(List<Publisher.Item> items) {
    if (fault != null) {
      throw fault;
    }
    published.add(items.stream().map(Publisher.Item::message).toList());
    return Uni.createFrom().emitter(emitter -> answers.add(emitter::complete));
  }

  private void answer(PublishOutcome... outcomes) {
    answers.remove().accept(List.of(outcomes));
  }

  private List<String> payloads(int batch) {
    return published.get(batch).stream()
        .map(message -> new String(message.payload().bytes(), StandardCharsets.UTF_8))
        .toList();
  }

  private static PublishOutcome stored(boolean duplicate) {
    return new PublishOutcome.Decided(new AppendOutcome.Stored(1, 1, Instant.EPOCH, duplicate));
  }

  private double count(String outcome) {
    return meters.get("tideline.bridge.records").tag("outcome", outcome).counter().count();
  }

  private Message<?> record(String key, String payload) {
    long at = ++offset;
    ConsumerRecord<String, byte[]> record =
        new ConsumerRecord<>(
            "in",
            1,
            at,
            1234,
            TimestampType.CREATE_TIME,
            NO_SIZE,
            NO_SIZE,
            key,
            payload.getBytes(StandardCharsets.UTF_8),
            new RecordHeaders(),
            Optional.empty());
    record.headers().add("kind", "paid".getBytes(StandardCharsets.UTF_8));
    record.headers().add("Trace", "abc".getBytes(StandardCharsets.UTF_8));
    return Message.of(record.value(), Metadata.of(new IncomingKafkaRecordMetadata<>(record, "in")))
        .withAck(
            () -> {
              source.acked.add(at);
              return CompletableFuture.completedFuture(null);
            })
        .withNack(
            why -> {
              source.nacked.add(at);
              return source.nackAnswer;
            });
  }

  private static final class Source implements Flow.Subscription {
    final List<Long> acked = Collections.synchronizedList(new ArrayList<>());
    final List<Long> nacked = new ArrayList<>();
    long requested;
    boolean isCancelled;
    CompletionStage<Void> nackAnswer = CompletableFuture.completedFuture(null);

    @Override
    public void request(long n) {
      requested += n;
    }

    @Override
    public void cancel() {
      isCancelled = true;
    }
  }
}
