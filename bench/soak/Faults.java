package soak;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import parts.Tally;
import parts.Threads;
import parts.Wire;

/** Does one harm after the other, and sees to it that the server is ready again after each. */
final class Faults {
  private static final long FREEZE_MILLIS_MAX = 6_000;
  private static final long FULL_MILLIS_MAX = 8_000;
  private static final long STALL_MILLIS_MAX = 8_000;

  private final Options options;
  private final Server server;
  private final Wire wire;
  private final Tally tally;
  private final Random random;
  private final List<Fault> kinds;

  /** {@code server} is null where it isn't ours. */
  Faults(Options options, Server server, Wire wire, Tally tally, Random random) {
    this.options = options;
    this.server = server;
    this.wire = wire;
    this.tally = tally;
    this.random = random;
    this.kinds = new ArrayList<>(options.faults());
  }

  long pauseMillis() {
    long min = options.pauseMin().toMillis();
    return min + (long) (random.nextDouble() * (options.pauseMax().toMillis() - min));
  }

  Optional<Fault> any() throws IOException {
    if (kinds.isEmpty()) {
      return Optional.empty();
    }
    Fault fault = kinds.get(random.nextInt(kinds.size()));
    tally.fault(fault);
    inflict(fault);
    return Optional.of(fault);
  }

  private void inflict(Fault fault) throws IOException {
    switch (fault) {
      case KILL_SERVER -> {
        server.kill();
        restart();
      }
      case STOP_SERVER -> {
        server.stop();
        restart();
      }
      case CRASH_DATABASE, KILL_BACKEND, FREEZE_DATABASE, FILL_DISK -> {
        tally.databaseAwaySinceNanos = System.nanoTime();
        hurtDatabase(fault);
        server.awaitReady();
        tally.databaseAwaySinceNanos = 0;
      }
      case KILL_BOTH -> {
        server.kill();
        server.crashDatabase();
        restart();
      }
      case CUT -> wire.cut();
      case STALL -> wire.stall(1_000 + random.nextInt((int) STALL_MILLIS_MAX - 1_000), random);
    }
  }

  private void hurtDatabase(Fault fault) throws IOException {
    switch (fault) {
      case CRASH_DATABASE -> {
        Optional<ProcessHandle> before = server.database();
        server.crashDatabase();
        server.awaitOtherDatabase(before);
      }
      case KILL_BACKEND -> server.killBackend();
      case FREEZE_DATABASE ->
          server.freezeDatabase(1_000 + random.nextInt((int) FREEZE_MILLIS_MAX - 1_000));
      case FILL_DISK -> server.fillDisk(1_000 + random.nextInt((int) FULL_MILLIS_MAX - 1_000));
      default -> throw new IllegalArgumentException(fault + " is not about the database");
    }
  }

  /** Now and then the server is killed again while it starts. */
  private void restart() throws IOException {
    server.launch();
    if (random.nextInt(5) == 0) {
      Threads.pause(random.nextInt(3_000));
      server.kill();
      server.launch();
    }
    server.awaitReady();
  }
}
