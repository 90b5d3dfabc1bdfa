package soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** What the command line says; every value has a default that is a fair soak of one machine. */
record Options(
    Duration length,
    long seed,
    Path jar,
    Path folder,
    String url,
    String token,
    int rate,
    int channels,
    int publishers,
    int subscribers,
    Duration pauseMin,
    Duration pauseMax,
    Set<Fault> faults,
    List<String> jvmOptions,
    boolean keep) {

  private static final String FAULTS =
      String.join(
          ",",
          Arrays.stream(Fault.values())
              .filter(fault -> !fault.needsItsOwnDisk())
              .map(Options::word)
              .toList());

  /** Whoever fills a disk should mean it. */
  private static final long DISK_BYTES_MAX = 2L << 30;

  static final String HELP =
      """
      bench/soak/run: publishers, subscribers on all transports, and faults; the exit code is 0
      only if nothing was lost, repeated or out of order.

        --minutes N        how long to publish under faults (20; fractions allowed)
        --seed N           of all choices (random); the times of threads stay their own
        --rate N           messages a second, all publishers together (200)
        --channels N --publishers N --subscribers N      (4, 4, 18)
        --pause MIN-MAX    seconds between faults (3-12)
        --faults A,B       none, or some of these (all):
                           %s
                           and fill_disk, with --folder
        --folder DIR       where the data directory is made (the system's); fill_disk wants a small file system there
        --jar FILE         the packaged server (target/quarkus-app/quarkus-run.jar)
        --jvm "OPTIONS"    for the server's JVM
        --keep             keep the data directory and the log of a clean run too
        --url URL --token TOKEN    a running server: only the clients' connections fail
      """
          .formatted(FAULTS);

  private static final Map<String, String> DEFAULTS =
      Map.ofEntries(
          Map.entry("--minutes", "20"),
          Map.entry("--seed", ""),
          Map.entry("--rate", "200"),
          Map.entry("--channels", "4"),
          Map.entry("--publishers", "4"),
          Map.entry("--subscribers", "18"),
          Map.entry("--pause", "3-12"),
          Map.entry("--faults", FAULTS),
          Map.entry("--jar", "target/quarkus-app/quarkus-run.jar"),
          Map.entry("--folder", System.getProperty("java.io.tmpdir")),
          Map.entry("--jvm", ""),
          Map.entry("--url", ""),
          Map.entry("--token", ""));

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
    String url = given.get("--url").replaceFirst("/+$", "");
    if (url.isEmpty() != given.get("--token").isEmpty()) {
      throw new IllegalArgumentException("--url and --token belong together");
    }
    Path jar = Path.of(given.get("--jar")).toAbsolutePath();
    if (url.isEmpty() && !Files.isRegularFile(jar)) {
      throw new IllegalArgumentException(
          "no packaged server at " + jar + ": run ./mvnw package, or say --jar");
    }
    Path folder = Path.of(given.get("--folder")).toAbsolutePath();
    Set<Fault> faults = faults(given.get("--faults"), !url.isEmpty());
    if (faults.stream().anyMatch(Fault::needsItsOwnDisk)) {
      checkIsSmall(folder);
    }
    String seed = given.get("--seed");
    String[] pause = given.get("--pause").split("-", 2);
    return new Options(
        Duration.ofMillis((long) (60_000 * number("--minutes", given, Double::valueOf))),
        seed.isEmpty() ? System.nanoTime() & 0xffffff : number("--seed", given, Long::valueOf),
        jar,
        folder,
        url,
        given.get("--token"),
        number("--rate", given, Integer::valueOf),
        number("--channels", given, Integer::valueOf),
        number("--publishers", given, Integer::valueOf),
        number("--subscribers", given, Integer::valueOf),
        seconds(pause[0]),
        seconds(pause[pause.length - 1]),
        faults,
        Arrays.stream(given.get("--jvm").split(" ")).filter(word -> !word.isEmpty()).toList(),
        keep);
  }

  boolean ownServer() {
    return url.isEmpty();
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

  private static void checkIsSmall(Path folder) {
    try {
      if (Files.getFileStore(folder).getTotalSpace() <= DISK_BYTES_MAX) {
        return;
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("--folder: no file system at " + folder, e);
    }
    throw new IllegalArgumentException(
        "fill_disk leaves nobody room on the file system of " + folder + ", which is larger than 2 GiB:\n"
            + "  mount -t tmpfs -o size=700m none /mnt/small && bench/soak/run --folder /mnt/small --faults fill_disk");
  }

  private static Duration seconds(String text) {
    return Duration.ofMillis(
        (long) (1_000 * number("--pause", Map.of("--pause", text), Double::valueOf)));
  }

  private static Set<Fault> faults(String names, boolean foreign) {
    List<String> wanted = List.of(names.split(","));
    Set<Fault> faults = EnumSet.allOf(Fault.class);
    faults.removeIf(fault -> !wanted.contains(word(fault)) || foreign && !fault.needsOnlyTheWire());
    if (!foreign && faults.size() != wanted.size() && !names.equals("none")) {
      throw new IllegalArgumentException("--faults takes none, or some of " + FAULTS + ",fill_disk");
    }
    return faults;
  }

  private static String word(Fault fault) {
    return fault.name().toLowerCase(Locale.ROOT);
  }
}
