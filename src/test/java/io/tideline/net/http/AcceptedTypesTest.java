package io.tideline.net.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 9110, 12.4.2 and 12.5.1. */
class AcceptedTypesTest {
  /** Lines are parted by a bar. */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "text/event-stream, EVENTS",
        "TEXT/Event-Stream, EVENTS",
        "`text/event-stream;charset=utf-8`, EVENTS",
        "application/json, JSON",
        "APPLICATION/JSON, JSON",
        "*/*, JSON",
        "application/*, JSON",
        "text/*, EVENTS",
        "TEXT/*, EVENTS",
        "`application/json, text/event-stream`, EVENTS",
        "`text/event-stream, */*`, EVENTS",
        "`text/html, */*;q=0.8`, JSON",
        "`text/*, */*`, JSON",
        "`text/event-stream;q=0`, NEITHER",
        "`text/event-stream;q=0, */*`, JSON",
        "`text/event-stream;q=0.0, text/*`, NEITHER",
        "`application/json, text/event-stream;q=0`, JSON",
        "`application/json;q=1, text/event-stream;q=0.1`, JSON",
        "`application/json;q=0.1, text/event-stream`, EVENTS",
        "`application/json ; Q=0.9 , text/event-stream ; q=0.901`, EVENTS",
        "`application/json;q=0`, NEITHER",
        "`application/json;q=0, */*`, EVENTS",
        "`*/*;q=0.5, text/event-stream;q=0.4`, JSON",
        "application/json|text/event-stream, EVENTS",
        "application/json;q=0.1|text/event-stream, EVENTS",
        "text/event-stream;q=0.1|application/json, JSON",
        "text/html, NEITHER",
        "text/event-stream2, NEITHER",
        "`text/html;title=\"a, text/event-stream\"`, NEITHER",
        "`,, text/event-stream ,`, EVENTS",
        "`text/event-stream;q=2`, NEITHER",
        "`text/event-stream;q=-1`, NEITHER",
        "`text/event-stream;q=0.1234`, NEITHER",
        "`text/event-stream;q`, NEITHER",
        "*/event-stream, NEITHER",
        "event-stream, NEITHER",
        "text/, NEITHER",
        "``, JSON"
      })
  void choosesWhatIsRatherWanted(String accept, String expected) {
    assertEquals(expected, choice(List.of(accept.split("\\|", -1))));
  }

  @Test
  void withoutTheHeaderAllIsAccepted() {
    assertEquals("JSON", choice(List.of()));
  }

  private static String choice(List<String> lines) {
    AcceptedTypes accepted = AcceptedTypes.of(lines);
    if (accepted.prefers("text", "event-stream", "application", "json")) {
      return "EVENTS";
    }
    return accepted.accepts("application", "json") ? "JSON" : "NEITHER";
  }
}
