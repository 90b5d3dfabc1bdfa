package io.tideline.net.websocket;

import static io.tideline.testing.RawSocket.BINARY;
import static io.tideline.testing.RawSocket.CLOSE;
import static io.tideline.testing.RawSocket.CONTINUATION;
import static io.tideline.testing.RawSocket.FIN;
import static io.tideline.testing.RawSocket.KEY;
import static io.tideline.testing.RawSocket.PING;
import static io.tideline.testing.RawSocket.PONG;
import static io.tideline.testing.RawSocket.TEXT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RawSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * RFC 6455 where Vert.x alone doesn't keep it, and where it does and must go on to. The whole of it
 * is tried with the Autobahn test suite; see {@code bench/}.
 */
@QuarkusTest
@WithTestResource(PostgresResource.class)
class Rfc6455Test {
  private static final String ECHO = "/test/echo";
  private static final int MESSAGE_BYTES_MAX = 128 * 1024;
  private static final int FRAGMENTS_MAX = 1024;
  private static final int PINGS_MAX = 100;

  @TestHTTPResource URI server;

  // --- text is UTF-8

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ff",
        "c0af",
        "c1bf",
        "e08080",
        "eda080",
        "edbfbf",
        "f08080af",
        "f4908080",
        "f5808080",
        "80",
        "c3",
        "e282",
        "f09f8c",
        "cebae1bdb9cf83cebcceb5eda080656469746564"
      })
  void refusesTextThatIsNotUtf8(String hex) throws IOException {
    try (RawSocket client = open()) {
      client.frame(FIN | TEXT, HexFormat.of().parseHex(hex));
      assertClosed(client, 1007);
    }
  }

  @Test
  void refusesTextWhoseLastFragmentEndsWithinACharacter() throws IOException {
    try (RawSocket client = open()) {
      client.frame(TEXT, "a wave: ");
      client.frame(CONTINUATION, HexFormat.of().parseHex("f09f"));
      client.frame(FIN | CONTINUATION, HexFormat.of().parseHex("8c"));
      assertClosed(client, 1007);
    }
  }

  @Test
  void refusesAWrongByteBeforeTheMessageEnds() throws IOException {
    try (RawSocket client = open()) {
      client.frame(TEXT, HexFormat.of().parseHex("eda0"));
      assertClosed(client, 1007);
    }
  }

  @Test
  void takesACharacterThatFragmentsCut() throws IOException {
    try (RawSocket client = open()) {
      byte[] wave = HexFormat.of().parseHex("f09f8c8a");
      for (int i = 0; i < 3; i++) {
        client.frame(i == 0 ? TEXT : CONTINUATION, new byte[] {wave[i]});
      }
      client.frame(FIN | CONTINUATION, new byte[] {wave[3]});
      assertEquals("🌊", client.next().text());
    }
  }

  @Test
  void binaryMayBeAnything() throws IOException {
    try (RawSocket client = open()) {
      byte[] bytes = HexFormat.of().parseHex("fffe00eda080");
      client.frame(BINARY, bytes);
      client.frame(FIN | CONTINUATION, bytes);
      RawSocket.Frame echo = client.next();
      assertEquals(BINARY, echo.opcode());
      assertEquals(
          ByteBuffer.wrap(HexFormat.of().parseHex("fffe00eda080fffe00eda080")), echo.payload());
    }
  }

  // --- fragments

  @Test
  void takesAMessageWhoseFirstFragmentIsEmpty() throws IOException {
    try (RawSocket client = open()) {
      client.frame(TEXT, "");
      client.frame(CONTINUATION, "");
      client.frame(FIN | CONTINUATION, "here");
      assertEquals("here", client.next().text());
    }
  }

  @Test
  void takesAnEmptyMessageInFragments() throws IOException {
    try (RawSocket client = open()) {
      client.frame(TEXT, "");
      client.frame(FIN | CONTINUATION, "");
      assertEquals(new RawSocket.Frame(TEXT, ByteBuffer.allocate(0)), client.next());
    }
  }

  @Test
  void answersAPingAmidFragments() throws IOException {
    try (RawSocket client = open()) {
      client.frame(TEXT, "one, ");
      client.frame(FIN | PING, "there?");
      client.frame(FIN | CONTINUATION, "two");
      assertEquals(PONG, client.next().opcode());
      assertEquals("one, two", client.next().text());
    }
  }

  @ParameterizedTest
  @CsvSource({"0x80, continues nothing", "0x00, continues nothing"})
  void refusesAContinuationOfNothing(String firstByte, String payload) throws IOException {
    try (RawSocket client = open()) {
      client.frame(Integer.decode(firstByte), payload);
      assertClosed(client, 1002);
    }
  }

  @Test
  void refusesANewMessageAmidFragments() throws IOException {
    try (RawSocket client = open()) {
      client.frame(TEXT, "one");
      client.frame(FIN | TEXT, "other");
      assertClosed(client, 1002);
    }
  }

  // --- single frames

  @ParameterizedTest
  @ValueSource(ints = {0x40, 0x20, 0x10, 0x70})
  void refusesReservedBits(int bits) throws IOException {
    for (int opcode : new int[] {TEXT, BINARY, PING, CLOSE}) {
      try (RawSocket client = open()) {
        client.frame(FIN | bits | opcode, "");
        assertClosed(client, 1002);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0x3, 0x7, 0xb, 0xf})
  void refusesReservedOpcodes(int opcode) throws IOException {
    try (RawSocket client = open()) {
      client.frame(FIN | opcode, "");
      assertClosed(client, 1002);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {CLOSE, PING, PONG})
  void refusesFragmentedControlFrames(int opcode) throws IOException {
    try (RawSocket client = open()) {
      client.frame(opcode, "");
      assertClosed(client, 1002);
    }
  }

  @Test
  void refusesLongControlFrames() throws IOException {
    try (RawSocket client = open()) {
      client.frame(FIN | PING, new byte[126]);
      assertClosed(client, 1002);
    }
  }

  @Test
  void refusesFramesWithoutAMask() throws IOException {
    try (RawSocket client = open()) {
      client.send(new byte[] {(byte) (FIN | TEXT), 2, 'h', 'i'});
      assertClosed(client, 1002);
    }
  }

  // --- size

  @Test
  void takesTheLargestMessage() throws IOException {
    try (RawSocket client = open()) {
      client.frame(FIN | BINARY, new byte[MESSAGE_BYTES_MAX]);
      assertEquals(MESSAGE_BYTES_MAX, client.next().length());
    }
  }

  @Test
  void refusesALargerFrameBeforeItHasCome() throws IOException {
    try (RawSocket client = open()) {
      byte[] tooLarge = RawSocket.masked(FIN | BINARY, new byte[MESSAGE_BYTES_MAX + 1]);
      client.send(Arrays.copyOf(tooLarge, 14));
      assertClosed(client, 1009);
    }
  }

  @Test
  void refusesALargerMessageInSmallFragments() throws IOException {
    try (RawSocket client = open()) {
      client.frame(TEXT, new byte[MESSAGE_BYTES_MAX]);
      client.frame(FIN | CONTINUATION, new byte[1]);
      assertClosed(client, 1009);
    }
  }

  @Test
  void takesAMessageInTheMostFragments() throws IOException {
    try (RawSocket client = open()) {
      client.frame(TEXT, "");
      for (int i = 2; i < FRAGMENTS_MAX; i++) {
        client.frame(CONTINUATION, "");
      }
      client.frame(FIN | CONTINUATION, "whole");
      assertEquals("whole", client.next().text());
    }
  }

  @Test
  void refusesAMessageInEndlessFragments() throws IOException {
    try (RawSocket client = open()) {
      client.frame(TEXT, "");
      for (int i = 0; i < FRAGMENTS_MAX; i++) {
        client.frame(CONTINUATION, "");
      }
      assertClosed(client, 1008);
    }
  }

  @Test
  void answersTheMostPings() throws IOException {
    try (RawSocket client = open()) {
      for (int i = 0; i < PINGS_MAX; i++) {
        client.frame(FIN | PING, "");
      }
      for (int i = 0; i < PINGS_MAX; i++) {
        assertEquals(PONG, client.next().opcode());
      }
    }
  }

  @Test
  void refusesAFloodOfPings() throws IOException {
    try (RawSocket client = open()) {
      // Twice the allowance and one, as the second that counts may change amid them.
      for (int i = 0; i < 2 * PINGS_MAX + 1; i++) {
        client.frame(FIN | PONG, "");
      }
      assertClosed(client, 1008);
    }
  }

  // --- the end

  @ParameterizedTest
  @ValueSource(ints = {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 32768, 65535})
  void refusesCloseCodesThatCannotBeSent(int code) throws IOException {
    try (RawSocket client = open()) {
      client.close(code);
      assertClosed(client, 1002);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, 1001, 1002, 1003, 1007, 1011, 1012, 1014, 3000, 3999, 4000, 4999})
  void answersACloseWithItsCode(int code) throws IOException {
    try (RawSocket client = open()) {
      client.close(code);
      assertClosed(client, code);
    }
  }

  @Test
  void answersACloseWithoutACodeWithout() throws IOException {
    try (RawSocket client = open()) {
      client.frame(FIN | CLOSE, "");
      assertClosed(client, -1);
    }
  }

  @Test
  void refusesACloseFrameWithHalfACode() throws IOException {
    try (RawSocket client = open()) {
      client.frame(FIN | CLOSE, new byte[1]);
      assertClosed(client, 1002);
    }
  }

  @Test
  void refusesACloseReasonThatIsNotUtf8() throws IOException {
    try (RawSocket client = open()) {
      client.frame(FIN | CLOSE, HexFormat.of().parseHex("03e8ceba80"));
      assertClosed(client, 1007);
    }
  }

  @Test
  void answersNothingAfterAClose() throws IOException {
    try (RawSocket client = open()) {
      ByteArrayOutputStream together = new ByteArrayOutputStream();
      together.writeBytes(RawSocket.masked(FIN | CLOSE, new byte[] {0x03, (byte) 0xe8}));
      together.writeBytes(RawSocket.masked(FIN | PING, new byte[] {1}));
      together.writeBytes(RawSocket.masked(FIN | TEXT, new byte[] {'x'}));
      client.send(together.toByteArray());
      assertClosed(client, 1000);
    }
  }

  // --- the handshake

  @Test
  void upgradesAValidHandshake() throws IOException {
    try (RawSocket client = new RawSocket(server.getPort())) {
      client.send(RawSocket.handshake(ECHO));
      String head = client.head();
      assertTrue(head.startsWith("HTTP/1.1 101 "), head);
      assertTrue(
          head.toLowerCase(Locale.ROOT)
              .contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="));
    }
  }

  /** Compression is off, and there is no other extension; see {@code CompressionTest}. */
  @Test
  void agreesOnNoExtension() throws IOException {
    String offer = "Sec-WebSocket-Extensions: permessage-deflate, x-webkit-deflate-frame";
    String head = assertAnswer(101, RawSocket.handshake(ECHO, offer));
    assertFalse(head.toLowerCase(Locale.ROOT).contains("sec-websocket-extensions"), head);
  }

  @Test
  void takesHeadersInAnyCaseAndOrder() throws IOException {
    assertAnswer(
        101,
        RawSocket.handshake(ECHO)
            .replace("Upgrade: websocket", "uPGRADE: WebSocket")
            .replace("Connection: Upgrade", "connection: keep-alive, upgrade"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "short",
        "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZS4=",
        "!!!!!!!!!!!!!!!!!!!!!!==",
        "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ=="
      })
  void refusesAMalformedKey(String key) throws IOException {
    assertAnswer(400, RawSocket.handshake(ECHO).replace(KEY, key));
  }

  @Test
  void refusesTwoKeys() throws IOException {
    String line = "Sec-WebSocket-Key: " + KEY + "\r\n";
    assertAnswer(400, RawSocket.handshake(ECHO).replace(line, line + line));
  }

  @ParameterizedTest
  @ValueSource(strings = {"8", "7", "0", "14", "13, 8", "thirteen", ""})
  void namesTheVersionThatItSpeaks(String version) throws IOException {
    String head =
        assertAnswer(426, RawSocket.handshake(ECHO).replace("Version: 13", "Version: " + version));
    assertTrue(head.toLowerCase(Locale.ROOT).contains("sec-websocket-version: 13"), head);
  }

  @Test
  void refusesHttp10() throws IOException {
    assertAnswer(400, RawSocket.handshake(ECHO).replace("HTTP/1.1", "HTTP/1.0"));
  }

  @Test
  void refusesOtherMethods() throws IOException {
    assertAnswer(400, RawSocket.handshake(ECHO).replace("GET ", "POST "));
  }

  @Test
  void refusesAKeyWithoutAnUpgrade() throws IOException {
    assertAnswer(426, RawSocket.handshake(ECHO).replace("Upgrade: websocket\r\n", ""));
    assertAnswer(426, RawSocket.handshake(ECHO).replace("Connection: Upgrade\r\n", ""));
  }

  private RawSocket open() throws IOException {
    return RawSocket.open(server.getPort(), ECHO);
  }

  private String assertAnswer(int status, String handshake) throws IOException {
    try (RawSocket client = new RawSocket(server.getPort())) {
      client.send(handshake);
      String head = client.head();
      assertTrue(head.substring("HTTP/1.1".length()).startsWith(" " + status + " "), head);
      return head;
    }
  }

  private static void assertClosed(RawSocket client, int code) throws IOException {
    RawSocket.Frame frame = client.next();
    assertEquals(CLOSE, frame.opcode(), frame::toString);
    assertEquals(code, frame.code(), frame::toString);
    assertTrue(client.isEnded(), "nothing comes behind a close frame");
  }
}
