package io.tideline.door.tideline;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.door.tideline.CloseCode.ComeBack;
import io.tideline.hub.Disconnect;
import io.tideline.session.CloseReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The close codes of {@code tideline.v1}, and that the document says the same. */
class CloseCodeTest {
  private static final Path DOCUMENT = Path.of("docs", "protocol.md");

  @Test
  void theDocumentListsEveryCloseCodeAndNoOther() throws IOException {
    String text = Files.readString(DOCUMENT);
    int start = text.indexOf("<!-- close codes:");
    List<String> firstColumns =
        text.substring(start, text.indexOf("<!-- /close codes -->"))
            .lines()
            .filter(line -> line.startsWith("|"))
            .skip(2)
            .map(line -> line.replaceAll("(?<=\\|)[^|]*\\|$", ""))
            .toList();
    List<String> expected =
        Arrays.stream(CloseCode.values())
            .map(
                code ->
                    "| %s | %s | %s |"
                        .formatted(code.number(), code.reason(), words(code.comeBack())))
            .toList();
    assertEquals(String.join("\n", expected), String.join("\n", firstColumns));
  }

  @Test
  void rangesSayWhetherToComeBack() {
    for (CloseCode code : CloseCode.values()) {
      if (code.number() >= 4000) {
        ComeBack meant =
            List.of(ComeBack.NO, ComeBack.WITH_BACKOFF, ComeBack.AT_ONCE)
                .get((code.number() - 4000) / 100);
        assertEquals(meant, code.comeBack(), code.name());
      }
    }
  }

  @Test
  void reasonsFitIntoACloseFrame() {
    for (CloseCode code : CloseCode.values()) {
      assertTrue(code.reason().getBytes(US_ASCII).length <= CloseCode.REASON_BYTES_MAX);
      assertTrue(US_ASCII.newEncoder().canEncode(code.reason()));
    }
    assertEquals(
        CloseCode.values().length,
        Arrays.stream(CloseCode.values()).mapToInt(CloseCode::number).distinct().count());
  }

  @Test
  void everyReasonHasItsCode() {
    for (CloseReason why : CloseReason.values()) {
      assertNotNull(CloseCode.of(why));
    }
    for (Disconnect why : Disconnect.values()) {
      assertNotNull(CloseReason.of(why));
    }
  }

  private static String words(ComeBack comeBack) {
    return switch (comeBack) {
      case NO -> "no";
      case WITH_BACKOFF -> "with backoff";
      case AT_ONCE -> "at once";
    };
  }
}
