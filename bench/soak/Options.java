package soak;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What the command line says; every value has a default that is a fair soak of one machine. */
record Options(
    Duration length,
    long seed,
    Path jar,
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

  static final String HELP =
      """
      bench/soak/run: publishers, subscribers on all transports, and faults; the exit code is 0
      only if nothing was lost, repeated or out of order.

        --minutes N        how long to publish under faults (20; fractions allowed)
        --seed N           of all choices (random); the times of threads stay their own
        --rate N           messages a second, all publishers together (200)
        --channels N --publishers N --subscribers N      (4, 4, 18)
        --pause MIN-MAX    seconds between faults (3-12)
        --faults A,B       of: %s (all)
        --jar FILE         the packaged server (target/quarkus-app/quarkus-run.jar)
        --jvm "OPTIONS"    for the server's JVM
        --keep             keep the data directory and the log of a clean run too
        --url URL --token TOKEN    against a running server: only the clients' connections fail
      """
          .formatted(
              Arrays.toString(Fault.values()).toLowerCase(Locale.ROOT).replaceAll("[\\[\\] ]", ""));

  static Options parse(String[] arguments) {
    double minutes = 20;
    long seed = System.nanoTime() & 0xffffff;
    String jar = "target/quarkus-app/quarkus-run.jar";
    String url = null;
    String token = null;
    String pause = "3-12";
    String faults = "";
    String jvm = "";
    int rate = 200;
    int channels = 4;
    int publishers = 4;
    int subscribers = 18;
    boolean keep = false;
    for (int i = 0; i < arguments.length; i++) {
      String name = arguments[i];
      if (name.equals("--keep")) {
        keep = true;
        continue;
      }
      if (name.equals("--help") || i + 1 == arguments.length) {
        throw new IllegalArgumentException(HELP);
      }
      String value = arguments[++i];
      switch (name) {
        case "--minutes" -> minutes = Double.parseDouble(value);
        case "--seed" -> seed = Long.parseLong(value);
        case "--jar" -> jar = value;
        case "--url" -> url = value.replaceFirst("/+$", "");
        case "--token" -> token = value;
        case "--pause" -> pause = value;
        case "--faults" -> faults = value;
        case "--jvm" -> jvm = value;
        case "--rate" -> rate = Integer.parseInt(value);
        case "--channels" -> channels = Integer.parseInt(value);
        case "--publishers" -> publishers = Integer.parseInt(value);
        case "--subscribers" -> subscribers = Integer.parseInt(value);
        default -> throw new IllegalArgumentException("unknown option " + name + "\n\n" + HELP);
      }
    }
    if ((url == null) != (token == null)) {
      throw new IllegalArgumentException("--url and --token belong together");
    }
    String[] pauses = pause.split("-");
    return new Options(
        Duration.ofMillis((long) (minutes * 60_000)),
        seed,
        Path.of(jar).toAbsolutePath(),
        url,
        token,
        rate,
        channels,
        publishers,
        subscribers,
        Duration.ofSeconds(Long.parseLong(pauses[0])),
        Duration.ofSeconds(Long.parseLong(pauses[pauses.length - 1])),
        faults(faults, url != null),
        words(jvm),
        keep);
  }

  boolean ownServer() {
    return url == null;
  }

  private static Set<Fault> faults(String names, boolean foreign) {
    Set<Fault> faults = EnumSet.allOf(Fault.class);
    if (!names.isEmpty()) {
      faults.retainAll(
          Arrays.stream(names.split(","))
              .map(n -> Fault.valueOf(n.toUpperCase(Locale.ROOT)))
              .toList());
    }
    faults.removeIf(fault -> foreign && !fault.needsOnlyTheWire());
    return faults;
  }

  private static List<String> words(String text) {
    return new ArrayList<>(Arrays.stream(text.split(" ")).filter(word -> !word.isEmpty()).toList());
  }
}
