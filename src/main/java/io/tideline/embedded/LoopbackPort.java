package io.tideline.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * The TCP port of the server: chosen once, written down, and kept as long as nobody else has taken
 * it.
 */
record LoopbackPort(PrivateFile file) {
  /**
   * Below the range from which systems serve outgoing connections, one of which could sit on our
   * port while we are down.
   */
  private static final int PORT_MIN = 20_000;

  private static final int PORT_MAX = 32_767;
  private static final int ATTEMPTS_MAX = 100;

  LoopbackPort(Path path) {
    this(new PrivateFile(path));
  }

  int choose() throws IOException {
    Optional<Integer> kept = file.read().map(Integer::valueOf).filter(LoopbackPort::isFree);
    if (kept.isPresent()) {
      return kept.get();
    }
    int port = anyFree();
    file.write(Integer.toString(port));
    return port;
  }

  private static int anyFree() {
    RandomGenerator random = RandomGenerator.getDefault();
    return random
        .ints(ATTEMPTS_MAX, PORT_MIN, PORT_MAX + 1)
        .filter(LoopbackPort::isFree)
        .findFirst()
        .orElseThrow(
            () ->
                new EmbeddedPostgresException(
                    "No free TCP port for PostgreSQL on 127.0.0.1: tried "
                        + ATTEMPTS_MAX
                        + " between "
                        + PORT_MIN
                        + " and "
                        + PORT_MAX
                        + "."));
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      // As PostgreSQL does: else connections of the last run that linger in TIME_WAIT would look
      // like an owner.
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }
}
