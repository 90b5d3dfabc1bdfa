package io.tideline.net.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeflateOfferTest {
  private static final String ANSWER =
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "permessage-deflate",
        " permessage-deflate ",
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate;client_max_window_bits=8",
        "permessage-deflate; client_max_window_bits=15",
        "permessage-deflate; client_max_window_bits=\"10\"",
        "permessage-deflate; client_max_window_bits=\"1\\0\"",
        "permessage-deflate; server_no_context_takeover",
        "permessage-deflate; client_no_context_takeover; server_no_context_takeover",
        "permessage-deflate\t;\tclient_max_window_bits = 9",
        "permessage-deflate, permessage-deflate; server_max_window_bits=15",
        ", permessage-deflate,,",
        "x-webkit-deflate-frame, permessage-deflate",
        "x-unknown; a=1; a=2; b=\"c\", permessage-deflate; client_max_window_bits",
        "permessage-deflate; server_max_window_bits=10, permessage-deflate",
        "permessage-deflate; unknown, permessage-deflate; client_max_window_bits"
      })
  void takesWhatItCanKeepTo(String offer) {
    assertEquals(ANSWER, DeflateOffer.answer(List.of(offer)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "permessage-deflate; server_max_window_bits=15",
        "permessage-deflate; server_max_window_bits=\"15\"; client_max_window_bits",
        "permessage-deflate; server_max_window_bits=9, permessage-deflate; server_max_window_bits=15"
      })
  void saysTheLargestWindowToWhoeverAsksForIt(String offer) {
    assertEquals(ANSWER + "; server_max_window_bits=15", DeflateOffer.answer(List.of(offer)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " , ",
        "permessage-bzip2",
        "Permessage-Deflate",
        "permessage-deflate2",
        // What the compressor can't be told.
        "permessage-deflate; server_max_window_bits=8",
        "permessage-deflate; server_max_window_bits=14",
        // What is no value (RFC 7692, 7.1).
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=015",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; client_max_window_bits=08",
        "permessage-deflate; client_max_window_bits=fifteen",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; client_no_context_takeover=true",
        // What is unknown, or twice there.
        "permessage-deflate; unknown",
        "permessage-deflate; Client_Max_Window_Bits",
        "permessage-deflate; client_max_window_bits; client_max_window_bits",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        // What is no list of extensions (RFC 6455, 9.1), wherever.
        "permessage-deflate;",
        "permessage-deflate; =8",
        "permessage-deflate; client_max_window_bits=",
        "permessage-deflate; client_max_window_bits=\"\"",
        "permessage-deflate; client_max_window_bits=\"8",
        "permessage-deflate; client_max_window_bits=\"8\\",
        "permessage-deflate; client_max_window_bits=\"8 \"",
        "permessage-deflate client_max_window_bits",
        "permessage-deflate, ;",
        "permessage-deflate, a=b",
        "permessage-deflate, (comment)",
        "permessage-deflate, \u00e9"
      })
  void leavesWhatItCannotKeepToOrIsMalformed(String offer) {
    assertNull(DeflateOffer.answer(List.of(offer)));
  }

  @Test
  void readsSeveralHeadersAsOneList() {
    assertNull(DeflateOffer.answer(List.of()));
    assertEquals(ANSWER, DeflateOffer.answer(List.of("a; b", "permessage-deflate", "c")));
  }

  /** A head may be as large as it may; nothing recurses over it. */
  @Test
  void readsWhateverLength() {
    assertNull(DeflateOffer.answer(List.of("permessage-deflate" + ";a".repeat(100_000))));
    assertEquals(ANSWER, DeflateOffer.answer(List.of("permessage-deflate" + ",".repeat(100_000))));
  }
}
