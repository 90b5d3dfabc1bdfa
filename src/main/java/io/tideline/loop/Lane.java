package io.tideline.loop;

import java.time.Duration;
import java.util.concurrent.Executor;

/** One I/O thread, as the hub sees it: a place where things happen one after the other. */
public interface Lane extends Executor {
  /** From 0, dense; fixed for the life of the node. */
  int index();

  /** Whether the caller is on this lane. */
  boolean isCurrent();

  /**
   * Runs the task on this lane, later; from any thread; never at once, even if the caller is on the
   * lane.
   */
  @Override
  void execute(Runnable task);

  /**
   * Runs the task on this lane after the lane's sockets had their turn: for work that is done in
   * parts, lest it keep them waiting. The caller is on the lane.
   */
  default void executeAfterSockets(Runnable task) {
    execute(task);
  }

  /**
   * Runs the task on this lane after a delay; not cancellable, so it must ask whether it is still
   * wanted.
   */
  void schedule(Duration delay, Runnable task);

  /** Runs the task at once if the caller is on this lane, else later. */
  default void run(Runnable task) {
    if (isCurrent()) {
      task.run();
    } else {
      execute(task);
    }
  }
}
