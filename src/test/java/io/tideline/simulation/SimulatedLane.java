package io.tideline.simulation;

import io.tideline.loop.Lane;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * An I/O thread that isn't one: it runs its tasks in order, one an event, after delays that the
 * seed decides. It can stand still, and it can die with everything that waits in it.
 */
final class SimulatedLane implements Lane {
  private final int index;
  private final World world;
  private final SimulatedNode node;
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private int connections;
  private int toDrain;
  private int drained;
  private boolean isCurrent;
  private boolean isScheduled;
  private boolean isPaused;
  private boolean isDead;

  SimulatedLane(int index, World world, SimulatedNode node) {
    this.index = index;
    this.world = world;
    this.node = node;
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
    world.time().after(delay, () -> execute(task));
  }

  /** How much waits here. */
  int backlog() {
    return tasks.size();
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
      world.time().after(world.random().nextInt(world.scale().laneDelayMicrosMax()), this::step);
    }
  }

  private void step() {
    isScheduled = false;
    if (isDead || isPaused) {
      return;
    }
    world.stirs(node);
    node.works(this);
    isCurrent = true;
    try {
      tasks.remove().run();
    } finally {
      isCurrent = false;
    }
    goOn();
  }

  // --- who is connected through it

  int connections() {
    return connections;
  }

  void connected() {
    connections++;
    toDrain++;
  }

  void disconnected() {
    connections--;
  }

  /** From now on those who are here, and those who still come, are sent away. */
  void drains() {
    toDrain = connections;
  }

  /** One more is; returns which part of all that is. */
  double drained() {
    return (double) ++drained / toDrain;
  }
}
