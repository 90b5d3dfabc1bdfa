package io.tideline.backplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.mutiny.Multi;
import io.smallrye.reactive.messaging.EmitterConfiguration;
import io.smallrye.reactive.messaging.annotations.EmitterFactoryFor;
import io.smallrye.reactive.messaging.providers.extension.EmitterImpl;
import io.tideline.stream.Announcement;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the hub expects of every connector that nodes speak over, tried with the real broker. On a
 * quiet line everything arrives, once, at every other node, in order; in a flood and without the
 * broker it may be dropped, but is counted then, and nobody waits for it.
 *
 * <p>A connector's test says how a node joins a topic, and how the broker goes and comes back.
 */
abstract class BackplaneContract {
  static final Duration PATIENCE = Duration.ofSeconds(30);
  static final long EPOCH = 77;

  private static final AtomicLong TOPICS = new AtomicLong(System.nanoTime());
  private static final Instant TIME = Instant.parse("2026-11-21T06:00:00.123456Z");
  private static final int FLOOD = 30_000;
  private static final int FLOOD_PAYLOAD_BYTES = 5000;
  static final long HELD_BYTES_MAX = 48L << 20;

  private final List<Node> nodes = new ArrayList<>();
  private long meetings;

  /** One that no other test speaks on. */
  final String topic = "t" + TOPICS.incrementAndGet();

  /**
   * Both ends of one node's connector on a topic.
   *
   * @param close ends both
   */
  record Line(
      Flow.Subscriber<? extends Message<?>> out,
      Flow.Publisher<? extends Message<?>> in,
      AutoCloseable close) {}

  /** Joins a topic as one more node; may return before it is connected. */
  abstract Line line(String onTopic);

  /** Writes to the topic as another program would. */
  abstract void say(String onTopic, String text) throws Exception;

  abstract void takeBrokerAway() throws Exception;

  abstract void giveBrokerBack() throws Exception;

  @AfterEach
  void leave() throws Exception {
    for (Node node : nodes) {
      node.line.close().close();
    }
  }

  // --- a quiet line

  @Test
  void everyOtherNodeHearsAndTheSpeakerDoesNot() {
    Node a = node("a");
    Node b = node("b");
    Node c = node("c");
    meet(a, b, c);
    Announcement said = a.says(entry(new Channel("orders:1"), 1, 1, 20));
    eventually(() -> b.heard.size() == 1 && c.heard.size() == 1);
    assertEquals(List.of(said), List.copyOf(b.heard));
    assertEquals(List.of(said), List.copyOf(c.heard));
    assertEquals(List.of(), List.copyOf(a.heard));
  }

  @Test
  void aChannelsNewsComeInOrderAndOnce() {
    Node a = node("a");
    Node b = node("b");
    meet(a, b);
    Channel ours = new Channel("orders:1");
    Channel theirs = new Channel("orders:2");
    List<Announcement> ofA = new ArrayList<>();
    List<Announcement> ofB = new ArrayList<>();
    for (int head = 1; head <= 500; head++) {
      ofA.add(a.says(entry(ours, head, 1, head % 100)));
      ofB.add(b.says(entry(theirs, head, 1, head % 100)));
    }
    eventually(() -> a.heard.size() >= 500 && b.heard.size() >= 500);
    assertEquals(ofA, List.copyOf(b.heard));
    assertEquals(ofB, List.copyOf(a.heard));
  }

  static Stream<Publication> oddPublications() {
    byte[] allBytes = new byte[256];
    for (int i = 0; i < allBytes.length; i++) {
      allBytes[i] = (byte) i;
    }
    byte[] random = new byte[3000];
    new Random(7).nextBytes(random);
    String longest = "n" + "~".repeat(199);
    return Stream.of(
        publication("empty", null, null, Map.of(), new Payload(null, new byte[0])),
        publication("all:bytes", "t", "s", Map.of(), new Payload("image/png", allBytes)),
        publication("random", null, null, Map.of(), new Payload("application/x", random)),
        publication("quotes", null, "a\"b\\'$$;--", Map.of("q", "'\"\\"), text("'\"\\")),
        publication("lines", null, null, Map.of(), text("a\r\nb\u0000c\u2028d")),
        publication("wide", "t", "ünïcødé \uD83D\uDE00", Map.of("h", ""), text("\uD83D\uDE00")),
        publication(longest, "t".repeat(100), "s", Map.of("h", "v".repeat(4000)), text("x")));
  }

