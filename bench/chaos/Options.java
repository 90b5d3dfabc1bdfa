package chaos;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** What the command line says; every value has a default. */
record Options(
    Duration length,
    long seed,
    Path jar,
    String executable,
    Backplane backplane,
    int nodes,
    int rate,
    int channels,
    int publishers,
    int subscribers,
    Duration pauseMin,
    Duration pauseMax,
    Duration slack,
    Set<Fault> faults,
    List<String> jvmOptions,
    boolean keep) {

  private static final String FAULTS =
      String.join(",", Arrays.stream(Fault.values()).map(Options::word).toList());

  private static final String HELP =
      """
      bench/chaos/run: several nodes on one PostgreSQL behind nginx, publishers and subscribers that
      move between nodes and transports, and faults; the exit code is 0 only if nothing was lost,
      repeated or out of order, and publishes went on as soon as they could.

        --minutes N        how long to publish under faults (15; fractions allowed)
        --seed N           of all choices (random); the times of threads stay their own
        --backplane NAME   %s (postgres)
        --nodes N          (3)
        --rate N           messages a second, all publishers together (100)
        --channels N --publishers N --subscribers N      (20, 200, 500)
        --pause MIN-MAX    seconds between faults (2-7)
        --slack SECONDS    what a silence of publishes may be longer than the faults in it (1)
        --faults A,B       none, or some of these (all that the backplane has):
                           %s
        --jar FILE         the packaged server (target/quarkus-app/quarkus-run.jar)
        --native FILE      the native executable, which the nodes run in place of the jar; the database's
                           binaries are still taken from beside the jar
        --jvm "OPTIONS"    for the nodes (few threads, a quick start: they are restarted often)
        --keep             keep data and logs of a clean run too
      """
          .formatted(
              String.join(", ", Arrays.stream(Backplane.values()).map(Backplane::word).toList()),
              FAULTS);

  private static final Map<String, String> DEFAULTS =
      Map.ofEntries(
          Map.entry("--minutes", "15"),
          Map.entry("--seed", ""),
          Map.entry("--backplane", "postgres"),
          Map.entry("--nodes", "3"),
          Map.entry("--rate", "100"),
          Map.entry("--channels", "20"),
          Map.entry("--publishers", "200"),
          Map.entry("--subscribers", "500"),
          Map.entry("--pause", "2-7"),
          Map.entry("--slack", "1"),
          Map.entry("--faults", FAULTS),
          Map.entry("--jar", "target/quarkus-app/quarkus-run.jar"),
          Map.entry("--native", ""),
          Map.entry("--jvm", ""));

  private static final String JVM_OPTIONS = "-Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1";
  private static final String NATIVE_OPTIONS = "-Xmx384m";

  /** Throws with a text for the user where the arguments can't be understood. */
  static Options parse(String[] arguments) {
    Map<String, String> given = new HashMap<>(DEFAULTS);
    boolean keep = false;
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].equals("--keep")) {
        keep = true;
      } else if (DEFAULTS.containsKey(arguments[i]) && i + 1 < arguments.length) {
        given.put(arguments[i], arguments[++i]);
      } else {
        throw new IllegalArgumentException(HELP);
      }
    }
    return from(given, keep);
  }

  private static Options from(Map<String, String> given, boolean keep) {
    Path jar = Path.of(given.get("--jar")).toAbsolutePath();
    if (!Files.isRegularFile(jar)) {
      throw new IllegalArgumentException(
          "no packaged server at " + jar + ": run ./mvnw package, or say --jar");
    }
    String executable = given.get("--native");
    if (!executable.isEmpty() && !Files.isExecutable(Path.of(executable))) {
      throw new IllegalArgumentException("no native executable at " + executable);
    }
    String options = given.get("--jvm");
    if (options.isEmpty()) {
      options = executable.isEmpty() ? JVM_OPTIONS : NATIVE_OPTIONS;
    }
    Backplane backplane = backplane(given.get("--backplane"));
    String seed = given.get("--seed");
    String[] pause = given.get("--pause").split("-", 2);
    return new Options(
        Duration.ofMillis((long) (60_000 * number("--minutes", given, Double::valueOf))),
        seed.isEmpty() ? System.nanoTime() & 0xffffff : number("--seed", given, Long::valueOf),
        jar,
        executable,
        backplane,
        number("--nodes", given, Integer::valueOf),
        number("--rate", given, Integer::valueOf),
        number("--channels", given, Integer::valueOf),
        number("--publishers", given, Integer::valueOf),
        number("--subscribers", given, Integer::valueOf),
        seconds(pause[0]),
        seconds(pause[pause.length - 1]),
        seconds(given.get("--slack")),
        faults(given.get("--faults"), backplane),
        Arrays.stream(options.split(" ")).filter(word -> !word.isEmpty()).toList(),
        keep);
  }

  /** What a node runs with these settings. */
  List<String> command(Map<String, String> settings) {
    List<String> command = new ArrayList<>(jvmOptions);
    settings.forEach((key, value) -> command.add("-D" + key + "=" + value));
    if (executable.isEmpty()) {
      command.add(0, Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-jar", jar.toString()));
    } else {
      command.add(0, Path.of(executable).toAbsolutePath().toString());
    }
    return command;
  }

  private static Backplane backplane(String name) {
    return Arrays.stream(Backplane.values())
        .filter(backplane -> backplane.word().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no backplane '" + name + "'\n" + HELP));
  }

  private static <T extends Number> T number(
      String name, Map<String, String> given, Function<String, T> parser) {
    try {
      return parser.apply(given.get(name));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          name + " takes a number, not '" + given.get(name) + "'", e);
    }
  }

  private static Duration seconds(String text) {
    return Duration.ofMillis(
        (long) (1_000 * number("--pause", Map.of("--pause", text), Double::valueOf)));
  }

  private static Set<Fault> faults(String names, Backplane backplane) {
    List<String> wanted = List.of(names.split(","));
    Set<Fault> faults = EnumSet.allOf(Fault.class);
    faults.removeIf(fault -> !wanted.contains(word(fault)));
    if (faults.size() != wanted.size() && !names.equals("none")) {
      throw new IllegalArgumentException("--faults takes none, or some of " + FAULTS);
    }
    faults.removeIf(fault -> fault.needsBroker() && backplane == Backplane.POSTGRES);
    return faults;
  }

  private static String word(Fault fault) {
    return fault.name().toLowerCase(Locale.ROOT);
  }
}
