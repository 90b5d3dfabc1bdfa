package io.tideline.backplane;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.tideline.limit.OnceInAWhile;
import io.tideline.stream.Announcement;
import io.tideline.stream.Backplane;
import io.tideline.stream.Channel;
import io.tideline.stream.Publication;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.eclipse.microprofile.reactive.messaging.Emitter;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The backplane over reactive messaging. Its connector is configured at {@code
 * mp.messaging.outgoing.publications-out} and {@code mp.messaging.incoming.publications-in}; every
 * node must read everything that any node writes.
 */
@ApplicationScoped
public class MessagingBackplane implements Backplane {
  private static final Logger LOG = Logger.getLogger(MessagingBackplane.class);
  static final int WAITING_MAX = 1024;
  private static final Duration WARN_PAUSE = Duration.ofMinutes(1);

  private final Emitter<String> out;
  private final Neighbours neighbours;
  private final Counter sent;
  private final Counter received;
  private final Counter dropped;
  private final Counter notUnderstood;
  private final Timer lag;
  private final Clock clock;
  private volatile boolean isSending = true;

  /** Null before anything came that has a time. */
  private volatile @Nullable Long lagMillis;

  private final OnceInAWhile<String> warnings = new OnceInAWhile<>(WARN_PAUSE, 1, System::nanoTime);

  private volatile Listening listening = new Listening(channel -> false, announcement -> {});

  MessagingBackplane(
      @org.eclipse.microprofile.reactive.messaging.Channel("publications-out")
          @OnOverflow(value = OnOverflow.Strategy.BUFFER, bufferSize = WAITING_MAX)
          Emitter<String> out,
      Neighbours neighbours,
      Clock clock,
      MeterRegistry registry) {
    this.out = out;
    this.clock = clock;
    this.neighbours = neighbours;
    this.sent =
        counter(registry, "tideline.backplane.sent", "Announcements that the connector took");
    this.received =
        counter(registry, "tideline.backplane.received", "Announcements of other nodes");
    this.dropped =
        counter(
            registry,
            "tideline.backplane.dropped",
            "Announcements that could not be sent; the others' sweep finds what they told");
    this.notUnderstood =
        counter(
            registry,
            "tideline.backplane.not.understood",
            "What came and is no announcement of this version");
    this.lag =
        Timer.builder("tideline.backplane.lag")
            .description("From a publication's time to when it came here from another node")
            .register(registry);
  }

  private static Counter counter(MeterRegistry registry, String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  /**
   * Who is told what other nodes announce, on any thread; a channel that it doesn't follow comes
   * without its publications.
   */
  public void listen(Predicate<Channel> isFollowed, Consumer<Announcement> listener) {
    listening = new Listening(isFollowed, listener);
  }

  /** {@code up}, {@code down}, or {@code unused} while there is no other node. */
  public String state() {
    if (neighbours.isAlone()) {
      return "unused";
    }
    return isSending ? "up" : "down";
  }

  /** The age of the newest publication that last came in; null before the first. */
  public @Nullable Long lagMillis() {
    return lagMillis;
  }

  @Override
  public void announce(Announcement announcement) {
    if (neighbours.isAlone()) {
      return;
    }
    for (String message : AnnouncementJson.encode(announcement, neighbours.messageCharsMax())) {
      try {
        out.send(message).whenComplete((gone, failure) -> counted(failure));
      } catch (IllegalStateException full) {
        counted(full);
      }
    }
  }

  private void counted(Throwable failure) {
    isSending = failure == null;
    (failure == null ? sent : dropped).increment();
  }

  @Incoming("publications-in")
  void receive(String message) {
    Listening now = listening;
    Optional<Announcement> heard =
        AnnouncementJson.decode(message, neighbours.self(), now.isFollowed());
    if (heard.isEmpty()) {
      passOver();
    } else if (!heard.get().node().equals(neighbours.self())) {
      received.increment();
      measure(heard.get());
      now.listener().accept(heard.get());
    }
  }

  private void measure(Announcement heard) {
    heard.entries().stream()
        .flatMap(entry -> entry.publications().stream())
        .map(Publication::time)
        .max(Comparator.naturalOrder())
        .ifPresent(
            newest -> {
              Duration age = Duration.between(newest, clock.instant());
              lag.record(age.isNegative() ? Duration.ZERO : age);
              lagMillis = Math.max(0, age.toMillis());
            });
  }

  private record Listening(Predicate<Channel> isFollowed, Consumer<Announcement> listener) {}

  private void passOver() {
    notUnderstood.increment();
    if (warnings.isDue("not understood")) {
      LOG.warnf(
          "The backplane received messages that are not announcements of this version (%.0f so far) and ignores them. Does anything else write to it?",
          notUnderstood.count());
    }
  }
}
