package io.tideline.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.tideline.app.ProductDefaults;
import io.tideline.hub.PublishOutcome;
import io.tideline.stream.AppendOutcome;
import io.tideline.stream.Channel;
import io.tideline.stream.Payload;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchTest {
  private static final BatchReader READER = new BatchReader(ProductDefaults.wireLimits());
  private static final Channel CHANNEL = new Channel("c");

  @Test
  void readsAnArray() {
    List<Batch.Item> items =
        items(
            READER.readArray(
                bytes(" [ {'channel':'a','data': [1, 2] } , {'channel':'b','data':1}]\n")));
    assertEquals(new Payload(null, bytes("[1, 2]")), payload(items.get(0)));
    assertEquals(new Payload(null, bytes("1")), payload(items.get(1)));
    assertEquals(List.of(), items(READER.readArray(bytes("[]"))));
  }

  @Test
  void readsLines() {
    List<Batch.Item> items =
        items(
            READER.readLines(bytes("{'channel':'a','data':1}\r\n\n \r\n{'channel':'b','data':2}")));
    assertEquals(2, items.size());
    assertEquals(new Payload(null, bytes("2")), payload(items.get(1)));
    assertEquals(List.of(), items(READER.readLines(new byte[0])));
  }

  @Test
  void aRefusedItemLeavesItsNeighbours() {
    String[] faulty = {
      "{'channel':'/','data':1}", "{'channel':'c'}", "{'channel':'c','data':1,'x':1}", "7", "null"
    };
    Problem[] problems = {
      Problem.INVALID_CHANNEL,
      Problem.INVALID_COMMAND,
      Problem.UNKNOWN_FIELD,
      Problem.INVALID_COMMAND,
      Problem.INVALID_COMMAND
    };
    String good = "{'channel':'c','data':1}";
    for (int i = 0; i < faulty.length; i++) {
      String array = "[" + String.join(",", good, faulty[i], good) + "]";
      String lines = String.join("\n", good, faulty[i], good);
      for (Batch batch : List.of(READER.readArray(bytes(array)), READER.readLines(bytes(lines)))) {
        List<Batch.Item> items = items(batch);
        assertInstanceOf(Batch.Item.Valid.class, items.get(0));
        assertEquals(problems[i], problem(items.get(1)));
        assertInstanceOf(Batch.Item.Valid.class, items.get(2));
      }
    }
    assertEquals(
        Problem.INVALID_JSON,
        problem(items(READER.readLines(bytes(good + "\n{'channel'\n" + good))).get(1)));
  }

  @Test
  void aBodyThatIsNoBatchIsRefusedWhole() {
    for (String body : new String[] {"", "{}", "{'channel':'c','data':1}", "[1", "[1]]", "1"}) {
      assertEquals(Problem.INVALID_JSON, refused(READER.readArray(bytes(body))));
    }
  }

  @Test
  void hasItsLimits() {
    String item = "{'channel':'c','data':1}";
    String thousand = (item + "\n").repeat(1000);
    assertEquals(1000, items(READER.readLines(bytes(thousand))).size());
    assertEquals(Problem.BATCH_TOO_LARGE, refused(READER.readLines(bytes(thousand + item))));
    String array = "[" + (item + ",").repeat(999) + item + "]";
    assertEquals(1000, items(READER.readArray(bytes(array))).size());
    assertEquals(
        Problem.BATCH_TOO_LARGE,
        refused(READER.readArray(bytes("[" + (item + ",").repeat(1000) + item + "]"))));
    byte[] million = new byte[(1 << 20) + 1];
    assertEquals(Problem.BATCH_TOO_LARGE, refused(READER.readArray(million)));
    assertEquals(Problem.BATCH_TOO_LARGE, refused(READER.readLines(million)));
    String large = "[" + item + ",{'channel':'c','data':'" + "x".repeat(65_535) + "'}]";
    assertEquals(Problem.MESSAGE_TOO_LARGE, problem(items(READER.readArray(bytes(large))).get(1)));
  }

  @Test
  void aPayloadMayBeAsDeepAsAlone() {
    String deepest = "[".repeat(64) + "]".repeat(64);
    String item = "{'channel':'c','data':%s}";
    assertInstanceOf(
        Batch.Item.Valid.class,
        items(READER.readArray(bytes("[" + item.formatted(deepest) + "]"))).get(0));
    assertInstanceOf(
        Batch.Item.Valid.class, items(READER.readLines(bytes(item.formatted(deepest)))).get(0));
    assertEquals(
        Problem.INVALID_JSON,
        problem(items(READER.readLines(bytes(item.formatted("[" + deepest + "]")))).get(0)));
  }

  @Test
  void neverThrows() {
    byte[] array =
        bytes("[{'channel':'c','data':{'a':1}},{'channel':'d','data':'x','contentType':'a/b'}]");
    byte[] lines = bytes("{'channel':'c','data':{'a':1}}\n{'channel':'d','data_base64':'AAAA'}\n");
    int taken = 0;
    for (int seed = 0; seed < 20_000; seed++) {
      Samples samples = new Samples(seed);
      taken += READER.readArray(samples.mutate(array)) instanceof Batch.Items ? 1 : 0;
      taken += READER.readLines(samples.mutate(lines)) instanceof Batch.Items ? 1 : 0;
      READER.readArray(samples.bytes(50));
      READER.readLines(samples.bytes(50));
    }
    assertTrue(taken > 20_000, "mutants that are still batches: " + taken);
  }

  @Test
  void answersEachItem() {
    AppendOutcome.Stored stored = new AppendOutcome.Stored(1, 2, Instant.EPOCH, false);
    byte[] json =
        BatchAnswer.json(
            List.of(
                PublishAnswer.of(CHANNEL, new PublishOutcome.Decided(stored)),
                new PublishAnswer.Refused(null, ProblemDetails.of(Problem.INVALID_CHANNEL)),
                PublishAnswer.of(CHANNEL, new PublishOutcome.Accepted(Instant.EPOCH))));
    JsonNode results = Samples.parse(json).get("results");
    assertEquals(3, results.size());
    assertEquals(201, results.get(0).get("status").intValue());
    assertEquals(2, results.get(0).get("offset").intValue());
    assertEquals(400, results.get(1).get("status").intValue());
    assertEquals("invalid-channel", results.get(1).get("error").get("code").textValue());
    assertEquals(202, results.get(2).get("status").intValue());
    assertEquals("{\"results\":[]}", new String(BatchAnswer.json(List.of()), UTF_8));
  }

  @Test
  void anAtomicBatchNamesTheFirstThatWasRefused() {
    PublishAnswer withdrawn = decided(new AppendOutcome.Withdrawn());
    PublishAnswer conflict = decided(new AppendOutcome.KeyConflict());
    ProblemDetails refusal =
        BatchAnswer.refusal(List.of(withdrawn, conflict, conflict)).orElseThrow();
    JsonNode json = Samples.parse(refusal.json());
    assertEquals(409, json.get("status").intValue());
    assertEquals(1, json.get("item").intValue());
    assertEquals("key-conflict", json.get("error").get("code").textValue());
    PublishAnswer away = PublishAnswer.of(CHANNEL, new PublishOutcome.Unavailable());
    assertEquals(
        Problem.UNAVAILABLE, BatchAnswer.refusal(List.of(away, away)).orElseThrow().problem());
    PublishAnswer stored = decided(new AppendOutcome.Stored(1, 2, Instant.EPOCH, false));
    assertTrue(BatchAnswer.refusal(List.of(stored)).isEmpty());
  }

  private static PublishAnswer decided(AppendOutcome outcome) {
    return PublishAnswer.of(CHANNEL, new PublishOutcome.Decided(outcome));
  }

  private static List<Batch.Item> items(Batch batch) {
    return assertInstanceOf(Batch.Items.class, batch).items();
  }

  private static Problem refused(Batch batch) {
    return assertInstanceOf(Batch.Refused.class, batch).problem().problem();
  }

  private static Problem problem(Batch.Item item) {
    return assertInstanceOf(Batch.Item.Refused.class, item).problem().problem();
  }

  private static Payload payload(Batch.Item item) {
    return assertInstanceOf(Batch.Item.Valid.class, item).message().payload();
  }

  private static byte[] bytes(String text) {
    return text.replace('\'', '"').getBytes(UTF_8);
  }
}
