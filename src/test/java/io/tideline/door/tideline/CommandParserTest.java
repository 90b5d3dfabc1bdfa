package io.tideline.door.tideline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.app.ProductDefaults;
import io.tideline.protocol.Problem;
import io.tideline.protocol.Samples;
import io.tideline.session.Command;
import io.tideline.session.Command.Request;
import io.tideline.session.Credentials;
import io.tideline.stream.Channel;
import io.tideline.stream.Message;
import io.tideline.stream.Payload;
import io.tideline.stream.Position;
import io.tideline.stream.Start;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandParserTest {
  private static final CommandParser PARSER = new CommandParser(ProductDefaults.wireLimits());
  private static final Position POSITION = new Position(77, 12);

  @Test
  void readsWhereToBegin() {
    assertEquals(Start.NOW, start(""));
    assertEquals(Start.NOW, start(",\"after\":\"now\""));
    assertEquals(Start.EARLIEST, start(",\"after\":\"earliest\""));
    assertEquals(new Start.After(POSITION), start(",\"after\":\"" + POSITION.encode() + "\""));
    assertEquals(new Start.Last(0), start(",\"last\":0"));
    assertEquals(new Start.Last(50), start(",\"last\":50"));
    assertEquals(
        new Start.Since(Instant.parse("2026-11-21T05:00:00.5Z")),
        start(",\"since\":\"2026-11-21T06:00:00.5+01:00\""));
  }

  @Test
  void readsTheOtherCommands() {
    assertEquals(
        new Command.Unsubscribe(2, new Channel("c")),
        parse("{'id':2,'unsubscribe':{'channel':'c'}}"));
    assertEquals(
        new Command.Presence(0, new Channel("c"), Command.Presence.Wish.READ),
        parse("{'id':0,'presence':{'channel':'c'}}"));
    assertEquals(
        new Command.Presence(1, new Channel("c"), Command.Presence.Wish.WATCH),
        parse("{'id':1,'presence':{'channel':'c','watch':true}}"));
    assertEquals(
        new Command.Presence(2, new Channel("c"), Command.Presence.Wish.END),
        parse("{'id':2,'presence':{'channel':'c','watch':false}}"));
    assertEquals(
        new Command.Authenticate(CommandParser.ID_MAX, Credentials.of("a.b.c")),
        parse("{'auth':{'token':'a.b.c'},'id':9007199254740991}"));
    assertEquals(new Command.Ping(3), parse(" {'id':3,'ping':{ }}\n"));
  }

  @Test
  void aSubscribeMayBeBinary() {
    assertTrue(valid("{'id':1,'subscribe':{'channel':'c','binary':true}}").binary());
    assertFalse(valid("{'id':1,'subscribe':{'channel':'c','binary':false}}").binary());
  }

  @Test
  void aListOfChannelsIsOneCommand() {
    Command.Subscribe subscribe =
        (Command.Subscribe)
            parse(
                "{'id':1,'subscribe':[{'channel':'a','last':1},{'channel':'b'},{'channel':'/'},{'last':1}]}");
    assertEquals(
        List.of(
            new Request.Valid(new Channel("a"), new Start.Last(1), false),
            new Request.Valid(new Channel("b"), Start.NOW, false)),
        subscribe.requests().subList(0, 2));
    Request.Refused third = (Request.Refused) subscribe.requests().get(2);
    assertEquals("/", third.channel());
    assertEquals(Problem.INVALID_CHANNEL, third.problem().problem());
    Request.Refused fourth = (Request.Refused) subscribe.requests().get(3);
    assertNull(fourth.channel());
    assertEquals(Problem.INVALID_COMMAND, fourth.problem().problem());
  }

  @Test
  void aListHas512ChannelsAtMost() {
    assertEquals(512, ((Command.Subscribe) parse(subscribeTo(512))).requests().size());
    assertRefused(Problem.TOO_MANY_SUBSCRIPTIONS, subscribeTo(513));
    assertRefused(Problem.INVALID_COMMAND, "{'id':1,'subscribe':[]}");
  }

  private static String subscribeTo(int channels) {
    return IntStream.range(0, channels)
        .mapToObj(i -> "{'channel':'c" + i + "'}")
        .collect(Collectors.joining(" , ", "{'id':1,'subscribe':[ ", " ]}"));
  }

  @Test
  void aPayloadStaysTheBytesThatItCameAs() {
    for (String data :
        new String[] {
          "{ \"n\" : 1.0e0 , \"n\":2 }",
          "[1,\n\r\t2]",
          "\"}\\\"]\"",
          "0",
          "null",
          "\"\\ud800\"",
          "{}"
        }) {
      for (String after : new String[] {"", " ", "\n"}) {
        String frame =
            "{\"id\":1,\"publish\":{\"channel\":\"c\",\"data\":" + after + data + after + "}}";
        Message message = publish(frame);
        assertEquals(new Payload(null, data.getBytes(UTF_8)), message.payload());
      }
    }
  }

  @Test
  void anyJsonIsCutOutWhole() {
    for (int seed = 0; seed < 3_000; seed++) {
      String json = new Samples(seed).json(4);
      Message message = publish("{\"publish\":{\"data\":" + json + ",\"channel\":\"c\"},\"id\":5}");
      assertEquals(json.strip(), new String(message.payload().bytes(), UTF_8));
      assertTrue(message.payload().isJson());
    }
  }

  @Test
  void readsAllOfAMessage() {
    Message message =
        publish(
            quoted(
                "{'id':1,'publish':{'channel':'c','type':'paid','key':'k 1','contentType':'text/plain',"
                    + "'headers':{'Trace-Id':'\\u0041'},'ifMatch':'"
                    + POSITION.encode()
                    + "','data':'h\\u00e9\\n\\ud83d\\ude00'}}"));
    assertEquals(
        new Message(
            new Channel("c"),
            new Payload("text/plain", "hé\n😀".getBytes(UTF_8)),
            "paid",
            null,
            Map.of("trace-id", "A"),
            "k 1",
            POSITION),
        message);
  }

  @Test
  void readsBytes() {
    Message message = publish(quoted("{'id':1,'publish':{'channel':'c','data_base64':'AP8='}}"));
    assertEquals(
        new Payload("application/octet-stream", new byte[] {0, (byte) 0xff}), message.payload());
    assertArrayEquals(
        new byte[] {0},
        publish(quoted("{'id':1,'publish':{'channel':'c','contentType':'x/y','data_base64':'AA'}}"))
            .payload()
            .bytes());
  }

  @Test
  void whatSaysItIsJsonMustBe() {
    String frame =
        "{'id':1,'publish':{'channel':'c','contentType':'application/json','data':'%s'}}";
    Payload payload = publish(quoted(frame.formatted(" [1]"))).payload();
    assertEquals(new Payload(null, " [1]".getBytes(UTF_8)), payload);
    assertRefused(Problem.INVALID_JSON, frame.formatted("[1"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "INVALID_JSON     | {'id':1,'ping':{}",
        "INVALID_JSON     | {'id':1,'ping':{}} {}",
        "INVALID_JSON     | {'id':01,'ping':{}}",
        "INVALID_COMMAND  | []",
        "INVALID_COMMAND  | 1",
        "INVALID_COMMAND  | null",
        "INVALID_COMMAND  | {}",
        "INVALID_COMMAND  | {'id':1}",
        "INVALID_COMMAND  | {'ping':{}}",
        "INVALID_COMMAND  | {'id':-1,'ping':{}}",
        "INVALID_COMMAND  | {'id':1.5,'ping':{}}",
        "INVALID_COMMAND  | {'id':1e-3,'ping':{}}",
        "INVALID_COMMAND  | {'id':'1','ping':{}}",
        "INVALID_COMMAND  | {'id':null,'ping':{}}",
        "INVALID_COMMAND  | {'id':9007199254740992,'ping':{}}",
        "INVALID_COMMAND  | {'id':99999999999999999999,'ping':{}}",
        "INVALID_COMMAND  | {'id':1,'id':1,'ping':{}}",
        "INVALID_COMMAND  | {'id':1,'ping':{},'ping':{}}",
        "INVALID_COMMAND  | {'id':1,'ping':{},'auth':{'token':'x'}}",
        "INVALID_COMMAND  | {'id':1,'ping':null}",
        "INVALID_COMMAND  | {'id':1,'ping':[]}",
        "UNKNOWN_FIELD    | {'id':1,'ping':{'x':1}}",
        "UNKNOWN_FIELD    | {'id':1,'pong':{}}",
        "UNKNOWN_FIELD    | {'id':1,'ping':{},'Ping':{}}",
        "UNKNOWN_FIELD    | {'id':1,'unsubscribe':{'channel':'c','after':'now'}}",
        "INVALID_COMMAND  | {'id':1,'unsubscribe':{}}",
        "INVALID_COMMAND  | {'id':1,'unsubscribe':'c'}",
        "INVALID_CHANNEL  | {'id':1,'unsubscribe':{'channel':''}}",
        "INVALID_CHANNEL  | {'id':1,'unsubscribe':{'channel':'../a'}}",
        "INVALID_CHANNEL  | {'id':1,'unsubscribe':{'channel':'a\\r\\nb'}}",
        "INVALID_CHANNEL  | {'id':1,'unsubscribe':{'channel':'a\\u0000'}}",
        "INVALID_PARAMETER| {'id':1,'unsubscribe':{'channel':5}}",
        "INVALID_PARAMETER| {'id':1,'unsubscribe':{'channel':null}}",
        "INVALID_COMMAND  | {'id':1,'auth':{}}",
        "INVALID_PARAMETER| {'id':1,'auth':{'token':1}}",
        "INVALID_COMMAND  | {'id':1,'publish':{'channel':'c'}}",
        "INVALID_COMMAND  | {'id':1,'publish':{'data':1}}",
        "INVALID_COMMAND  | {'id':1,'publish':{'channel':'c','data':1,'data_base64':''}}",
        "INVALID_CHANNEL  | {'id':1,'publish':{'channel':'a/b','data':1}}",
        "INVALID_TYPE     | {'id':1,'publish':{'channel':'c','data':1,'type':'error'}}",
        "INVALID_TYPE     | {'id':1,'publish':{'channel':'c','data':1,'type':'Tideline.gap'}}",
        "INVALID_TYPE     | {'id':1,'publish':{'channel':'c','data':1,'type':'a\\nid: 1'}}",
        "INVALID_PARAMETER| {'id':1,'publish':{'channel':'c','data':1,'type':null}}",
        "INVALID_KEY      | {'id':1,'publish':{'channel':'c','data':1,'key':''}}",
        "INVALID_POSITION | {'id':1,'publish':{'channel':'c','data':1,'ifMatch':'43'}}",
        "INVALID_HEADERS  | {'id':1,'publish':{'channel':'c','data':1,'headers':[]}}",
        "INVALID_HEADERS  | {'id':1,'publish':{'channel':'c','data':1,'headers':{'a':1}}}",
        "INVALID_HEADERS  | {'id':1,'publish':{'channel':'c','data':1,'headers':{'a':'\\r'}}}",
        "INVALID_HEADERS  | {'id':1,'publish':{'channel':'c','data':1,'headers':{'a':'','A':''}}}",
        "INVALID_CONTENT  | {'id':1,'publish':{'channel':'c','contentType':'text/plain','data':1}}",
        "INVALID_CONTENT  | {'id':1,'publish':{'channel':'c','contentType':'plain','data':''}}",
        "INVALID_CONTENT  | {'id':1,'publish':{'channel':'c','contentType':'a/b','data':'\\ud800'}}",
        "INVALID_CONTENT  | {'id':1,'publish':{'channel':'c','data_base64':'_-'}}",
        "INVALID_CONTENT  | {'id':1,'publish':{'channel':'c','data_base64':'AA=A'}}",
        "UNKNOWN_FIELD    | {'id':1,'publish':{'channel':'c','data':1,'sender':'me'}}",
        "UNKNOWN_FIELD    | {'id':1,'publish':{'channel':'c','data':1,'offset':1}}",
      })
  void refusesEachFaultByItsName(Problem problem, String frame) {
    assertRefused(problem, frame);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "INVALID_PARAMETER | 'after':'now','last':1",
        "INVALID_PARAMETER | 'last':1,'since':'2026-11-21T06:00:00Z'",
        "INVALID_PARAMETER | 'last':-1",
        "INVALID_PARAMETER | 'last':1.5",
        "INVALID_PARAMETER | 'last':1e-1",
        "INVALID_PARAMETER | 'last':1e99",
        "INVALID_PARAMETER | 'last':'1'",
        "INVALID_PARAMETER | 'last':99999999999",
        "INVALID_PARAMETER | 'since':5",
        "INVALID_PARAMETER | 'since':''",
        "INVALID_PARAMETER | 'since':'2026-11-21'",
        "INVALID_PARAMETER | 'since':'2026-11-21T06:00Z'",
        "INVALID_PARAMETER | 'since':'2026-11-21T06:00:00'",
        "INVALID_PARAMETER | 'since':'2026-02-30T06:00:00Z'",
        "INVALID_PARAMETER | 'since':'+999999999-11-21T06:00:00Z'",
        "INVALID_PARAMETER | 'after':null",
        "INVALID_POSITION  | 'after':''",
        "INVALID_POSITION  | 'after':'12'",
        "INVALID_POSITION  | 'after':'Now'",
        "INVALID_PARAMETER | 'binary':1",
        "UNKNOWN_FIELD     | 'before':'now'",
      })
  void refusesOneRequestByItself(Problem problem, String fields) {
    Command.Subscribe subscribe =
        (Command.Subscribe) parse("{'id':1,'subscribe':{'channel':'c'," + fields + "}}");
    Request.Refused refused = (Request.Refused) subscribe.requests().get(0);
    assertEquals(problem, refused.problem().problem());
    assertTrue(
        problem == Problem.UNKNOWN_FIELD || "c".equals(refused.channel()), "names its channel");
  }

  @Test
  void aRefusalNamesTheIdWhereverItStands() {
    assertEquals(OptionalLong.of(7), refused("{'auth':{'x':1},'id':7}").replyTo());
    assertEquals(OptionalLong.of(7), refused("{'id':7,'subscribe':{},'foo':1}").replyTo());
    assertEquals(OptionalLong.empty(), refused("{'id':7").replyTo());
    assertEquals(OptionalLong.empty(), refused("{'id':'7','ping':{}}").replyTo());
  }

  @Test
  void anUnknownFieldIsNamedButNotAtLength() {
    String detail = refused("{'id':7,'sub':{}}").problem().detail();
    assertTrue(detail.startsWith("Unknown field 'sub'. Known fields: "), detail);
    assertTrue(
        refused("{'id':7,'" + "x".repeat(9_000) + "':{}}").problem().detail().length() < 300);
  }

  @ParameterizedTest
  @ValueSource(ints = {65_536, 65_537})
  void aPayloadHasItsLimit(int bytes) {
    String data = "\"" + "x".repeat(bytes - 2) + "\"";
    Command frame = parse("{\"id\":1,\"publish\":{\"channel\":\"c\",\"data\":" + data + "}}");
    if (bytes <= ProductDefaults.wireLimits().messageBytesMax()) {
      assertInstanceOf(Command.Publish.class, frame);
    } else {
      assertEquals(Problem.MESSAGE_TOO_LARGE, ((Command.Refused) frame).problem().problem());
    }
  }

  @Test
  void aPayloadMayBeAsDeepAsByHttp() {
    String deepest = "[".repeat(64) + "]".repeat(64);
    String frame = "{\"id\":1,\"publish\":{\"channel\":\"c\",\"data\":%s}}";
    assertInstanceOf(Command.Publish.class, parse(frame.formatted(deepest)));
    assertRefused(Problem.INVALID_JSON, frame.formatted("[" + deepest + "]"));
  }

  @Test
  void aTokenIsNotPrinted() {
    assertFalse(
        new Command.Authenticate(1, Credentials.of("secret")).toString().contains("secret"));
  }

  @Test
  void neverThrows() {
    String[] frames = {
      "{'id':1,'subscribe':{'channel':'c','after':'now'}}",
      "{'id':1,'subscribe':[{'channel':'c','last':1},{'channel':'d','binary':true}]}",
      "{'id':3,'publish':{'channel':'c','data':{'a':[1,'\\u0041']},'type':'t','key':'k'}}",
      "{'id':3,'publish':{'channel':'c','data':'x','contentType':'a/b','headers':{'h':'v'}}}",
      "{'id':3,'publish':{'channel':'c','data_base64':'AAAA'}}",
      "{'id':4,'auth':{'token':'t'}}"
    };
    int taken = 0;
    for (int seed = 0; seed < 60_000; seed++) {
      Samples samples = new Samples(seed);
      byte[] frame = quoted(frames[seed % frames.length]).getBytes(UTF_8);
      boolean isRandom = seed % 10 == 0;
      Command parsed = PARSER.parse(isRandom ? samples.bytes(60) : samples.mutate(frame));
      taken += parsed instanceof Command.Refused ? 0 : 1;
    }
    assertTrue(taken > 500, "mutants that are still commands: " + taken);
  }

  /** Of encoders that know doubles alone. */
  @ParameterizedTest
  @CsvSource({
    "1.0, 1",
    "1e0, 1",
    "10E-1, 1",
    "1.5e1, 15",
    "0.0, 0",
    "-0, 0",
    "9007199254740991.0, 9007199254740991"
  })
  void aWholeNumberMayBeWrittenWithAFraction(String written, long id) {
    Command frame = parse("{'id':" + written + ",'ping':{}}");
    assertEquals(new Command.Ping(id), frame);
    assertEquals(new Start.Last(15), start(",'last':15.0"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.5",
        "1e-1",
        "-1.0",
        "9007199254740992.0",
        "1.00000000000000000001",
        "1e400",
        "1e-99999999999",
        "0e99999999999",
        "'1'",
        "true"
      })
  void whatIsNoWholeNumberIsNoId(String written) {
    assertEquals(
        OptionalLong.empty(), refused("{'id':" + written + ",'ping':{}}").replyTo(), written);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "c  | {'id':1,'publish':{'channel':'c'}}",
        "c  | {'id':1,'publish':{'channel':'c','data':1,'more':1}}",
        "-  | {'id':1,'publish':{'channel':'-','data':1}}",
        "c  | {'id':1,'presence':{'channel':'c','watch':1}}",
        "   | {'id':1,'publish':{'data':1}}",
        "   | {'id':1,'publish':{'channel':7,'data':1}}",
        "   | {'id':1,'ping':{'a':1}}",
        "   | []",
      })
  void aRefusalNamesTheChannelThatTheCommandNamed(String channel, String frame) {
    assertEquals(channel, refused(frame).channel());
  }

  @Test
  void aRefusalRepeatsNothingLong() {
    assertNull(refused("{'id':1,'publish':{'channel':'" + "c".repeat(201) + "'}}").channel());
  }

  /** Messages are dated in microseconds. */
  @ParameterizedTest
  @CsvSource({
    "2026-11-21T06:00:00.731438Z, 2026-11-21T06:00:00.731438Z",
    "2026-11-21T06:00:00.731438000Z, 2026-11-21T06:00:00.731438Z",
    "2026-11-21T06:00:00.731438001Z, 2026-11-21T06:00:00.731439Z",
    "2026-11-21T06:00:00.731438999Z, 2026-11-21T06:00:00.731439Z",
    "2026-11-21T06:00:00.999999999Z, 2026-11-21T06:00:01Z"
  })
  void sinceIsNeverRoundedDown(String written, Instant since) {
    assertEquals(new Start.Since(since), start(",'since':'" + written + "'"));
  }

  private static Start start(String fields) {
    return valid("{'id':1,'subscribe':{'channel':'c'" + fields + "}}").start();
  }

  private static Request.Valid valid(String frame) {
    Command.Subscribe subscribe = (Command.Subscribe) parse(frame);
    return (Request.Valid) subscribe.requests().get(0);
  }

  private static Message publish(String frame) {
    return assertInstanceOf(Command.Publish.class, PARSER.parse(frame), frame).message();
  }

  private static Command.Refused refused(String frame) {
    return assertInstanceOf(Command.Refused.class, parse(frame), frame);
  }

  private static void assertRefused(Problem problem, String frame) {
    assertEquals(problem, refused(frame).problem().problem(), frame);
  }

  private static Command parse(String frame) {
    return PARSER.parse(quoted(frame));
  }

  /** Frames are easier to read here with single quotes. */
  private static String quoted(String frame) {
    return frame.replace('\'', '"');
  }
}
