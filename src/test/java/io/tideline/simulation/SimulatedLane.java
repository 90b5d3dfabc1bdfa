package io.tideline.simulation;

import io.tideline.hub.Lane;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Random;

/**
 * An I/O thread that isn't one: it runs its tasks in order, one an event, after delays that the
 * seed decides. It can stand still, and it can die with everything that waits in it.
 */
final class SimulatedLane implements Lane {
  private final int index;
  private final VirtualTime time;
  private final Random random;
  private final int delayMicrosMax;
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private boolean isCurrent;
  private boolean isScheduled;
  private boolean isPaused;
  private boolean isDead;

  SimulatedLane(int index, VirtualTime time, Random random, int delayMicrosMax) {
    this.index = index;
    this.time = time;
    this.random = random;
    this.delayMicrosMax = delayMicrosMax;
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public boolean isCurrent() {
    return isCurrent;
  }

  @Override
  public void execute(Runnable task) {
    if (!isDead) {
      tasks.add(task);
      goOn();
    }
  }

  @Override
  public void schedule(Duration delay, Runnable task) {
    time.after(delay, () -> execute(task));
  }

  void pause() {
    isPaused = true;
  }

  void resume() {
    isPaused = false;
    goOn();
  }

  void die() {
    isDead = true;
    tasks.clear();
  }

  private void goOn() {
    if (!isScheduled && !isPaused && !tasks.isEmpty()) {
      isScheduled = true;
      time.after(random.nextInt(delayMicrosMax), this::step);
    }
  }

  private void step() {
    isScheduled = false;
    if (isDead || isPaused) {
      return;
    }
    isCurrent = true;
    try {
      tasks.remove().run();
    } finally {
      isCurrent = false;
    }
    goOn();
  }
}
