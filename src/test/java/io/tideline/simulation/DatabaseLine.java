package io.tideline.simulation;

import io.tideline.stream.MemoryHistory;
import io.tideline.stream.MemoryHistory.Fault;

/** The way between one node and the database: slow, now and then faulty, and sometimes cut. */
final class DatabaseLine implements MemoryHistory.Faults, MemoryHistory.Delivery {
  /** How long it may take to find out what became of a batch. */
  private static final long FOUND_MICROS_MAX = 3_000_000;

  private final World world;
  private boolean isCut;
  private boolean isDead;
  private long lateMicros;
  private long troubledMicros;

  DatabaseLine(World world) {
    this.world = world;
  }

  void cut(boolean cuts) {
    isCut = cuts && !world.weather().isCalm();
  }

  /** Nothing arrives any more. */
  void die() {
    isDead = true;
  }

  /** Until when something went wrong, or went slower than usual. */
  long troubledMicros() {
    return troubledMicros;
  }

  @Override
  public Fault next() {
    Fault fault = isCut ? Fault.UNAVAILABLE : world.weather().fault();
    lateMicros = fault == Fault.ANSWER_FOUND ? world.random().nextLong(FOUND_MICROS_MAX) : 0;
    if (fault != Fault.NONE) {
      troubledMicros = Math.max(troubledMicros, world.time().micros() + lateMicros);
    }
    return fault;
  }

  @Override
  public void deliver(Runnable answer) {
    world
        .time()
        .after(
            world.weather().answerMicros() + lateMicros,
            () -> {
              if (!isDead) {
                answer.run();
              }
            });
  }
}
