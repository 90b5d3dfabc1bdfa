package io.tideline.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerLogTest {
  @TempDir Path directory;

  @Test
  void movesALargeLogAwayUnderItsWriter() throws IOException {
    ServerLog log = new ServerLog(directory.resolve("server.log"));
    try (OutputStream writer = append(log)) {
      writer.write(new byte[(int) ServerLog.BYTES_MAX]);
      log.bound();
      assertEquals(ServerLog.BYTES_MAX, log.size());
      writer.write("one more\n".getBytes(StandardCharsets.UTF_8));
      log.bound();
      assertEquals(0, log.size());
      assertEquals(ServerLog.BYTES_MAX + 9, Files.size(directory.resolve("server.log.1")));
      writer.write("later\n".getBytes(StandardCharsets.UTF_8));
    }
    assertEquals("later", Files.readString(log.path()).strip());
  }

  @Test
  void showsWhatWasWrittenSince() throws IOException {
    ServerLog log = new ServerLog(directory.resolve("server.log"));
    Files.writeString(log.path(), "before\n");
    long start = log.size();
    try (OutputStream writer = append(log)) {
      writer.write("x\n".repeat(10_000).getBytes(StandardCharsets.UTF_8));
      writer.write("FATAL: the reason\n".getBytes(StandardCharsets.UTF_8));
    }
    String tail = log.tailSince(start);
    assertEquals("FATAL: the reason", tail.lines().reduce((first, second) -> second).orElse(""));
    assertFalse(tail.length() > 4_096, "bounded");
    assertEquals("", log.tailSince(log.size()));
  }

  private static OutputStream append(ServerLog log) throws IOException {
    return Files.newOutputStream(log.path(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}
