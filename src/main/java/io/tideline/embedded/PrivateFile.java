package io.tideline.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;

/** A small text file that only its owner can read (0600), replaced as a whole or not at all. */
public record PrivateFile(Path path) {
  private static final long BYTES_MAX = 64 * 1024;

  public PrivateFile {
    Objects.requireNonNull(path, "path");
  }

  /** The content without the white space around it; empty if there is no such file. */
  public Optional<String> read() throws IOException {
    try {
      long size = Files.size(path);
      if (size > BYTES_MAX) {
        throw new IOException(path + " has " + size + " bytes, expected at most " + BYTES_MAX);
      }
      return Optional.of(Files.readString(path).strip());
    } catch (NoSuchFileException absent) {
      return Optional.empty();
    }
  }

  /** Writes one line (or several) and makes it durable before the name points to it. */
  public void write(String content) throws IOException {
    Path directory = path.toAbsolutePath().getParent();
    Files.createDirectories(directory);
    // createTempFile makes the file 0600, so the secret is never readable by others, not even for a
    // moment.
    Path draft = Files.createTempFile(directory, "." + path.getFileName(), ".tmp");
    try {
      try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap((content + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(draft);
    }
    Directories.force(directory);
  }
}
