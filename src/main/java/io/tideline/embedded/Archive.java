package io.tideline.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/** The PostgreSQL binaries that came with us on the class path, as a {@code .txz}. */
record Archive(String resource) {
  private static final Duration SUPERSEDED_AFTER = Duration.ofHours(1);
  private static final int NAME_BYTES = 8;

  static Optional<Archive> on(Platform platform) {
    Archive archive = new Archive(platform.archive());
    return archive.exists() ? Optional.of(archive) : Optional.empty();
  }

  /**
   * Unpacks into a directory named by the content, unless that was done before. The name appears
   * only when all is there, so a kill half way leaves nothing that could be taken for whole.
   */
  Path unpackInto(Path directory) throws IOException {
    Files.createDirectories(directory);
    Path home = directory.resolve(name());
    if (Files.isDirectory(home)) {
      return home;
    }
    Path draft = Files.createTempDirectory(directory, "unpacking-");
    try {
      unpack(draft);
      // The server may run as another user than ours, who has to read these.
      Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.move(draft, home, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException
        | java.nio.file.DirectoryNotEmptyException othersWereFaster) {
      return home;
    } finally {
      Directories.delete(draft);
    }
    Directories.force(directory);
    deleteSuperseded(directory, home);
    return home;
  }

  private boolean exists() {
    return loader().getResource(resource) != null;
  }

  private InputStream open() throws IOException {
    InputStream in = loader().getResourceAsStream(resource);
    if (in == null) {
      throw new IOException(resource + " is not on the class path");
    }
    return in;
  }

  private static ClassLoader loader() {
    return Archive.class.getClassLoader();
  }

  private String name() throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      try (InputStream in = new DigestInputStream(open(), digest)) {
        in.transferTo(java.io.OutputStream.nullOutputStream());
      }
      return HexFormat.of().formatHex(digest.digest(), 0, NAME_BYTES);
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }

  private void unpack(Path home) throws IOException {
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(new XZCompressorInputStream(open()))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        Path target = home.resolve(entry.getName()).normalize();
        if (!target.startsWith(home)) {
          throw new IOException(resource + " holds a path outside of itself: " + entry.getName());
        }
        unpackEntry(tar, entry, target);
      }
    }
  }

  private static void unpackEntry(TarArchiveInputStream tar, TarArchiveEntry entry, Path target)
      throws IOException {
    if (entry.isDirectory()) {
      Files.createDirectories(target);
      return;
    }
    Files.createDirectories(target.getParent());
    if (entry.isSymbolicLink()) {
      Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
      return;
    }
    if (entry.isLink()) {
      Files.createLink(target, target.resolveSibling(entry.getLinkName()));
      return;
    }
    Files.copy(tar, target);
    boolean executable = (entry.getMode() & 0b001_000_000) != 0;
    Files.setPosixFilePermissions(
        target, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
  }

  /**
   * Binaries of earlier versions, and what killed launchers left; recent ones may be another
   * launcher's work in progress.
   */
  private static void deleteSuperseded(Path directory, Path current) throws IOException {
    List<Path> others;
    try (var entries = Files.list(directory)) {
      others = entries.filter(entry -> !entry.equals(current)).toList();
    }
    Instant limit = Instant.now().minus(SUPERSEDED_AFTER);
    for (Path other : others) {
      if (Files.getLastModifiedTime(other, LinkOption.NOFOLLOW_LINKS).toInstant().isBefore(limit)) {
        Directories.delete(other);
      }
    }
  }
}
