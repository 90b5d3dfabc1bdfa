package io.tideline.loop;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;

/** A lane that runs when it is told to, in time that passes when it is told to. */
public final class ManualLane implements Lane {
  private final int index;
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final List<Timer> timers = new ArrayList<>();
  private Duration now = Duration.ZERO;
  private boolean isCurrent;

  private record Timer(Duration at, Runnable task) {}

  public ManualLane(int index) {
    this.index = index;
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
    tasks.add(task);
  }

  @Override
  public void schedule(Duration delay, Runnable task) {
    timers.add(new Timer(now.plus(delay), task));
  }

  /** Runs the task on this lane, and all that follows from it at once. */
  public void does(Runnable task) {
    execute(task);
    runAll();
  }

  /** Runs what waits until nothing does. */
  public void runAll() {
    while (!tasks.isEmpty()) {
      runOne();
    }
  }

  public void runOne() {
    isCurrent = true;
    try {
      tasks.remove().run();
    } finally {
      isCurrent = false;
    }
  }

  public int waiting() {
    return tasks.size();
  }

  /** Lets time pass, and runs what is due by then. */
  public void pass(Duration time) {
    Duration until = now.plus(time);
    runAll();
    Timer next = nextTimer(until);
    while (next != null) {
      timers.remove(next);
      now = next.at();
      execute(next.task());
      runAll();
      next = nextTimer(until);
    }
    now = until;
  }

  /** As {@link System#nanoTime()}, in the time of this lane. */
  public long nanoTime() {
    return now.toNanos();
  }

  private Timer nextTimer(Duration until) {
    return timers.stream()
        .filter(timer -> timer.at().compareTo(until) <= 0)
        .min(Comparator.comparing(Timer::at))
        .orElse(null);
  }
}
