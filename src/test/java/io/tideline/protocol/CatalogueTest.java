package io.tideline.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.tideline.access.AccessPolicy;
import io.tideline.hub.Disconnect;
import io.tideline.stream.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The catalogues, and that the document says the same. */
class CatalogueTest {
  private static final Path DOCUMENT = Path.of("docs", "protocol.md");
  private static final Path ASYNC_API = Path.of("docs", "asyncapi.yaml");

  @Test
  void theDocumentListsEveryProblemAndNoOther() throws IOException {
    List<String> expected =
        Arrays.stream(Problem.values())
            .map(
                problem ->
                    row(
                        "`" + problem.code() + "`",
                        problem.status(),
                        problem.retry() ? "yes" : "no",
                        problem.title(),
                        problem.advice()))
            .toList();
    assertEquals(String.join("\n", expected), String.join("\n", table("problems")));
  }

  @Test
  void theAsyncApiDocumentListsTheSameCodes() throws IOException {
    List<String> lines = Files.readAllLines(ASYNC_API);
    List<String> codes =
        lines.subList(lines.indexOf("    ProblemCode:"), lines.size()).stream()
            .filter(line -> line.startsWith("        - "))
            .map(line -> line.substring(10))
            .toList();
    assertEquals(Arrays.stream(Problem.values()).map(Problem::code).toList(), codes);
  }

  /** A code that the text speaks of must exist, too. */
  @Test
  void theDocumentSpeaksOfNoCodeThatIsntThere() throws IOException {
    Set<String> known =
        Arrays.stream(Problem.values()).map(Problem::code).collect(Collectors.toSet());
    Set<String> spoken =
        Pattern.compile("`((?:invalid|token|too-many|not|no|unknown|key|head|already)-[a-z-]+)`")
            .matcher(Files.readString(DOCUMENT))
            .results()
            .map(match -> match.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    spoken.removeAll(known);
    assertEquals(Set.of(), spoken);
  }

  @Test
  void everyOutcomeOfTheCoreHasItsCode() {
    for (Disconnect why : Disconnect.values()) {
      assertNotNull(Problem.of(why));
    }
    assertEquals(Problem.TOKEN_EXPIRED, Problem.of(AccessPolicy.Refusal.TOKEN_EXPIRED));
    assertEquals(
        InvalidInputException.Subject.values().length,
        Stream.of(InvalidInputException.Subject.values()).map(Problem::of).distinct().count());
  }

  @Test
  void aProblemSaysWhatToDo() {
    for (Problem problem : Problem.values()) {
      JsonNode json = Samples.parse(ProblemDetails.of(problem).json());
      assertEquals("https://tideline.io/problems/" + problem.code(), json.get("type").textValue());
      assertEquals(problem.title(), json.get("title").textValue());
      assertEquals(problem.status(), json.get("status").intValue());
      assertEquals(problem.code(), json.get("code").textValue());
      assertEquals(problem.retry(), json.get("retry").booleanValue());
      assertEquals(problem.advice(), json.get("advice").textValue());
      assertTrue(!json.has("detail"));
      assertTrue(problem.advice().endsWith("."), problem.code());
      assertTrue(problem.status() >= 400 && problem.status() < 600);
      assertTrue(!problem.retry() || problem.status() >= 500 || problem.status() == 429);
    }
    JsonNode json =
        Samples.parse(
            ProblemDetails.of(Problem.FORBIDDEN, "a\n\"b\"")
                .with("item", 3)
                .with("head", "P")
                .with("error", ProblemDetails.of(Problem.INTERNAL))
                .json());
    assertEquals("a\n\"b\"", json.get("detail").textValue());
    assertEquals(3, json.get("item").intValue());
    assertEquals("P", json.get("head").textValue());
    assertEquals("internal", json.get("error").get("code").textValue());
  }

  /** The rows of the table between two comments, without its head. */
  private static List<String> table(String name) throws IOException {
    String text = Files.readString(DOCUMENT);
    int start = text.indexOf("<!-- " + name + ":");
    int end = text.indexOf("<!-- /" + name + " -->");
    return text.substring(start, end).lines().filter(line -> line.startsWith("|")).skip(2).toList();
  }

  private static String row(Object... cells) {
    return Arrays.stream(cells).map(String::valueOf).collect(Collectors.joining(" | ", "| ", " |"));
  }
}
