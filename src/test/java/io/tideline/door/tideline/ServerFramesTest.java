package io.tideline.door.tideline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.access.Identity;
import io.tideline.access.Rights;
import io.tideline.hub.PublishOutcome;
import io.tideline.net.websocket.WebSocketFrames;
import io.tideline.protocol.JsonCheck;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.protocol.PublishAnswer;
import io.tideline.stream.AppendOutcome;
import io.tideline.stream.Channel;
import io.tideline.stream.Gap;
import io.tideline.stream.Position;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ServerFramesTest {
  private static final Channel CHANNEL = new Channel("c");
  private static final Position POSITION = new Position(5, 30);
  private static final String P = POSITION.encode();
  private static final Instant TIME = Instant.parse("2026-11-21T06:00:00.000001Z");

  @Test
  void repliesNameTheCommand() {
    assertFrame(
        "{'reply':1,'ok':{'channel':'c','position':'" + P + "'}}",
        ServerFrames.subscribed(1, CHANNEL, POSITION));
    assertFrame("{'reply':1,'ok':{'channel':'c'}}", ServerFrames.subscribed(1, CHANNEL, null));
    assertFrame("{'reply':2,'ok':{'channel':'c'}}", ServerFrames.left(2, CHANNEL));
    assertFrame("{'reply':0,'ok':{}}", ServerFrames.pong(0));
    assertFrame(
        "{'reply':4,'ok':{'expires':'2026-11-21T06:00:00.000001Z'}}",
        ServerFrames.authenticated(4, expiringAt(TIME)));
    assertFrame("{'reply':4,'ok':{}}", ServerFrames.authenticated(4, expiringAt(Instant.MAX)));
  }

  @Test
  void aPublishIsAnsweredAsByHttp() {
    assertFrame(
        "{'reply':3,'ok':{'channel':'c','offset':30,'position':'"
            + P
            + "','time':'2026-11-21T06:00:00.000001Z','duplicate':true}}",
        published(new PublishOutcome.Decided(new AppendOutcome.Stored(5, 30, TIME, true))));
    assertFrame(
        "{'reply':3,'ok':{'channel':'c','time':'2026-11-21T06:00:00.000001Z'}}",
        published(new PublishOutcome.Accepted(TIME)));
    assertFrame(
        "{'reply':3,'error':{'code':'head-moved','message':'"
            + Problem.HEAD_MOVED.advice()
            + "','retry':false,'channel':'c','head':'"
            + P
            + "'}}",
        published(new PublishOutcome.Decided(new AppendOutcome.HeadMoved(POSITION))));
    assertFrame(
        "{'reply':3,'error':{'code':'outcome-unknown','message':'"
            + Problem.OUTCOME_UNKNOWN.advice()
            + "','retry':true,'channel':'c'}}",
        published(new PublishOutcome.Unknown()));
  }

  @Test
  void errorsRepeatWhatTheyCan() {
    assertFrame(
        "{'reply':null,'error':{'code':'invalid-json','message':'m\\n','retry':false}}",
        ServerFrames.error(
            OptionalLong.empty(), ProblemDetails.of(Problem.INVALID_JSON, "m\n"), null));
    assertFrame(
        "{'reply':9007199254740991,'error':{'code':'forbidden','message':'"
            + Problem.FORBIDDEN.advice()
            + "','retry':false,'channel':'\\u0000/'}}",
        ServerFrames.error(
            OptionalLong.of(CommandParser.ID_MAX), ProblemDetails.of(Problem.FORBIDDEN), "\0/"));
  }

  @Test
  void gapsSayWhatIsKnown() {
    assertFrame(
        "{'gap':{'channel':'c','from':12,'to':30,'reason':'retention','position':'" + P + "'}}",
        ServerFrames.gap(Gap.of(CHANNEL, 5, 12, 30, Gap.Reason.RETENTION)));
    assertFrame(
        "{'gap':{'channel':'c','from':null,'to':null,'reason':'epoch','position':'" + P + "'}}",
        ServerFrames.gap(Gap.ofEpoch(CHANNEL, POSITION)));
    assertFrame(
        "{'gap':{'channel':'c','from':null,'to':null,'count':4,'reason':'skipped'}}",
        ServerFrames.gap(Gap.ofEphemeral(CHANNEL, 4)));
  }

  @Test
  void noticesComeByThemselves() {
    assertFrame(
        "{'unsubscribed':{'channel':'c','code':'token-revoked'}}",
        ServerFrames.unsubscribed(CHANNEL, ProblemDetails.of(Problem.TOKEN_REVOKED)));
    assertFrame(
        "{'expiring':{'at':'2026-11-21T06:00:00.000001Z','withinMs':30000}}",
        ServerFrames.expiring(TIME, Duration.ofSeconds(30)));
    assertFrame("{'drain':{'withinMs':1500}}", ServerFrames.drain(Duration.ofMillis(1500)));
  }

  private static Identity expiringAt(Instant time) {
    return new Identity("s", null, Instant.MIN, time, Rights.NONE);
  }

  private static byte[] published(PublishOutcome outcome) {
    return ServerFrames.published(3, PublishAnswer.of(CHANNEL, outcome));
  }

  private static void assertFrame(String expected, byte[] frame) {
    byte[] content = Arrays.copyOfRange(frame, WebSocketFrames.payloadOffset(frame), frame.length);
    assertEquals(expected.replace('\'', '"'), new String(content, UTF_8).replace('\'', '"'));
    assertTrue(JsonCheck.fault(content, 8).isEmpty());
  }
}
