package io.tideline.net;

import io.netty.channel.EventLoop;
import io.tideline.loop.Lane;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * A Netty event loop as a lane. Its tasks run on the loop's thread without a Vert.x context; an
 * exception in one is logged by Netty and harms no other.
 */
public final class EventLoopLane implements Lane {
  private final int index;
  private final EventLoop loop;

  EventLoopLane(int index, EventLoop loop) {
    this.index = index;
    this.loop = Objects.requireNonNull(loop, "loop");
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public boolean isCurrent() {
    return loop.inEventLoop();
  }

  @Override
  public void execute(Runnable task) {
    loop.execute(task);
  }

  /**
   * As a timer that is due, because up to 64 tasks of the loop's queue are run before it looks at
   * its sockets. Other threads come first too: where the processors are full, a database on the
   * same machine would else wait out this thread's time slice at each of its steps, which halves
   * what such a machine delivers; where they aren't, yielding costs less than a microsecond.
   */
  @Override
  @SuppressWarnings("ThreadPriorityCheck") // Nothing relies on it; it makes a full machine faster.
  public void executeAfterSockets(Runnable task) {
    Thread.yield();
    schedule(Duration.ZERO, task);
  }

  @Override
  public void schedule(Duration delay, Runnable task) {
    var unused = loop.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public String toString() {
    return "lane " + index;
  }
}
