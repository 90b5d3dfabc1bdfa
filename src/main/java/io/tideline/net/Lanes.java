package io.tideline.net;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;

/**
 * All event loops of this process, numbered. There are as many as {@code
 * quarkus.vertx.event-loops-pool-size} says, for the life of the process.
 */
public final class Lanes {
  private final List<EventLoopLane> all;

  private Lanes(List<EventLoopLane> all) {
    this.all = all;
  }

  /** The loops that Vert.x serves connections on. */
  @SuppressWarnings("deprecation") // Vert.x 5 moves it to its internals, and has nothing instead.
  public static Lanes of(Vertx vertx) {
    List<EventLoopLane> lanes = new ArrayList<>();
    for (EventExecutor loop : vertx.nettyEventLoopGroup()) {
      lanes.add(new EventLoopLane(lanes.size(), (EventLoop) loop));
    }
    return new Lanes(List.copyOf(lanes));
  }

  /** By their index. */
  public List<EventLoopLane> all() {
    return all;
  }

  /**
   * The lane that the caller is on: that of the connection, in a callback of one.
   *
   * @throws IllegalStateException if the caller is on no event loop
   */
  public EventLoopLane current() {
    for (EventLoopLane lane : all) {
      if (lane.isCurrent()) {
        return lane;
      }
    }
    throw new IllegalStateException(
        Thread.currentThread().getName()
            + " is no event loop: connections are opened where they live, not on a worker");
  }
}
