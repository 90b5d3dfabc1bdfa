package io.tideline.transport;

import io.netty.channel.EventLoop;
import io.tideline.hub.Lane;
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

  @Override
  public void schedule(Duration delay, Runnable task) {
    var unused = loop.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public String toString() {
    return "lane " + index;
  }
}
