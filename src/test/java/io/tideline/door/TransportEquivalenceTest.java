package io.tideline.door;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.tideline.stream.Position;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.Reader;
import io.tideline.testing.Reader.Transport;
import io.tideline.testing.Received;
import io.tideline.testing.Received.Lost;
import io.tideline.testing.Received.Message;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestTokens;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Over every transport a reader gets the same: all of it, once, in order, or told what is gone. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
class TransportEquivalenceTest {
  @TestHTTPResource("/")
  URI base;

  private TestClient client;
  private final String channel = "equal:" + UUID.randomUUID();

  @BeforeEach
  void connect() {
    // A subject of its own, as publishes are limited by subject.
    client = TestClient.of(base.getPort(), TestTokens.allAs(channel));
  }

  @ParameterizedTest
  @EnumSource
  void liveMessagesComeAsTheyArePublished(Transport transport) {
    publish(1, 2);
    try (Reader reader = transport.open(client, channel, "now")) {
      publish(3, 5);
      assertEquals(messages(3, 5), next(reader, 3));
    }
  }

  @ParameterizedTest
  @EnumSource
  void replayGoesOverIntoLive(Transport transport) {
    publish(1, 3);
    try (Reader reader = transport.open(client, channel, "earliest")) {
      assertEquals(messages(1, 3), next(reader, 3));
      publish(4, 5);
      assertEquals(messages(4, 5), next(reader, 2));
    }
  }

  @ParameterizedTest
  @EnumSource
  void whoComesBackGetsExactlyWhatItMissed(Transport transport) {
    String position;
    try (Reader reader = transport.open(client, channel, "now")) {
      publish(1, 4);
      assertEquals(messages(1, 2), next(reader, 2));
      position = reader.position();
    }
    publish(5, 6);
    try (Reader reader = transport.open(client, channel, position)) {
      assertEquals(messages(3, 6), next(reader, 4));
    }
  }

  @ParameterizedTest
  @EnumSource
  void whoWasCutOffBeforeTheFirstMessageMissesNone(Transport transport) {
    String position;
    try (Reader reader = transport.open(client, channel, "now")) {
      position = reader.position();
    }
    publish(1, 2);
    try (Reader reader = transport.open(client, channel, position)) {
      assertEquals(messages(1, 2), next(reader, 2));
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatWasPurgedIsTold(Transport transport) {
    List<String> positions = publish(1, 6);
    String position;
    try (Reader reader = transport.open(client, channel, "earliest")) {
      assertEquals(messages(1, 1), next(reader, 1));
      position = reader.position();
    }
    assertEquals(
        200,
        client.delete(TestClient.messages(channel) + "?through=" + positions.get(3)).statusCode());
    try (Reader reader = transport.open(client, channel, position)) {
      assertEquals(
          List.of(new Lost(2L, 4L, "purged"), new Message(5, "5"), new Message(6, "6")),
          next(reader, 3));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPurgeOfEverythingIsTold(Transport transport) {
    List<String> positions = publish(1, 3);
    String position;
    try (Reader reader = transport.open(client, channel, "earliest")) {
      assertEquals(messages(1, 1), next(reader, 1));
      position = reader.position();
    }
    client.delete(TestClient.messages(channel) + "?through=" + positions.get(2));
    try (Reader reader = transport.open(client, channel, position)) {
      assertEquals(List.of(new Lost(2L, 3L, "purged")), next(reader, 1));
      publish(4, 4);
      assertEquals(messages(4, 4), next(reader, 1));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPositionOfAnotherEpochIsTold(Transport transport) {
    List<String> positions = publish(1, 2);
    if (!transport.takesChannelPositions()) {
      return;
    }
    Position known = Position.parse(positions.get(0));
    String foreign = new Position(known.epoch() ^ 1, 1).encode();
    try (Reader reader = transport.open(client, channel, foreign)) {
      assertEquals(List.of(new Lost(null, null, "epoch")), next(reader, 1));
      publish(3, 3);
      assertEquals(messages(3, 3), next(reader, 1));
    }
  }

  @ParameterizedTest
  @EnumSource
  void largeMessagesCome(Transport transport) {
    String large = "\"" + "é\\n".repeat(16_000) + "\"";
    for (int i = 0; i < 40; i++) {
      client.publish(channel, large);
    }
    try (Reader reader = transport.open(client, channel, "earliest")) {
      for (int i = 1; i <= 40; i++) {
        assertEquals(new Message(i, "é\n".repeat(16_000)), reader.next());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void manyMessagesComeInOrder(Transport transport) {
    publishBatch(1, 500);
    try (Reader reader = transport.open(client, channel, "earliest")) {
      publishBatch(501, 900);
      assertEquals(messages(1, 900), next(reader, 900));
    }
  }

  @Test
  void aReaderMayChangeItsTransportAtAnyPlace() {
    List<Transport> order =
        Stream.of(Transport.values()).filter(Transport::takesChannelPositions).toList();
    publish(1, 2 * order.size());
    List<Received> got = new ArrayList<>();
    String position = "earliest";
    for (Transport transport : order) {
      try (Reader reader = transport.open(client, channel, position)) {
        got.addAll(next(reader, 2));
        position = reader.channelPosition();
      }
    }
    assertEquals(messages(1, 2 * order.size()), got);
  }

  /** The payload of a message is its offset. */
  private List<String> publish(int from, int to) {
    return IntStream.rangeClosed(from, to)
        .mapToObj(i -> client.publish(channel, Integer.toString(i)).getString("position"))
        .toList();
  }

  private void publishBatch(int from, int to) {
    StringBuilder lines = new StringBuilder();
    for (int i = from; i <= to; i++) {
      lines.append("{\"channel\":\"%s\",\"data\":%d}%n".formatted(channel, i));
    }
    Map<String, String> headers = Map.of("Content-Type", "application/x-ndjson");
    String answer = client.post("messages", lines.toString(), headers).body();
    assertEquals(to - from + 1, answer.split("\"status\":201", -1).length - 1, answer);
  }

  private static List<Received> messages(int from, int to) {
    return IntStream.rangeClosed(from, to)
        .<Received>mapToObj(i -> new Message(i, Integer.toString(i)))
        .toList();
  }

  private static List<Received> next(Reader reader, int count) {
    return Stream.generate(reader::next).limit(count).toList();
  }
}
