package io.tideline.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Goal: what is in a topic is in the channels, once and in order, whatever crashes on the way. */
@Slow
class KafkaBridgeIT {
  private static final Path DIRECTORY = Path.of("target/kafka-bridge");
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int CHANNELS = 10;
  private static final int RECORDS_A_CHANNEL = 400;
  private static final int PAGE = 256;
  private static final String CUSTOMER = "bridged-customer-";
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
  void crashesOfTheNodeAndOfTheDatabaseLoseNothingAndRepeatNothing() throws Exception {
    BROKER.create("orders");
    try (PackagedServer server = PackagedServer.start(DIRECTORY, documented());
        KafkaProducer<String, String> producer = producer()) {
      List<Future<?>> sent = new ArrayList<>();
      int repeats = 0;
      for (int part = 0; part < 4; part++) {
        for (int i = 1; i <= RECORDS_A_CHANNEL / 4; i++) {
          for (int channel = 0; channel < CHANNELS; channel++) {
            String number = Integer.toString(part * RECORDS_A_CHANNEL / 4 + i);
            ProducerRecord<String, String> record =
                new ProducerRecord<>("orders", CUSTOMER + channel, number);
            record.headers().add("kind", "placed".getBytes(StandardCharsets.UTF_8));
            sent.add(producer.send(record));
          }
        }
        producer.flush();
        awaitCount(server, "orders:" + CUSTOMER + 0, part * RECORDS_A_CHANNEL / 4 + 1);
        if (part == 2) {
          PostgresResource.control().crash();
        } else if (part < 2) {
          server.kill();
          server.start();
          for (int channel = 0; channel < CHANNELS; channel++) {
            awaitCount(server, "orders:" + CUSTOMER + channel, (part + 1) * RECORDS_A_CHANNEL / 4);
          }
          repeats += count(server, "outcome=\"duplicate\"");
        }
      }
      for (Future<?> one : sent) {
        one.get();
      }
      for (int channel = 0; channel < CHANNELS; channel++) {
        awaitCount(server, "orders:" + CUSTOMER + channel, RECORDS_A_CHANNEL);
        assertEquals(
            IntStream.rangeClosed(1, RECORDS_A_CHANNEL).boxed().toList(),
            read(server, "orders:" + CUSTOMER + channel));
      }
      repeats += count(server, "outcome=\"duplicate\"");
      assertTrue(repeats > 0, "no record came twice, so nothing was shown");
    }
  }

  @Test
  void aRecordThatCanNeverBeStoredGoesToTheDeadLetters() throws Exception {
    Map<String, String> settings = settings("payments", "dead-letter");
    settings.put("mp.messaging.incoming.payments.failure-strategy", "dead-letter-queue");
    try (PackagedServer server = PackagedServer.start(DIRECTORY, settings);
        KafkaProducer<String, String> producer = producer()) {
      producer.send(new ProducerRecord<>("payments", 0, "dead:1", "1")).get();
      producer.send(new ProducerRecord<>("payments", 0, "no channel!", "2")).get();
      producer.send(new ProducerRecord<>("payments", 0, "dead:1", "3")).get();
      awaitCount(server, "dead:1", 2);
      assertEquals(List.of(1, 3), read(server, "dead:1"));
      assertEquals("2", deadLetter("dead-letter-topic-payments"));
    }
  }

  /** The example of the document, as it stands there. */
  private static Map<String, String> documented() throws IOException {
    Matcher example =
        Pattern.compile("## Bridges.*?```properties\\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(Path.of("docs/operations.md")));
    assertTrue(example.find());
    Properties properties = new Properties();
    properties.load(new StringReader(example.group(1)));
    Map<String, String> settings = new HashMap<>(new PostgresResource().start());
    properties.forEach((key, value) -> settings.put(key.toString(), value.toString()));
    settings.put("kafka.bootstrap.servers", BROKER.servers());
    // What is stored is never yet acknowledged when the node is killed, and Kafka soon sees it
    // gone.
    settings.put("mp.messaging.incoming.orders.auto.commit.interval.ms", "60000");
    settings.put("mp.messaging.incoming.orders.session.timeout.ms", "6000");
    return settings;
  }

  private static Map<String, String> settings(String topic, String refused) {
    Map<String, String> settings = new HashMap<>(new PostgresResource().start());
    settings.put("kafka.bootstrap.servers", BROKER.servers());
    settings.put("mp.messaging.incoming." + topic + ".connector", "smallrye-kafka");
    settings.put("mp.messaging.incoming." + topic + ".group.id", "tideline");
    settings.put("mp.messaging.incoming." + topic + ".auto.offset.reset", "earliest");
    settings.put("tideline.bridges.in." + topic + ".channel", "{key}");
    settings.put("tideline.bridges.in." + topic + ".refused", refused);
    return settings;
  }

  private static KafkaProducer<String, String> producer() {
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", BROKER.servers()),
        new StringSerializer(),
        new StringSerializer());
  }

  private static String deadLetter(String topic) {
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", BROKER.servers(), "auto.offset.reset", "earliest"),
            new StringDeserializer(),
            new StringDeserializer())) {
      List<TopicPartition> all =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(all);
      return consumer.poll(PATIENCE).iterator().next().value();
    }
  }

  private static void awaitCount(PackagedServer server, String channel, int messages) {
    Awaitility.await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() -> head(server, channel) >= messages);
  }

  private static int head(PackagedServer server, String channel) throws Exception {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(server.url().resolve("/v1/channels/" + channel))
                    .header("Authorization", "Bearer " + TestTokens.all())
                    .build(),
                HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    return new JsonObject(answer.body()).getInteger("head");
  }

  private static List<Integer> read(PackagedServer server, String channel) {
    TestClient client = TestClient.of(server.url().getPort(), TestTokens.all());
    List<Integer> numbers = new ArrayList<>();
    String after = "earliest";
    JsonObject page;
    do {
      page = client.page(channel, "after=" + TestClient.encode(after) + "&limit=" + PAGE);
      JsonArray messages = page.getJsonArray("messages");
      for (int i = 0; i < messages.size(); i++) {
        JsonObject message = messages.getJsonObject(i);
        assertEquals(channel.startsWith("orders:") ? "placed" : null, message.getString("type"));
        numbers.add(message.getInteger("data"));
      }
      after = page.getString("next");
    } while (page.getBoolean("more"));
    return numbers;
  }

  private static int count(PackagedServer server, String label) throws Exception {
    String meters =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(server.url().resolve("/q/metrics")).build(),
                HttpResponse.BodyHandlers.ofString())
            .body();
    Matcher line =
        Pattern.compile("tideline_bridge_records_total\\{[^}]*" + label + "[^}]*\\} ([0-9.E]+)")
            .matcher(meters);
    assertTrue(line.find(), meters);
    return (int) Double.parseDouble(line.group(1));
  }
}