  @ParameterizedTest
  @MethodSource("oddPublications")
  void whatIsInAPublicationDoesNotMatter(Publication odd) {
    Node a = node("a");
    Node b = node("b");
    meet(a, b);
    Announcement said = a.says(entry(odd.channel(), 1, List.of(odd)));
    eventually(() -> !b.heard.isEmpty());
    assertEquals(said, b.heard.peek());
  }

  @Test
  void manyChannelsInOneBatchAllArrive() {
    Node a = node("a");
    Node b = node("b");
    meet(a, b);
    List<Announcement.Entry> entries =
        IntStream.range(0, 1000)
            .mapToObj(i -> entry(new Channel("batch:" + i), 1, 1, i % 300))
            .toList();
    a.says(entries.toArray(Announcement.Entry[]::new));
    eventually(() -> b.entries().size() >= entries.size());
    assertEquals(entries, b.entries());
  }

  /** The log has them: where they stand now is enough. */
  @Test
  void ofLargePublicationsTheHeadArrives() {
    Node a = node("a");
    Node b = node("b");
    meet(a, b);
    a.says(
        entry(new Channel("large"), 9, 3, 64 << 10),
        entry(new Channel("larger"), 4, 1, 1 << 20),
        entry(new Channel("small"), 2, 1, 10));
    eventually(() -> b.entries().size() >= 3);
    assertEquals(
        List.of(9L, 4L, 2L), b.entries().stream().map(entry -> entry.state().head()).toList());
    assertEquals(1, b.entries().get(2).publications().size());
  }

  /** Nobody else has them: they come whole. */
  @Test
  void largeEphemeralPublicationsArriveWholeWhoeverElseSpeaks() {
    Node a = node("a");
    Node b = node("b");
    Node c = node("c");
    meet(a, b, c);
    for (int i = 1; i <= 10; i++) {
      a.says(ephemeral("from:a", 64 << 10, i));
      b.says(ephemeral("from:b", 64 << 10, i));
    }
    eventually(() -> c.entries().size() >= 20);
    for (String from : List.of("from:a", "from:b")) {
      List<Integer> firstBytes = new ArrayList<>();
      for (Announcement.Entry entry : c.entries()) {
        if (entry.state().channel().name().equals(from)) {
          byte[] bytes = entry.publications().get(0).payload().bytes();
          assertEquals(64 << 10, bytes.length);
          assertEquals(bytes[0], bytes[bytes.length - 1]);
          firstBytes.add((int) bytes[0]);
        }
      }
      assertEquals(IntStream.rangeClosed(1, 10).boxed().toList(), firstBytes);
    }
  }

  // --- trouble

  @ParameterizedTest
  @MethodSource("nonsense")
  void whatSomebodyElseWritesIsPassedOverAndCounted(String nonsense) throws Exception {
    Node a = node("a");
    Node b = node("b");
    meet(a, b);
    say(topic, nonsense);
    eventually(() -> b.count("tideline.backplane.not.understood") == 1);
    Announcement said = a.says(entry(new Channel("orders:1"), 1, 1, 20));
    eventually(() -> !b.heard.isEmpty());
    assertEquals(List.of(said), List.copyOf(b.heard));
  }

  static Stream<String> nonsense() {
    return Stream.of(
        "hello",
        "{}",
        "={\"v\":1}",
        "{\"v\":99,\"node\":\"x\",\"news\":[]}",
        "a.b.c:x",
        "x".repeat(5000));
  }

  @Test
  void aFloodIsCountedToTheLastAndHoldsNobodyUp() {
    Node a = node("a");
    Node b = node("b");
    meet(a, b);
    long sentBefore = quiet(a, b);
    Channel channel = new Channel("flood");
    long began = System.nanoTime();
    for (int head = 1; head <= FLOOD; head++) {
      a.says(entry(channel, head, 1, 100));
    }
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    assertTrue(took.compareTo(Duration.ofSeconds(10)) < 0, "announcing took " + took);
    eventually(() -> a.sent() + a.dropped() == a.said);
    eventually(() -> b.heard.size() == a.sent() - sentBefore);
    assertRising(b);
    a.says(entry(channel, FLOOD + 1, 1, 1));
    eventually(() -> last(b.entries()).state().head() == FLOOD + 1);
  }

