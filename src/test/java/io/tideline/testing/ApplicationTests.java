package io.tideline.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The list of the test classes that start the application, for the build: they run in one JVM, one
 * after another, as Quarkus can share its start among them there only. A tag wouldn't do: Quarkus
 * builds the application of each class that Surefire looks at, also of those that it leaves out.
 *
 * <p>Maven runs this file as it is ({@code java ApplicationTests.java}): it uses the JDK alone.
 */
public final class ApplicationTests {
  private static final String MARK = "Lio/quarkus/test/junit/QuarkusTest;";

  private ApplicationTests() {}

  /** Writes the list of those among the compiled classes in the first path to the second. */
  public static void main(String[] paths) throws IOException {
    Path classes = Path.of(paths[0]);
    List<String> names = new ArrayList<>();
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (file.toString().endsWith("Test.class") && startsTheApplication(file)) {
          names.add(classes.relativize(file).toString().replace('\\', '/'));
        }
      }
    }
    Files.write(Path.of(paths[1]), names);
  }

  private static boolean startsTheApplication(Path file) throws IOException {
    return new String(Files.readAllBytes(file), ISO_8859_1).contains(MARK);
  }
}
