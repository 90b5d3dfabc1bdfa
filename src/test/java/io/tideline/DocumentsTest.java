package io.tideline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The part of the documents' style that a machine can see, and that links lead somewhere. */
class DocumentsTest {
  private static final int LINE_MAX = 160;
  private static final int CELL_WORDS_MAX = 40;
  private static final Set<String> NOT_OURS = Set.of("target", "node_modules", ".git");
  private static final Path RESULTS = Path.of("bench", "results");

  /** Idioms that readers had to read twice. */
  private static final Pattern RIDDLES =
      Pattern.compile("\\b(mend|mended|whoever|whosever)\\b", Pattern.CASE_INSENSITIVE);

  private static final Pattern FENCE = Pattern.compile("^\\s*```(.*)$");
  private static final Pattern ROW = Pattern.compile("^\\s*\\|.*");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("^#{1,6} (.*)$");
  private static final Pattern SETTING = Pattern.compile("^#?(tideline\\.[^=]+)=(.*)$");
  private static final Pattern DOCUMENTED =
      Pattern.compile("^\\| `(tideline\\.[^`]+)` \\| (?:`([^`]*)`|–) \\|", Pattern.MULTILINE);

  /** A line of a document: outside of fenced code, unless it says otherwise. */
  private record Line(Path file, int number, String text, boolean code) {
    boolean isRow() {
      return !code && ROW.matcher(text).matches();
    }

    @Override
    public String toString() {
      return file + ":" + number + ": " + text;
    }
  }

  @Test
  void noLineIsTooLongToRead() throws IOException {
    List<Line> tooLong =
        lines().stream()
            .filter(line -> line.text().length() > LINE_MAX && !line.isRow())
            .filter(line -> !(line.code() && line.file().startsWith(RESULTS)))
            .toList();
    assertEquals(List.of(), tooLong);
  }

  @Test
  void noTableCellIsAParagraph() throws IOException {
    List<Line> tooLong =
        lines().stream().filter(Line::isRow).filter(DocumentsTest::hasLongCell).toList();
    assertEquals(List.of(), tooLong);
  }

  private static boolean hasLongCell(Line row) {
    for (String cell : row.text().split("(?<!\\\\)\\|", -1)) {
      if (cell.isBlank()) {
        continue;
      }
      if (cell.strip().split("\\s+").length > CELL_WORDS_MAX) {
        return true;
      }
    }
    return false;
  }

  @Test
  void noSentenceIsARiddle() throws IOException {
    List<Line> riddles =
        lines().stream()
            .filter(line -> !line.code() && !line.file().startsWith(RESULTS))
            .filter(line -> RIDDLES.matcher(line.text()).find())
            .toList();
    assertEquals(List.of(), riddles);
  }

  @Test
  void everyFenceNamesItsLanguage() throws IOException {
    List<String> bare = new ArrayList<>();
    for (Path file : documents()) {
      boolean open = false;
      for (String line : Files.readAllLines(file)) {
        Matcher fence = FENCE.matcher(line);
        if (fence.matches()) {
          open = !open;
          if (open && fence.group(1).isBlank()) {
            bare.add(file + ": " + line);
          }
        }
      }
    }
    assertEquals(List.of(), bare);
  }

  @Test
  void everyLinkLeadsSomewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Line line : lines()) {
      Matcher links = LINK.matcher(line.code() ? "" : line.text());
      while (links.find()) {
        if (!links.group(1).contains("://") && !leadsSomewhere(line.file(), links.group(1))) {
          broken.add(line.file() + ":" + line.number() + ": " + links.group(1));
        }
      }
    }
    assertEquals(List.of(), broken);
  }

  private static boolean leadsSomewhere(Path from, String link) throws IOException {
    String[] parts = link.split("#", 2);
    Path directory = from.getParent() == null ? Path.of("") : from.getParent();
    Path target = parts[0].isEmpty() ? from : directory.resolve(parts[0]).normalize();
    if (!Files.exists(target)) {
      return false;
    }
    return parts.length == 1 || !isDocument(target) || anchors(target).contains(parts[1]);
  }

  /** As hosting sites make them of headings. */
  private static Set<String> anchors(Path file) throws IOException {
    Set<String> anchors = new HashSet<>();
    for (Line line : lines(file)) {
      Matcher heading = HEADING.matcher(line.code() ? "" : line.text());
      if (heading.matches()) {
        String title = heading.group(1).toLowerCase(Locale.ROOT);
        anchors.add(title.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'));
      }
    }
    return anchors;
  }

  @Test
  void theSampleOfSettingsHasKeysAndDefaultsThatExist() throws IOException {
    Map<String, String> documented = new TreeMap<>();
    Matcher rows = DOCUMENTED.matcher(Files.readString(Path.of("docs/operations.md")));
    while (rows.find()) {
      documented.put(rows.group(1), String.valueOf(rows.group(2)));
    }
    int settings = 0;
    for (String line : Files.readAllLines(Path.of("deploy/application.properties"))) {
      Matcher setting = SETTING.matcher(line);
      if (setting.matches()) {
        settings++;
        String key =
            setting.group(1).replaceFirst("(?<=namespaces\\.)(?!NAME)[a-z]+(?=\\.)", "NAME");
        assertTrue(documented.containsKey(key), line);
        assertTrue(!line.startsWith("#") || documented.get(key).equals(setting.group(2)), line);
      }
    }
    assertTrue(settings > 20, "finds the settings");
  }

  /** The tested configuration, but for the addresses of the nodes. */
  @Test
  void composeRunsTheTestedProxy() throws IOException {
    assertEquals(
        withoutAddresses(Path.of("docs/load-balancers/nginx.conf")),
        withoutAddresses(Path.of("deploy/nginx.conf")));
  }

  private static String withoutAddresses(Path configuration) throws IOException {
    return Files.readAllLines(configuration).stream()
        .filter(line -> !line.startsWith("#") && !line.startsWith("    server "))
        .collect(Collectors.joining("\n"));
  }

  private static List<Line> lines() throws IOException {
    List<Line> lines = new ArrayList<>();
    for (Path file : documents()) {
      lines.addAll(lines(file));
    }
    return lines;
  }

  private static List<Line> lines(Path file) throws IOException {
    List<Line> lines = new ArrayList<>();
    boolean code = false;
    int number = 0;
    for (String text : Files.readAllLines(file)) {
      number++;
      boolean fence = FENCE.matcher(text).matches();
      lines.add(new Line(file, number, text, code || fence));
      code ^= fence;
    }
    return lines;
  }

  private static List<Path> documents() throws IOException {
    List<Path> documents = new ArrayList<>();
    Files.walkFileTree(
        Path.of(""),
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes ignored) {
            Path name = directory.getFileName();
            return name != null && NOT_OURS.contains(name.toString())
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes ignored) {
            if (isDocument(file)) {
              documents.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    assertTrue(documents.size() > 30, "finds the documents");
    return documents;
  }

  private static boolean isDocument(Path file) {
    return file.toString().endsWith(".md");
  }
}
