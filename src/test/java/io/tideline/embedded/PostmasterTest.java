package io.tideline.embedded;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class PostmasterTest {
  @TempDir Path cluster;

  /** The system still lists it, as its parent has never asked how it ended. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void takesAZombieForDead() throws IOException {
    Process parent = new ProcessBuilder("sh", "-c", "sleep 0.2 & echo $!; exec sleep 60").start();
    try (BufferedReader output = parent.inputReader()) {
      ProcessHandle child = ProcessHandle.of(Long.parseLong(output.readLine())).orElseThrow();
      await().atMost(Duration.ofSeconds(10)).until(() -> !new Postmaster(child, 1).isAlive());
      assertTrue(child.isAlive(), "or it was no zombie");
    } finally {
      parent.destroyForcibly();
    }
  }

  @Test
  void takesNoProcessForAServerOfThisClusterUnlessItSaysSo() throws IOException {
    write(Long.toString(ProcessHandle.current().pid()), "ready   ");
    assertEquals(Optional.empty(), Postmaster.runningOn(cluster));
  }

  @Test
  void readsPortAndStatus() throws IOException {
    write("77", "ready   ");
    assertEquals(Optional.of(new PostmasterFile(77, 5433, true)), PostmasterFile.read(cluster));
    write("77", "starting");
    assertFalse(PostmasterFile.read(cluster).orElseThrow().ready());
  }

  @Test
  void waitsForAFileThatIsHalfWritten() throws IOException {
    assertEquals(Optional.empty(), PostmasterFile.read(cluster));
    Files.writeString(cluster.resolve("postmaster.pid"), "77\n/data\n");
    assertEquals(Optional.empty(), PostmasterFile.read(cluster));
    write("", "ready   ");
    assertEquals(Optional.empty(), PostmasterFile.read(cluster));
  }

  private void write(String pid, String status) throws IOException {
    String[] lines = {
      pid, cluster.toString(), "1700000000", "5433", "", "127.0.0.1", "0 0", status
    };
    Files.writeString(cluster.resolve("postmaster.pid"), String.join("\n", lines) + "\n");
  }
}
