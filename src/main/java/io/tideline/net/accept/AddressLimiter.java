package io.tideline.net.accept;

import io.tideline.limit.KeyedCounter;
import io.tideline.limit.OnceInAWhile;
import io.tideline.limit.TokenBucket;
import io.tideline.net.ClientAddress;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A limit on TCP connections per address, before anything of them is read: so many at a time from
 * one address, and for a while none from one whose connections had to be ended for a flood again
 * and again. Connections that are open already go on. Any thread.
 *
 * <p>Of IPv6 an address is its network, as for live connections. Proxies stand for many clients, so
 * they are let in always.
 */
public final class AddressLimiter {
  private static final Logger LOG = Logger.getLogger(AddressLimiter.class);

  /** Floods that are forgiven at once; one a second is besides. */
  static final int FLOODS_FORGIVEN = 5;

  /** Of more addresses at a time floods aren't remembered. */
  private static final int OFFENDERS_MAX = 10_000;

  private static final Duration COMPLAINT_PAUSE = Duration.ofMinutes(1);

  /** Of whoever isn't counted. */
  public static final Visit UNCOUNTED =
      new Visit() {
        @Override
        public void leave() {}

        @Override
        public void flooded() {}
      };

  private final KeyedCounter crowds;
  private final Duration pause;
  private final Predicate<InetAddress> proxies;
  private final Consumer<Refusal> refused;
  private final LongSupplier nanoTime;
  private final ConcurrentHashMap<String, Offender> offenders = new ConcurrentHashMap<>();
  private final OnceInAWhile<Refusal> complaints;

  /** Why a connection isn't let in. */
  public enum Refusal {
    /** Too many are open from its address. */
    CROWD,
    /** Its address is shut out for a while. */
    FLOOD
  }

  /**
   * Makes a gate with nobody in.
   *
   * @param perAddressMax connections at a time from one address
   * @param pause for how long nobody is let in from where floods come from; zero for never
   * @param proxies who is let in always
   * @param refused told of each that isn't let in; must not block or throw
   * @param nanoTime as {@link System#nanoTime()}
   */
  public AddressLimiter(
      int perAddressMax,
      Duration pause,
      Predicate<InetAddress> proxies,
      Consumer<Refusal> refused,
      LongSupplier nanoTime) {
    this.crowds = new KeyedCounter(perAddressMax);
    this.pause = pause;
    this.proxies = proxies;
    this.refused = refused;
    this.nanoTime = nanoTime;
    this.complaints = new OnceInAWhile<>(COMPLAINT_PAUSE, 1, nanoTime);
  }

  /** A connection that was let in. */
  public interface Visit {
    /** It is gone; called once. */
    void leave();

    /** It is being ended for a flood. */
    void flooded();
  }

  private final class CountedVisit implements Visit {
    private final String address;

    CountedVisit(String address) {
      this.address = address;
    }

    @Override
    public void leave() {
      crowds.leave(address);
    }

    @Override
    public void flooded() {
      blame(address);
    }
  }

  /** An address that floods came from. */
  private static final class Offender {
    private final TokenBucket forgiven;
    private volatile boolean isShutOut;
    private volatile long untilNanos;

    Offender(LongSupplier nanoTime) {
      forgiven = new TokenBucket(1, FLOODS_FORGIVEN, nanoTime);
    }

    boolean isShutOut(long nowNanos) {
      return isShutOut && untilNanos - nowNanos > 0;
    }

    void shutOut(long endNanos) {
      untilNanos = endNanos;
      isShutOut = true;
    }

    boolean isForgotten(long nowNanos) {
      return forgiven.isFull() && !isShutOut(nowNanos);
    }
  }

  /** Whether what comes from there is one client's, and not that of many through a proxy. */
  public boolean counts(InetAddress from) {
    return !proxies.test(from);
  }

  /** Null if the connection isn't let in. */
  public @Nullable Visit enter(InetAddress from) {
    if (proxies.test(from)) {
      return UNCOUNTED;
    }
    String address = ClientAddress.network(from.getHostAddress());
    Offender offender = offenders.get(address);
    if (offender != null && offender.isShutOut(nanoTime.getAsLong())) {
      refused.accept(Refusal.FLOOD);
      return null;
    }
    if (!crowds.enter(address)) {
      refused.accept(Refusal.CROWD);
      return null;
    }
    return new CountedVisit(address);
  }

  private void blame(String address) {
    if (pause.isZero()) {
      return;
    }
    long now = nanoTime.getAsLong();
    Offender offender = offender(address, now);
    if (offender != null && !offender.forgiven.take() && !offender.isShutOut(now)) {
      offender.shutOut(now + pause.toNanos());
      if (complaints.isDue(Refusal.FLOOD)) {
        LOG.warnf(
            "%s floods over HTTP/2 again and again: it gets no new connections for %s;"
                + " this is logged once per minute at most, for all addresses together",
            address, pause);
      }
    }
  }

  private @Nullable Offender offender(String address, long now) {
    Offender known = offenders.get(address);
    if (known != null) {
      return known;
    }
    if (offenders.size() >= OFFENDERS_MAX) {
      offenders.values().removeIf(each -> each.isForgotten(now));
    }
    return offenders.size() >= OFFENDERS_MAX
        ? null
        : offenders.computeIfAbsent(address, key -> new Offender(nanoTime));
  }
}
