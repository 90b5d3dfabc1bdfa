package io.tideline.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.testing.PackagedServer;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.Slow;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestKafka;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Goal: what is in the channels is in the topic, in each channel's order, whatever crashes; and
 * what comes twice is known by its offset.
 */
@Slow
class KafkaBridgeOutIT {
  private static final int PARTITIONS = 8;
  private static final Path DIRECTORY = Path.of("target/kafka-bridge-out");
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Duration HANDED_OVER_MAX = Duration.ofSeconds(5);
  private static final int CHANNELS = 10;
  private static final int CALM = 20;

  /** After so many the pause before the next try is 5 s, or nearly. */
  private static final int FAILURES_LONG_PAUSE = 6;

  private static final Duration SIDE_BY_SIDE_MAX = Duration.ofSeconds(20);
  private static final long BROKER_AWAY_MILLIS = 3_000;
  private static final String CHANNEL = "invoices:";
  private static final TestKafka BROKER = new TestKafka();

  @BeforeAll
  static void startBroker() {
    BROKER.start();
  }

  @AfterAll
  static void stopBroker() {
    BROKER.close();
  }

  @Test
  void nothingIsLostOrOutOfOrderAndRepeatsComeFromCrashesAlone() throws Exception {
    try (PackagedServer one = PackagedServer.start(DIRECTORY, documented());
        Reader reader = new Reader("invoices")) {
      Awaitility.await().atMost(PATIENCE).until(() -> isActive(one));
      try (PackagedServer two = PackagedServer.start(DIRECTORY, documented());
          Source source = new Source(List.of(one, two))) {
        reader.follow(source, CALM);
        assertTrue(isActive(one) && !isActive(two), "one node carries");

        one.stop();
        long stopped = System.nanoTime();
        Awaitility.await().atMost(PATIENCE).until(() -> isActive(two));
        Duration took = Duration.ofNanos(System.nanoTime() - stopped);
        assertTrue(took.compareTo(HANDED_OVER_MAX) < 0, "handed over after " + took);
        reader.follow(source, CALM);
        assertEquals(0, reader.repeats, "a node that is stopped leaves its place to the other");

        one.start();
        two.kill();
        reader.follow(source, CALM);
        assertTrue(isActive(one), "the other took over");

        BROKER.stop();
        Thread.sleep(BROKER_AWAY_MILLIS);
        BROKER.start();
        reader.follow(source, CALM);

        PostgresResource.control().crash();
        reader.follow(source, CALM);

        int ofCrashes = reader.repeats;
        reader.follow(source, CALM);
        assertEquals(ofCrashes, reader.repeats, "no crash, no repeats");
        source.stop();
        reader.readUntil(source.published());
        reader.check(source.published());
      }
    }
  }

  @Test
  void whatWasPurgedBeforeItWentOutIsToldAsAGap() throws Exception {
    try (PackagedServer server =
            PackagedServer.start(DIRECTORY, settings("receipts", "receipts:1"));
        Reader reader = new Reader("receipts")) {
      TestClient client = client(server);
      client.publish("receipts:1", "1");
      reader.readUntil("receipts:1", 1);
      BROKER.stop();
      try {
        client.publish("receipts:1", "2");
        String through = client.publish("receipts:1", "3").getString("position");
        assertEquals(
            200,
            client
                .delete("/v1/channels/receipts:1/messages?through=" + TestClient.encode(through))
                .statusCode());
        client.publish("receipts:1", "4");
        server.kill();
      } finally {
        BROKER.start();
      }
      server.start();
      reader.readUntil("receipts:1", 4);
      List<ConsumerRecord<String, String>> all = reader.of("receipts:1");
      assertEquals(3, all.size());
      assertEquals("tideline.gap", header(all.get(1), "tideline-type"));
      assertEquals("3", header(all.get(1), "tideline-offset"));
      JsonObject gap = new JsonObject(all.get(1).value());
      assertEquals(2, gap.getInteger("from"));
      assertEquals(3, gap.getInteger("to"));
      assertEquals("purged", gap.getString("reason"));
      assertEquals("4", all.get(2).value());
      assertEquals(1, meter(server, "records_total", "outcome=\"gap\""));
    }
  }

