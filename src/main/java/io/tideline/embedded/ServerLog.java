package io.tideline.embedded;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** The file that the server writes its messages to, bounded, with one predecessor kept. */
record ServerLog(Path path) {
  static final long BYTES_MAX = 8L * 1024 * 1024;
  private static final int TAIL_BYTES = 2 * 1024;

  File file() {
    return path.toFile();
  }

  long size() throws IOException {
    return Files.exists(path) ? Files.size(path) : 0;
  }

  /**
   * Moves the content away once it is large. The server keeps the file open for appending, so the
   * content is copied and cut rather than the file renamed; a line written in between is lost.
   */
  void bound() throws IOException {
    if (size() <= BYTES_MAX) {
      return;
    }
    Files.copy(
        path, path.resolveSibling(path.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.truncate(0);
    }
  }

  /** The last lines written since the file had that size. */
  String tailSince(long start) throws IOException {
    try (RandomAccessFile in = new RandomAccessFile(file(), "r")) {
      long from = Math.max(Math.min(start, in.length()), in.length() - TAIL_BYTES);
      byte[] bytes = new byte[(int) (in.length() - from)];
      in.seek(from);
      in.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8).strip();
    }
  }
}
