package io.tideline.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A program that is run to its end, whatever it does with its output. */
class CommandTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private static Subprocess.Outcome run(String script, Duration timeout) {
    return new Subprocess(List.of("sh", "-c", script), timeout).run();
  }

  @Test
  void keepsWhatWasSaidOnBothStreams() {
    Subprocess.Outcome outcome = run("echo out; echo err >&2; exit 3", LONG);
    assertEquals(3, outcome.exitCode());
    assertEquals("out\nerr", outcome.output());
  }

  @Test
  void answersFromItsInput() {
    assertEquals("given", new Subprocess(List.of("cat"), LONG).run("given").output());
  }

  /** The root file system may be read-only, and with it the folder of temporary files. */
  @Test
  void needsNoFileForTheOutput() {
    assertTrue(run("readlink /proc/self/fd/1", LONG).output().startsWith("pipe:"));
  }

  @Test
  void keepsTheHeadOfALongOutputAndWaitsForTheEnd() {
    Subprocess.Outcome outcome = run("head -c 1000000 /dev/zero | tr '\\0' x", LONG);
    assertTrue(outcome.succeeded());
    assertEquals(64 * 1024, outcome.output().length());
  }

  @Test
  @Timeout(20)
  void isStoppedAfterItsTimeAlthoughAChildKeepsThePipe() {
    Subprocess.Outcome outcome = run("echo said; sleep 25", Duration.ofSeconds(1));
    assertFalse(outcome.succeeded());
    assertEquals("said\n(stopped after 1 s)", outcome.output());
  }

  @Test
  void saysWhatIsMissing() {
    Subprocess.Outcome outcome = new Subprocess(List.of("no-such-program"), LONG).run();
    assertFalse(outcome.succeeded());
    assertTrue(outcome.output().contains("no-such-program"), outcome.output());
  }
}