  /** Of one partition Kafka's producer may hold up what comes with a record that is refused. */
  @Test
  void whatTheBrokerRefusesHoldsUpItsChannelAlone() throws Exception {
    assertNotEquals(partition("notes:long"), partition("notes:short"));
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", BROKER.servers()))) {
      admin
          .createTopics(
              List.of(
                  new NewTopic("notes", PARTITIONS, (short) 1)
                      .configs(Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, "1000"))))
          .all()
          .get();
      try (PackagedServer server = PackagedServer.start(DIRECTORY, settings("notes", "notes:*"));
          Reader reader = new Reader("notes")) {
        TestClient client = client(server);
        client.publish("notes:long", '"' + "x".repeat(2000) + '"');
        Awaitility.await()
            .atMost(PATIENCE)
            .until(
                () -> meter(server, "records_total", "outcome=\"failed\"") >= FAILURES_LONG_PAUSE);
        long began = System.nanoTime();
        for (int offset = 1; offset <= CALM; offset++) {
          client.publish("notes:short", "1");
          reader.readUntil("notes:short", offset);
        }
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        assertTrue(took.compareTo(SIDE_BY_SIDE_MAX) < 0, CALM + " in " + took);
        assertEquals(1, meter(server, "failing", ""));
        assertEquals(1, meter(server, "behind", ""));

        admin
            .incrementalAlterConfigs(
                Map.of(
                    new ConfigResource(ConfigResource.Type.TOPIC, "notes"),
                    List.of(
                        new AlterConfigOp(
                            new ConfigEntry(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, "100000"),
                            AlterConfigOp.OpType.SET))))
            .all()
            .get();
        reader.readUntil("notes:long", 1);
        Awaitility.await().atMost(PATIENCE).until(() -> meter(server, "failing", "") == 0);
      }
    }
  }

  private static int partition(String channel) {
    return BuiltInPartitioner.partitionForKey(channel.getBytes(StandardCharsets.UTF_8), PARTITIONS);
  }

  /** The example of the document, as it stands there. */
  private static Map<String, String> documented() throws IOException {
    Matcher example =
        Pattern.compile("### Bridges out.*?```properties\\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(Path.of("docs/operations.md")));
    assertTrue(example.find());
    Properties properties = new Properties();
    properties.load(new StringReader(example.group(1)));
    Map<String, String> settings = new HashMap<>(new PostgresResource().start());
    properties.forEach((key, value) -> settings.put(key.toString(), value.toString()));
    settings.put("kafka.bootstrap.servers", BROKER.servers());
    return settings;
  }

  private static Map<String, String> settings(String topic, String channels) {
    Map<String, String> settings = new HashMap<>(new PostgresResource().start());
    settings.put("kafka.bootstrap.servers", BROKER.servers());
    settings.put("mp.messaging.outgoing." + topic + ".connector", "smallrye-kafka");
    settings.put("tideline.bridges.out." + topic + ".channels", channels);
    settings.put("tideline.bridges.out." + topic + ".begin", "earliest");
    return settings;
  }

  private static TestClient client(PackagedServer server) {
    return TestClient.of(server.url().getPort(), TestTokens.all());
  }

  private static boolean isActive(PackagedServer server) throws Exception {
    return meter(server, "active", "") == 1;
  }

  private static int meter(PackagedServer server, String name, String label) throws Exception {
    String meters =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(server.url().resolve("/q/metrics")).build(),
                HttpResponse.BodyHandlers.ofString())
            .body();
    Matcher line =
        Pattern.compile("tideline_bridge_out_" + name + "\\{[^}]*" + label + "[^}]*\\} ([0-9.E]+)")
            .matcher(meters);
    assertTrue(line.find(), meters);
    return (int) Double.parseDouble(line.group(1));
  }

  private static String header(ConsumerRecord<String, String> record, String name) {
    return record.headers().lastHeader(name) == null
        ? null
        : new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
  }

  /**
   * Publishes 1, 2, 3 … to each channel without a pause worth mentioning, over whichever node
   * answers, each once.
   */
  private static final class Source implements AutoCloseable {
    private static final long PAUSE_MILLIS = 20;
    private final List<TestClient> clients;
    private final Thread thread = new Thread(this::publish, "source");
    private final AtomicInteger published = new AtomicInteger();
    private volatile boolean isStopped;

    Source(List<PackagedServer> servers) {
      clients = servers.stream().map(KafkaBridgeOutIT::client).toList();
      thread.start();
    }

    int published() {
      return published.get();
    }

    private void publish() {
      int client = 0;
      while (!isStopped) {
        if (isStored(clients.get(client), published.get() + 1)) {
          published.incrementAndGet();
        } else {
          client = (client + 1) % clients.size();
        }
        try {
          Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException interrupted) {
          return;
        }
      }
    }

    private static boolean isStored(TestClient client, int number) {
      JsonArray batch = new JsonArray();
      for (int channel = 0; channel < CHANNELS; channel++) {
        batch.add(
            new JsonObject()
                .put("channel", CHANNEL + channel)
                .put("type", "made")
                .put("key", "k" + number)
                .put("headers", new JsonObject().put("trace", "t" + number))
                .put("data", number));
      }
      try {
        HttpResponse<String> answer =
            client.post("/v1/messages", batch.encode(), Map.of("Content-Type", "application/json"));
        return answer.statusCode() == 200
            && new JsonObject(answer.body())
                .getJsonArray("results").stream()
                    .allMatch(each -> ((JsonObject) each).getInteger("status") == 201);
      } catch (UncheckedIOException away) {
        return false;
      }
    }

    void stop() throws InterruptedException {
      close();
      thread.join();
    }

    @Override
    public void close() {
      isStopped = true;
    }
  }

  /** A receiver that does as the document says: drops what is not above what it has seen. */
  private static final class Reader implements AutoCloseable {
    int repeats;
    private final Map<String, List<ConsumerRecord<String, String>>> taken = new HashMap<>();
    private final Map<String, Long> last = new HashMap<>();
    private final KafkaConsumer<String, String> consumer;

    /** Without a group: what this consumer is given twice was written twice. */
    Reader(String topic) {
      consumer =
          new KafkaConsumer<>(
              Map.of("bootstrap.servers", BROKER.servers(), "auto.offset.reset", "earliest"),
              new StringDeserializer(),
              new StringDeserializer());
      Awaitility.await()
          .pollInSameThread()
          .atMost(PATIENCE)
          .until(() -> !partitions(topic).isEmpty());
      consumer.assign(partitions(topic));
    }

    private List<TopicPartition> partitions(String topic) {
      return consumer.partitionsFor(topic).stream()
          .map(info -> new TopicPartition(topic, info.partition()))
          .toList();
    }

    List<ConsumerRecord<String, String>> of(String channel) {
      return taken.getOrDefault(channel, List.of());
    }

    /** Until so many have come of each channel as the source publishes from now on. */
    void follow(Source source, int messages) {
      int target = source.published() + messages;
      readUntil(target);
    }

    void readUntil(int offset) {
      for (int channel = 0; channel < CHANNELS; channel++) {
        readUntil(CHANNEL + channel, offset);
      }
    }

    void readUntil(String channel, long offset) {
      Awaitility.await(channel + " at " + offset)
          .atMost(PATIENCE)
          .pollInSameThread()
          .pollInterval(Duration.ofMillis(10))
          .until(
              () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(this::take);
                return last.getOrDefault(channel, 0L) >= offset;
              });
    }

    private void take(ConsumerRecord<String, String> record) {
      long offset = Long.parseLong(header(record, "tideline-offset"));
      if (offset > last.getOrDefault(record.key(), 0L)) {
        last.put(record.key(), offset);
        taken.computeIfAbsent(record.key(), key -> new ArrayList<>()).add(record);
      } else {
        repeats++;
      }
    }

    void check(int published) {
      List<Integer> all = IntStream.rangeClosed(1, published).boxed().toList();
      for (int channel = 0; channel < CHANNELS; channel++) {
        List<ConsumerRecord<String, String>> records = of(CHANNEL + channel);
        assertEquals(all, records.stream().map(each -> Integer.parseInt(each.value())).toList());
        records.forEach(Reader::checkHeaders);
      }
    }

    private static void checkHeaders(ConsumerRecord<String, String> record) {
      assertEquals(record.value(), header(record, "tideline-offset"));
      assertEquals("made", header(record, "tideline-type"));
      assertEquals("application/json", header(record, "content-type"));
      assertEquals("t" + record.value(), header(record, "tideline-header-trace"));
      assertTrue(Long.parseLong(header(record, "tideline-epoch")) > 0);
    }

    @Override
    public void close() {
      consumer.close();
    }
  }
}
