package io.tideline.session;

import io.tideline.access.Identity;
import io.tideline.limit.KeyedCounter;
import io.tideline.limit.TokenBucket;
import io.tideline.protocol.Problem;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets live connections in, as many and as fast as this node may take: WebSockets, event streams,
 * and polls that wait. Any thread.
 */
public final class Admission {
  private final int connectionsMax;
  private final KeyedCounter byAddress;
  private final KeyedCounter bySubject;
  private final TokenBucket arrivals;
  private final TransportEvents events;
  private volatile boolean isClosed;
  private final AtomicInteger connections = new AtomicInteger();

  /**
   * Makes an admission with nobody in.
   *
   * @param connectionsMax at a time
   * @param perAddressMax at a time from one address
   * @param perSubjectMax at a time with tokens of one subject
   * @param newPerSecond new ones a second, and as many at once
   * @param events told of each that isn't let in
   * @param nanoTime as {@link System#nanoTime()}
   */
  public Admission(
      int connectionsMax,
      int perAddressMax,
      int perSubjectMax,
      int newPerSecond,
      TransportEvents events,
      LongSupplier nanoTime) {
    this.connectionsMax = connectionsMax;
    this.byAddress = new KeyedCounter(perAddressMax);
    this.bySubject = new KeyedCounter(perSubjectMax);
    this.events = events;
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

    /** Whose it is; null for anybody's. */
    private @Nullable String subject;

    private boolean isLeft;

    private Place(String address) {
      this.address = address;
    }

    /** Where the client is, as it is counted: of an IPv6 address the network. */
    public String address() {
      return address;
    }

    /** It is another's from now on; false if there is no room for one more of theirs. */
    public synchronized boolean become(Identity identity) {
      String next = identity.subject();
      if (isLeft || Objects.equals(next, subject)) {
        return true;
      }
      if (next != null && !bySubject.enter(next)) {
        events.limited(Limit.CONNECTIONS_PER_SUBJECT);
        return false;
      }
      leaveSubject();
      subject = next;
      return true;
    }

    private void leaveSubject() {
      if (subject != null) {
        bySubject.leave(subject);
      }
    }

    /** The connection is gone; only the first call counts. */
    public synchronized void leave() {
      if (!isLeft) {
        isLeft = true;
        connections.decrementAndGet();
        byAddress.leave(address);
        leaveSubject();
      }
    }
  }

  /**
   * Asks for a place.
   *
   * @param address of the client, as text; behind a proxy it is the proxy's unless Quarkus is told
   *     to believe what that forwards
   * @param identity who comes; nobody is counted by subject as long as it is anonymous
   */
  public Entry enter(String address, Identity identity) {
    if (isClosed) {
      return new Entry.Refused(Problem.OVERLOADED);
    }
    if (connections.incrementAndGet() > connectionsMax) {
      connections.decrementAndGet();
      return refused(Limit.CONNECTIONS, Problem.OVERLOADED);
    }
    if (!byAddress.enter(address)) {
      connections.decrementAndGet();
      return refused(Limit.CONNECTIONS_PER_ADDRESS, Problem.TOO_MANY_REQUESTS);
    }
    Place place = new Place(address);
    if (!place.become(identity)) {
      place.leave();
      return new Entry.Refused(Problem.TOO_MANY_REQUESTS);
    }
    if (!arrivals.take()) {
      place.leave();
      return refused(Limit.NEW_CONNECTIONS, Problem.OVERLOADED);
    }
    return new Entry.Admitted(place);
  }

  private Entry refused(Limit limit, Problem why) {
    events.limited(limit);
    return new Entry.Refused(why);
  }

  /** Lets nobody in any more: this node goes away. */
  public void close() {
    isClosed = true;
  }

  /** Whether nobody is let in any more. */
  public boolean isClosed() {
    return isClosed;
  }

  /** Connections that are in. */
  public int connections() {
    return connections.get();
  }
}
