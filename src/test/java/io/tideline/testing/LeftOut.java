package io.tideline.testing;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * The last block of a build's output: how many tests were left out, and why. The reports of
 * Surefire and Failsafe are counted, so that no way of leaving a test out escapes it.
 *
 * <p>Maven runs this file as it is ({@code java LeftOut.java}): it uses the JDK alone.
 */
public final class LeftOut {
  /** How a reason begins where programs are missing; their names follow. */
  static final String WANTED = "needs ";

  /** Between the names. */
  static final String AND = ", ";

  static final String SLOW = "slow";

  private static final List<String> REPORTS = List.of("surefire-reports", "failsafe-reports");
  private static final String MORE = "\n.ci/run installs the programs and runs the slow tests too.";

  private final TreeSet<String> programs = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
  private final Map<String, Integer> others = new TreeMap<>();
  private int wantPrograms;
  private int slow;

  /** Prints it for the build in this directory. */
  public static void main(String[] directory)
      throws IOException, ParserConfigurationException, SAXException {
    System.out.println("\n" + of(Path.of(directory[0])).text());
  }

  static LeftOut of(Path build) throws IOException, ParserConfigurationException, SAXException {
    LeftOut leftOut = new LeftOut();
    reasons(build).forEach(leftOut::add);
    return leftOut;
  }

  private void add(String reason) {
    if (reason.startsWith(WANTED)) {
      wantPrograms++;
      programs.addAll(List.of(reason.substring(WANTED.length()).split(AND, -1)));
    } else if (reason.equals(SLOW)) {
      slow++;
    } else {
      others.merge(reason, 1, Integer::sum);
    }
  }

  String text() {
    int sum = wantPrograms + slow + others.values().stream().mapToInt(Integer::intValue).sum();
    if (sum == 0) {
      return "Every test was run.";
    }
    StringBuilder text = new StringBuilder("Tests left out: " + sum);
    if (wantPrograms > 0) {
      line(text, wantPrograms, "need " + String.join(AND, programs));
    }
    if (slow > 0) {
      line(text, slow, "are slow");
    }
    others.forEach((reason, count) -> line(text, count, reason));
    return text.append(MORE).toString();
  }

  private static void line(StringBuilder text, int count, String reason) {
    text.append("\n%5d %s".formatted(count, reason));
  }

  private static List<String> reasons(Path build)
      throws IOException, ParserConfigurationException, SAXException {
    DocumentBuilder parser = DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder();
    List<String> reasons = new ArrayList<>();
    for (Path report : reports(build)) {
      NodeList skipped = parser.parse(report.toFile()).getElementsByTagName("skipped");
      for (int i = 0; i < skipped.getLength(); i++) {
        reasons.add(((Element) skipped.item(i)).getAttribute("message"));
      }
    }
    return reasons;
  }

  private static List<Path> reports(Path build) throws IOException {
    List<Path> reports = new ArrayList<>();
    for (String name : REPORTS) {
      Path folder = build.resolve(name);
      if (Files.isDirectory(folder)) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "TEST-*.xml")) {
          files.forEach(reports::add);
        }
      }
    }
    return reports;
  }
}