  private static Announcement.Entry last(List<Announcement.Entry> entries) {
    return entries.get(entries.size() - 1);
  }

  @Test
  void withoutTheBrokerAFloodIsDroppedAndNotKept() throws Exception {
    Node a = node("a");
    Node b = node("b");
    meet(a, b);
    takeBrokerAway();
    try {
      long before = usedBytes();
      long dropped = a.dropped();
      long began = System.nanoTime();
      for (int head = 1; head <= FLOOD; head++) {
        a.says(entry(new Channel("flood"), head, 1, FLOOD_PAYLOAD_BYTES));
      }
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      assertTrue(took.compareTo(Duration.ofSeconds(20)) < 0, "announcing took " + took);
      long held = usedBytes() - before;
      assertTrue(held < HELD_BYTES_MAX, held + " bytes are held");
      assertTrue(a.dropped() - dropped > FLOOD / 2);
    } finally {
      giveBrokerBack();
    }
    assertSpeakAgain(a, b);
  }

  @Test
  void whenTheBrokerIsBackAllHearEachOtherAgain() throws Exception {
    Node a = node("a");
    Node b = node("b");
    meet(a, b);
    takeBrokerAway();
    a.says(entry(new Channel("lost"), 1, 1, 20));
    giveBrokerBack();
    assertSpeakAgain(a, b);
  }

  // --- for subclasses

  /** One node with its connector. */
  final class Node {
    final String name;
    final Queue<Announcement> heard = new ConcurrentLinkedQueue<>();
    private final Queue<Announcement> probes = new ConcurrentLinkedQueue<>();
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final MessagingBackplane backplane;
    private final Line line;
    private long said;

    private Node(String name, Line line) {
      this.name = name;
      this.line = line;
      EmitterImpl<String> emitter = new EmitterImpl<>(PUBLICATIONS_OUT, 128);
      backplane = new MessagingBackplane(emitter, neighbours(name), Clock.systemUTC(), meters);
      backplane.listen(channel -> true, this::receive);
      Multi.createFrom()
          .publisher(line.in())
          .subscribe()
          .with(message -> backplane.receive((String) message.getPayload()));
      emitter.getPublisher().subscribe(ofText(line.out()));
    }

    private void receive(Announcement announcement) {
      boolean isProbe = announcement.entries().get(0).state().channel().equals(PROBE);
      (isProbe ? probes : heard).add(announcement);
    }

    Announcement says(Announcement.Entry... entries) {
      said++;
      Announcement announcement = new Announcement(name, List.of(entries));
      backplane.announce(announcement);
      return announcement;
    }

    List<Announcement.Entry> entries() {
      return heard.stream().flatMap(one -> one.entries().stream()).toList();
    }

    long sent() {
      return count("tideline.backplane.sent");
    }

    long said() {
      return said;
    }

    long dropped() {
      return count("tideline.backplane.dropped");
    }

    private long count(String counter) {
      return (long) meters.get(counter).counter().count();
    }

    private boolean hears(Node other, long meeting) {
      return probes.stream()
          .anyMatch(
              probe ->
                  probe.node().equals(other.name)
                      && probe.entries().get(0).state().head() == meeting);
    }
  }

  final Node node(String name) {
    return node(name, line(topic));
  }

  final Node node(String name, Line line) {
    Node node = new Node(name, line);
    nodes.add(node);
    return node;
  }

  /**
   * Returns when each hears what each says from now on; connecting takes a while, and what is said
   * before is lost.
   */
  final void meet(Node... all) {
    long meeting = ++meetings;
    eventually(
        () -> {
          for (Node node : all) {
            node.says(entry(PROBE, meeting, 1, 0));
          }
          return Arrays.stream(all)
              .allMatch(
                  node ->
                      Arrays.stream(all)
                          .allMatch(other -> node == other || node.hears(other, meeting)));
        });
  }

