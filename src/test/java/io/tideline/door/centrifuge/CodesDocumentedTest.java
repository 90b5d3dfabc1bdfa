package io.tideline.door.centrifuge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.protocol.Problem;
import io.tideline.session.CloseReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The codes of the door, and that its page says the same. */
class CodesDocumentedTest {
  private static final Path PAGE = Path.of("docs", "doors", "centrifuge.md");

  /** Of a close frame's reason (RFC 6455, 5.5). */
  private static final int REASON_BYTES_MAX = 123;

  @Test
  void thePageListsEveryErrorAndNoOther() throws IOException {
    assertEquals(
        Stream.of(ErrorCode.values())
            .map(
                code ->
                    "| %s | %s | %s |"
                        .formatted(code.number(), code.text(), code.isTemporary() ? "yes" : "no"))
            .toList(),
        rows("error"));
  }

  @Test
  void thePageListsEveryCloseCodeAndNoOther() throws IOException {
    assertEquals(
        Stream.of(DisconnectCode.values())
            .map(code -> "| %s | %s |".formatted(code.number(), code.reason()))
            .toList(),
        rows("close"));
  }

  @Test
  void thePageListsEveryUnsubscribeCodeAndNoOther() throws IOException {
    assertEquals(
        Stream.of(UnsubscribeCode.values()).map(code -> "| " + code.number()).toList(),
        rows("unsubscribe").stream().map(row -> row.substring(0, row.indexOf(" |", 2))).toList());
  }

  private static List<String> rows(String kind) throws IOException {
    String text = Files.readString(PAGE);
    int start = text.indexOf("<!-- " + kind + " codes:");
    return text.substring(start, text.indexOf("<!-- /" + kind + " codes -->"))
        .lines()
        .filter(line -> line.startsWith("|"))
        .skip(2)
        .toList();
  }

  /** SDKs take an empty reason, or JSON, for something else. */
  @ParameterizedTest
  @EnumSource
  void aReasonIsTextThatFitsIntoACloseFrame(DisconnectCode code) {
    assertTrue(Character.isLetter(code.reason().charAt(0)), code.reason());
    assertFalse(List.of("true", "false", "null").contains(code.reason()));
    assertTrue(code.reason().getBytes(UTF_8).length <= REASON_BYTES_MAX);
  }

  @ParameterizedTest
  @EnumSource
  void everyReasonToCloseHasItsCode(CloseReason why) {
    assertNotNull(DisconnectCode.of(why));
  }

  /** What may succeed later must not make an SDK give up. */
  @ParameterizedTest
  @EnumSource
  void whatMayBeRepeatedIsTemporary(Problem problem) {
    if (problem.status() == 503) {
      assertTrue(ErrorCode.of(problem).isTemporary(), problem.name());
    }
  }
}
