package io.tideline.transport;

import io.tideline.protocol.Problem;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Lets live connections in, as many and as fast as this node may take: WebSockets, event streams,
 * and polls that wait. Any thread.
 */
public final class Admission {
  private final int connectionsMax;
  private final int perAddressMax;
  private final TokenBucket arrivals;
  private volatile boolean isClosed;
  private final AtomicInteger connections = new AtomicInteger();
  private final ConcurrentHashMap<String, Integer> byAddress = new ConcurrentHashMap<>();

  /**
   * Makes an admission with nobody in.
   *
   * @param connectionsMax at a time
   * @param perAddressMax at a time from one address
   * @param newPerSecond new ones a second, and as many at once
   * @param nanoTime as {@link System#nanoTime()}
   */
  public Admission(int connectionsMax, int perAddressMax, int newPerSecond, LongSupplier nanoTime) {
    this.connectionsMax = connectionsMax;
    this.perAddressMax = perAddressMax;
    this.arrivals = new TokenBucket(newPerSecond, newPerSecond, nanoTime);
  }

  /** What became of an attempt to come in. */
  public sealed interface Entry {
    /** In, until {@link Place#leave}. */
    record Admitted(Place place) implements Entry {}

    /** Not now. */
    record Refused(Problem why) implements Entry {}
  }

  /** One connection's place. */
  public final class Place {
    private final String address;
    private final AtomicBoolean isLeft = new AtomicBoolean();

    private Place(String address) {
      this.address = address;
    }

    /** The connection is gone; only the first call counts. */
    public void leave() {
      if (isLeft.compareAndSet(false, true)) {
        connections.decrementAndGet();
        byAddress.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
      }
    }
  }

  /**
   * Asks for a place.
   *
   * @param address of the client, as text; behind a proxy it is the proxy's unless Quarkus is told
   *     to believe what that forwards
   */
  public Entry enter(String address) {
    if (isClosed) {
      return new Entry.Refused(Problem.OVERLOADED);
    }
    if (connections.incrementAndGet() > connectionsMax) {
      connections.decrementAndGet();
      return new Entry.Refused(Problem.OVERLOADED);
    }
    if (byAddress.merge(address, 1, Integer::sum) > perAddressMax) {
      new Place(address).leave();
      return new Entry.Refused(Problem.TOO_MANY_REQUESTS);
    }
    Place place = new Place(address);
    if (!arrivals.take()) {
      place.leave();
      return new Entry.Refused(Problem.OVERLOADED);
    }
    return new Entry.Admitted(place);
  }

  /** Asks for a place for the request's connection, kept until that is closed. */
  public Entry enter(HttpServerRequest request) {
    Entry entry = enter(request.remoteAddress().hostAddress());
    if (entry instanceof Entry.Admitted admitted) {
      var unused =
          NettyChannel.of(request.connection())
              .closeFuture()
              .addListener(closed -> admitted.place().leave());
    }
    return entry;
  }

  /** Lets nobody in any more: this node goes away. */
  public void close() {
    isClosed = true;
  }

  /** Connections that are in. */
  public int connections() {
    return connections.get();
  }
}
