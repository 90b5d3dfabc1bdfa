package io.tideline.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveTest {
  @TempDir Path directory;

  @Test
  void unpacksOnceAndLeavesTheWorkOfOthersAlone() throws IOException {
    Path inProgress = Files.createDirectories(directory.resolve("unpacking-now/bin"));
    Path left = Files.createDirectories(directory.resolve("unpacking-killed"));
    Path superseded = Files.createDirectories(directory.resolve("0123456789abcdef"));
    age(left);
    age(superseded);

    Path home = archive().unpackInto(directory);
    FileTime unpacked = Files.getLastModifiedTime(home.resolve("bin/postgres"));
    assertTrue(Files.isExecutable(home.resolve("bin/initdb")));
    assertEquals(home, archive().unpackInto(directory));
    assertEquals(unpacked, Files.getLastModifiedTime(home.resolve("bin/postgres")));

    assertTrue(Files.exists(inProgress));
    assertFalse(Files.exists(left));
    assertFalse(Files.exists(superseded));
  }

  @Test
  void isNamedAsItsPlatform() {
    assertEquals("postgres-linux-x86_64.txz", new Platform("linux", "x86_64", false).archive());
    assertEquals(
        "postgres-linux-arm_64-alpine_linux.txz", new Platform("linux", "arm_64", true).archive());
    assertEquals("postgres-darwin-arm_64.txz", new Platform("darwin", "arm_64", false).archive());
  }

  @Test
  void saysWhatItTriedWhereNothingRuns() {
    Unprivileged refusing = new Unprivileged.Namespace(Path.of("/bin/false"));
    EmbeddedPostgresException nothing =
        assertThrows(
            EmbeddedPostgresException.class,
            () -> Binaries.find(directory, refusing, OptionalInt.empty()));
    for (String part :
        List.of(
            "No PostgreSQL binaries that run here",
            "install PostgreSQL 14 or newer",
            "quarkus.datasource")) {
      assertTrue(nothing.getMessage().contains(part), nothing.getMessage());
    }
  }

  private static Archive archive() {
    return Archive.on(Platform.current()).orElseThrow();
  }

  private static void age(Path path) throws IOException {
    Files.setLastModifiedTime(path, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
  }
}
