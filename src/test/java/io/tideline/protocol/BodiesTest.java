package io.tideline.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.fasterxml.jackson.databind.JsonNode;
import io.tideline.app.ProductDefaults;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.Durability;
import io.tideline.stream.Gap;
import io.tideline.stream.Namespace;
import io.tideline.stream.Payload;
import io.tideline.stream.Position;
import io.tideline.stream.Retention;
import io.tideline.stream.SlowConsumer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class BodiesTest {
  private static final Channel CHANNEL = new Channel("orders:42");
  private static final Retention WEEK = new Retention(Duration.ofDays(7), 1000);

  @Test
  void aPageHasAllItsMembersAlways() {
    assertEquals(
        "{\"messages\":[],\"next\":\"N\",\"more\":false,\"gap\":null}", page(List.of(), "N", null));
    assertEquals(
        "{\"messages\":[{},{}],\"next\":null,\"more\":false,\"gap\":null}",
        page(List.of(new byte[] {'{', '}'}, new byte[] {'{', '}'}), null, null));
    Gap gap = Gap.of(CHANNEL, 1, 1, 9, Gap.Reason.RETENTION);
    JsonNode json = Samples.parse(page(List.of(), "N", gap).getBytes(UTF_8));
    assertEquals(9, json.get("gap").get("to").intValue());
  }

  private static String page(List<byte[]> messages, String next, Gap gap) {
    return new String(Bodies.page(messages, next, false, gap), UTF_8);
  }

  @Test
  void aDurableChannelShowsItsLog() {
    ChannelState state = new ChannelState(CHANNEL, 0xabc, 50, 10, 9);
    Namespace orders =
        new Namespace("orders", Durability.DURABLE, WEEK, SlowConsumer.CATCH_UP, false, false);
    assertEquals(
        "{\"channel\":\"orders:42\",\"namespace\":\"orders\",\"durability\":\"durable\","
            + "\"epoch\":\"000000000abc\",\"head\":50,\"first\":10,\"position\":\""
            + new Position(0xabc, 50).encode()
            + "\",\"retention\":{\"ageSeconds\":604800,\"count\":1000},\"subscribers\":3}",
        new String(Bodies.channel(CHANNEL, state, orders, 3), UTF_8));
  }

  @Test
  void anEphemeralChannelHasNone() {
    Namespace live =
        new Namespace("live", Durability.EPHEMERAL, WEEK, SlowConsumer.DROP_OLDEST, true, false);
    assertEquals(
        "{\"channel\":\"orders:42\",\"namespace\":\"live\",\"durability\":\"ephemeral\",\"subscribers\":0}",
        new String(Bodies.channel(CHANNEL, null, live, 0), UTF_8));
  }

  @Test
  void channelsAreListed() {
    List<ChannelState> states =
        List.of(ChannelState.unused(new Channel("a"), 1), ChannelState.unused(new Channel("b"), 1));
    JsonNode json = Samples.parse(Bodies.channels(states, "b"));
    assertEquals("b", json.get("channels").get(1).get("channel").textValue());
    assertEquals(0, json.get("channels").get(1).get("head").intValue());
    assertEquals("b", json.get("next").textValue());
    assertEquals(
        "{\"channels\":[],\"next\":null}", new String(Bodies.channels(List.of(), null), UTF_8));
  }

  @Test
  void aRequestBodyIsWhatItSays() {
    assertEquals(new Payload(null, bytes("[1] ")), valid("application/json", "[1] "));
    assertEquals(new Payload(null, bytes("1")), valid(" Application/JSON ; charset=utf-8", "1"));
    assertEquals(new Payload("text/plain", bytes("[")), valid("text/plain", "["));
    assertEquals(new Payload("application/octet-stream", bytes("")), valid(null, ""));
    assertEquals(Problem.INVALID_JSON, refused("application/json", "["));
    assertEquals(Problem.INVALID_JSON, refused("application/json", ""));
    assertEquals(Problem.INVALID_CONTENT, refused("text", "x"));
    assertEquals(Problem.INVALID_CONTENT, refused("a/\nb", "x"));
    assertEquals(Problem.MESSAGE_TOO_LARGE, refused("a/b", "x".repeat(65_537)));
  }

  private static Payload valid(String contentType, String body) {
    IncomingPayload payload =
        IncomingPayload.of(contentType, bytes(body), ProductDefaults.wireLimits());
    return assertInstanceOf(IncomingPayload.Valid.class, payload).payload();
  }

  private static Problem refused(String contentType, String body) {
    IncomingPayload payload =
        IncomingPayload.of(contentType, bytes(body), ProductDefaults.wireLimits());
    return assertInstanceOf(IncomingPayload.Refused.class, payload).problem().problem();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
