package io.tideline.backplane;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.tideline.stream.Announcement;
import io.tideline.stream.Backplane;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.function.Consumer;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Emitter;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;

/**
 * The backplane over reactive messaging. Its connector is configured at {@code
 * mp.messaging.outgoing.publications-out} and {@code mp.messaging.incoming.publications-in}; every
 * node must read everything that any node writes.
 */
@ApplicationScoped
public class MessagingBackplane implements Backplane {
  private static final int WAITING_MAX = 1024;

  private final Emitter<String> out;
  private final Neighbours neighbours;
  private final Counter sent;
  private final Counter received;
  private final Counter dropped;
  private volatile Consumer<Announcement> listener = announcement -> {};

  MessagingBackplane(
      @Channel("publications-out")
          @OnOverflow(value = OnOverflow.Strategy.BUFFER, bufferSize = WAITING_MAX)
          Emitter<String> out,
      Neighbours neighbours,
      MeterRegistry registry) {
    this.out = out;
    this.neighbours = neighbours;
    this.sent =
        counter(registry, "tideline.backplane.sent", "Announcements handed to the connector");
    this.received =
        counter(registry, "tideline.backplane.received", "Announcements of other nodes");
    this.dropped =
        counter(
            registry,
            "tideline.backplane.dropped",
            "Announcements not sent or not understood; the sweep finds them");
  }

  private static Counter counter(MeterRegistry registry, String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  /** Who is told what other nodes announce, on any thread. */
  public void listen(Consumer<Announcement> newListener) {
    listener = newListener;
  }

  @Override
  public void announce(Announcement announcement) {
    if (neighbours.isAlone()) {
      return;
    }
    for (String message : AnnouncementJson.encode(announcement, neighbours.messageCharsMax())) {
      try {
        out.send(message);
        sent.increment();
      } catch (IllegalStateException full) {
        dropped.increment();
      }
    }
  }

  @Incoming("publications-in")
  void hear(String message) {
    Optional<Announcement> heard = AnnouncementJson.decode(message);
    if (heard.isEmpty()) {
      dropped.increment();
    } else if (!heard.get().node().equals(neighbours.self())) {
      received.increment();
      listener.accept(heard.get());
    }
  }
}
