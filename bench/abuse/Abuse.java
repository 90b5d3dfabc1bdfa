package abuse;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Attacks a server in each way in turn, from another process, and prints beside each how somebody
 * fared who did no harm meanwhile. Exit code 0 only if nobody noticed: nothing lost, no connection
 * cut, and 99 of 100 messages within five times of what they take in quiet, or 250 ms.
 */
public final class Abuse {
  private static final double SLOW_MILLIS = 250;
  private static final double SLOWER_THAN_QUIET = 5;
  private static final long GROWTH_MIB_MAX = 400;

  /** Until an address that was shut out for floods is let in again. */
  private static final long REST_MILLIS = 12_000;

  private Abuse() {}

  public static void main(String[] arguments) throws Exception {
    if (arguments.length > 0 && arguments[0].equals("attack")) {
      Attack attack = Attack.valueOf(arguments[1]);
      attack.run(URI.create(arguments[2]), arguments[3], Duration.ofSeconds(Long.parseLong(arguments[4])));
      return;
    }
    List<String> words = List.of(arguments);
    long seconds = Long.parseLong(option(words, "--seconds", "10"));
    List<Attack> attacks =
        words.contains("--only")
            ? Arrays.stream(option(words, "--only", "").split(",")).map(Abuse::attack).toList()
            : List.of(Attack.values());
    Path jar = Path.of(option(words, "--jar", "target/quarkus-app/quarkus-run.jar"));
    boolean isClean;
    try (Server server = Server.start(jar, option(words, "--heap", "512m"))) {
      isClean = run(server, attacks, Duration.ofSeconds(seconds));
    }
    System.exit(isClean ? 0 : 1);
  }

  private static Attack attack(String name) {
    return Attack.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  private static String option(List<String> words, String name, String otherwise) {
    int at = words.indexOf(name);
    return at < 0 ? otherwise : words.get(at + 1);
  }

  private static boolean run(Server server, List<Attack> attacks, Duration time)
      throws IOException, InterruptedException, GeneralSecurityException {
    List<String> failed = new ArrayList<>();
    String mine = server.token("healthy", "{\"subscribe\":[\"healthy:*\"],\"publish\":[\"healthy:*\"]}");
    String theirs = server.token("attacker", "{\"subscribe\":[\"attack:*\"],\"publish\":[\"attack:*\"]}");
    try (Healthy healthy = new Healthy(server.url(), mine)) {
      healthy.start();
      Thread.sleep(8_000); // the JVM compiles what it runs
      healthy.report();
      Thread.sleep(time.toMillis());
      Healthy.Report quiet = healthy.report();
      double allowed = Math.max(SLOW_MILLIS, SLOWER_THAN_QUIET * quiet.worst());
      System.out.println("| attack | WebSocket p50, p99 ms | SSE p50, p99 ms | publish p50, p99 ms | not stored | lost | RSS MiB |");
      System.out.println("|---|---|---|---|---|---|---|");
      long before = server.residentMiB();
      print("none", quiet, before, before);
      for (Attack attack : attacks) {
        long resident = server.residentMiB();
        attackFromElsewhere(attack, server.url(), theirs, time);
        Healthy.Report report = healthy.report();
        long after = server.isAlive() ? server.residentMiB() : 0;
        print(attack.title(), report, resident, after);
        if (!server.isAlive() || report.isCut() || report.lost() > 0 || !(report.worst() <= allowed)) {
          failed.add(attack.title());
        }
        Thread.sleep(REST_MILLIS);
        healthy.report();
      }
      long growth = server.residentMiB() - before;
      System.out.printf(Locale.ROOT, "%nRSS grew by %d MiB over all of it; p99 allowed: %.0f ms.%n", growth, allowed);
      if (growth > GROWTH_MIB_MAX) {
        failed.add("memory");
      }
    }
    System.out.println(failed.isEmpty() ? "Nobody noticed." : "Noticed: " + String.join(", ", failed) + " (log: " + server.log() + ")");
    return failed.isEmpty();
  }

  /** In a process of its own, so that the attacker's work isn't the measuring one's. */
  private static void attackFromElsewhere(Attack attack, URI url, String token, Duration time)
      throws IOException, InterruptedException {
    Process attacker =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                Abuse.class.getName(),
                "attack",
                attack.name(),
                url.toString(),
                token,
                Long.toString(time.toSeconds()))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    if (!attacker.waitFor(time.toSeconds() + 20, TimeUnit.SECONDS)) {
      attacker.destroyForcibly().waitFor();
    }
  }

  private static void print(String title, Healthy.Report report, long before, long after) {
    System.out.printf(
        Locale.ROOT,
        "| %s | %.1f, %.1f | %.1f, %.1f | %.1f, %.1f | %d | %d%s | %d → %d |%n",
        title,
        report.socket()[0],
        report.socket()[1],
        report.events()[0],
        report.events()[1],
        report.publish()[0],
        report.publish()[1],
        report.refused(),
        report.lost(),
        report.isCut() ? ", cut" : "",
        before,
        after);
  }
}
