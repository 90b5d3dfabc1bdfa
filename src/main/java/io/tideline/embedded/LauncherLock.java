package io.tideline.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The right to be the one launcher of a directory. The system takes it back when the JVM ends,
 * however it ends.
 */
record LauncherLock(FileChannel channel) implements AutoCloseable {

  static LauncherLock take(Path directory) throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve("launcher.lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return new LauncherLock(channel);
      }
    } catch (OverlappingFileLockException inThisJvm) {
      // The same answer as for a lock that another process holds.
    }
    channel.close();
    throw new EmbeddedPostgresException(
        "Another Tideline runs on "
            + directory.toAbsolutePath()
            + ". What to do: stop it, or give this one a tideline.data-dir of its own; for several nodes on one database,"
            + " set quarkus.datasource.reactive.url.");
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