  /** Waits until all that one has said is over; the other may have come too late for some of it. */
  private static long quiet(Node speaker, Node listener) {
    Announcement last = speaker.says(entry(new Channel("last"), 1, 1, 0));
    eventually(() -> listener.heard.contains(last));
    eventually(() -> speaker.sent() + speaker.dropped() == speaker.said);
    listener.heard.clear();
    return speaker.sent();
  }

  final void assertSpeakAgain(Node a, Node b) {
    meet(a, b);
    a.heard.clear();
    b.heard.clear();
    Announcement ofA = a.says(entry(new Channel("back"), 1, 1, 20));
    Announcement ofB = b.says(entry(new Channel("back"), 2, 1, 20));
    eventually(() -> a.heard.contains(ofB) && b.heard.contains(ofA));
  }

  static void eventually(Callable<Boolean> condition) {
    Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(condition);
  }

  static Announcement.Entry entry(Channel channel, long head, int publications, int bytes) {
    return entry(
        channel,
        head,
        LongStream.rangeClosed(head - publications + 1, head)
            .mapToObj(
                offset ->
                    new Publication(
                        channel,
                        EPOCH,
                        offset,
                        TIME,
                        null,
                        null,
                        Map.of(),
                        new Payload("text/plain", new byte[bytes])))
            .toList());
  }

  private static Announcement.Entry entry(
      Channel channel, long head, List<Publication> publications) {
    return new Announcement.Entry(new ChannelState(channel, EPOCH, head, 1, 0), publications);
  }

  private static Announcement.Entry ephemeral(String channel, int bytes, int value) {
    byte[] payload = new byte[bytes];
    Arrays.fill(payload, (byte) value);
    Channel name = new Channel(channel);
    long epoch = Publication.EPHEMERAL_EPOCH;
    Payload content = new Payload("application/octet-stream", payload);
    return new Announcement.Entry(
        new ChannelState(name, epoch, 1, 1, 0),
        List.of(new Publication(name, epoch, 1, TIME, null, null, Map.of(), content)));
  }

  private static Publication publication(
      String channel, String type, String sender, Map<String, String> headers, Payload payload) {
    return new Publication(new Channel(channel), EPOCH, 1, TIME, type, sender, headers, payload);
  }

  private static Payload text(String text) {
    return new Payload("text/plain", text.getBytes(StandardCharsets.UTF_8));
  }

  private static void assertRising(Node node) {
    long last = 0;
    for (Announcement.Entry entry : node.entries()) {
      assertTrue(entry.state().head() > last, entry.state().head() + " after " + last);
      last = entry.state().head();
    }
  }

  static long usedBytes() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private static final Channel PROBE = new Channel("probe");

  private static Neighbours neighbours(String self) {
    return new Neighbours() {
      @Override
      public String self() {
        return self;
      }

      @Override
      public boolean isAlone() {
        return false;
      }

      @Override
      public int messageCharsMax() {
        return 7900;
      }
    };
  }

  /** Reactive messaging leaves open what a connector takes; ours takes any message. */
  @SuppressWarnings("unchecked")
  private static Flow.Subscriber<Message<? extends String>> ofText(
      Flow.Subscriber<? extends Message<?>> subscriber) {
    return (Flow.Subscriber<Message<? extends String>>) subscriber;
  }

  /** As {@link MessagingBackplane} has it. */
  private static final EmitterConfiguration PUBLICATIONS_OUT =
      new EmitterConfiguration() {
        @Override
        public String name() {
          return "publications-out";
        }

        @Override
        public EmitterFactoryFor emitterType() {
          throw new UnsupportedOperationException("nobody asks a made emitter");
        }

        @Override
        public OnOverflow.Strategy overflowBufferStrategy() {
          return OnOverflow.Strategy.BUFFER;
        }

        @Override
        public long overflowBufferSize() {
          return MessagingBackplane.WAITING_MAX;
        }

        @Override
        public boolean broadcast() {
          return false;
        }

        @Override
        public int numberOfSubscriberBeforeConnecting() {
          return 0;
        }
      };
}
