package io.tideline.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.tideline.access.AccessPolicy;
import io.tideline.access.Action;
import io.tideline.access.Identity;
import io.tideline.access.Rights;
import io.tideline.app.ProductDefaults;
import io.tideline.loop.Lane;
import io.tideline.presence.LocalPresence;
import io.tideline.stream.AppendOutcome;
import io.tideline.stream.Channel;
import io.tideline.stream.Durability;
import io.tideline.stream.Gap;
import io.tideline.stream.MemoryHistory;
import io.tideline.stream.Message;
import io.tideline.stream.Namespace;
import io.tideline.stream.Namespaces;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;
import io.tideline.stream.Retention;
import io.tideline.stream.SlowConsumer;
import io.tideline.stream.Start;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** Goal: a connection that has some room, but too little for the next message, waits quietly. */
class OutletWithLittleRoomTest {
  private static final Channel CHANNEL = new Channel("orders:42");
  private static final Duration SOON = Duration.ofSeconds(10);

  private final OneLane lane = new OneLane();
  private final MemoryHistory history = new MemoryHistory(Clock.systemUTC(), Duration.ofHours(1));
  private final Namespaces namespaces =
      new Namespaces(
          Map.of(
              "default",
              new Namespace(
                  "default",
                  Durability.DURABLE,
                  new Retention(Duration.ofDays(1), 1000),
                  SlowConsumer.CATCH_UP,
                  false,
                  false)));
  private final Hub hub =
      new Hub(
          List.of(lane),
          history,
          new LocalPresence(Duration.ZERO, System::nanoTime),
          namespaces,
          ProductDefaults.hubLimits(),
          HubEvents.NONE,
          Clock.systemUTC(),
          System::nanoTime);
  private final NarrowOutlet outlet = new NarrowOutlet();

  @Test
  void aMessageThatDoesNotFitYetFollowsWhenWhatWaitsHasLeft() {
    Subscriber subscriber = subscribe();
    lane.runAll();
    publish(10);
    publish(1000);
    publish(10);

    assertTimeoutPreemptively(SOON, lane::runAll);
    assertEquals(List.of(1L), outlet.written);

    // what a transport does when bytes have left, though not all of them
    outlet.waiting = 1;
    subscriber.writable();
    assertTimeoutPreemptively(SOON, lane::runAll);
    assertEquals(List.of(1L), outlet.written);

    outlet.waiting = 0;
    subscriber.writable();
    assertTimeoutPreemptively(SOON, lane::runAll);
    assertEquals(List.of(1L, 2L), outlet.written);

    outlet.waiting = 0;
    subscriber.writable();
    lane.runAll();
    assertEquals(List.of(1L, 2L, 3L), outlet.written);
  }

  private void publish(int bytes) {
    Payload payload = new Payload("text/plain", new byte[bytes]);
    Message message = Message.of(CHANNEL, payload);
    AppendOutcome.Stored stored =
        (AppendOutcome.Stored)
            history.append(List.of(message), false).await().indefinitely().get(0);
    hub.stored(
        CHANNEL,
        List.of(
            Publication.of(message, stored.position().epoch(), stored.offset(), stored.time())));
  }

  private Subscriber subscribe() {
    Identity identity =
        new Identity(
            "anna",
            null,
            Instant.MIN,
            Instant.MAX,
            Rights.of(Map.of(Action.SUBSCRIBE, List.of("*")), "anna"));
    AccessPolicy.Decision decision =
        new AccessPolicy(namespaces, Clock.systemUTC()).decide(identity, Action.SUBSCRIBE, CHANNEL);
    Subscriber subscriber = hub.connect(lane, outlet, identity);
    subscriber.subscribe(
        ((AccessPolicy.Decision.Granted) decision).grant(), Start.EARLIEST, reply -> {});
    return subscriber;
  }

  /** Holds at most 100 bytes, or one message that is larger. */
  private static final class NarrowOutlet implements Outlet {
    private static final int BYTES_MAX = 100;

    private final List<Long> written = new ArrayList<>();
    private int waiting;

    @Override
    public Transport transport() {
      return Transport.WEBSOCKET;
    }

    @Override
    public Format format() {
      return BARE;
    }

    @Override
    public int room() {
      return Math.max(0, BYTES_MAX - waiting);
    }

    @Override
    public boolean isDrained() {
      return waiting == 0;
    }

    /** One message at a time, so that the test sees each step. */
    @Override
    public int roomMessages() {
      return 1;
    }

    @Override
    public void write(Subscription subscription, FrameBatch run) {
      run.publications().forEach(publication -> written.add(publication.offset()));
      waiting += run.bytes();
    }

    @Override
    public void gap(Subscription subscription, Gap gap) {
      throw new AssertionError(gap);
    }

    @Override
    public void flush() {}

    @Override
    public void ended(Subscription subscription, Disconnect why) {
      throw new AssertionError(why);
    }

    @Override
    public void close(Disconnect why) {
      throw new AssertionError(why);
    }
  }

  private static final Format BARE =
      new Format() {
        @Override
        public byte[] encode(Publication publication) {
          return publication.payload().bytes();
        }
      };

  /** Runs what waits when the test says so. */
  private static final class OneLane implements Lane {
    private final Queue<Runnable> tasks = new ArrayDeque<>();

    @Override
    public int index() {
      return 0;
    }

    @Override
    public boolean isCurrent() {
      return true;
    }

    @Override
    public void execute(Runnable task) {
      tasks.add(task);
    }

    @Override
    public void schedule(Duration delay, Runnable task) {
      tasks.add(task);
    }

    private void runAll() {
      while (!tasks.isEmpty()) {
        tasks.remove().run();
      }
    }
  }
}
