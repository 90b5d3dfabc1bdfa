package io.tideline.hub;

import io.smallrye.mutiny.Uni;
import io.tideline.access.Action;
import io.tideline.access.Grant;
import io.tideline.loop.Lane;
import io.tideline.stream.Announcement;
import io.tideline.stream.AppendOutcome;
import io.tideline.stream.Backplane;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History;
import io.tideline.stream.Message;
import io.tideline.stream.Namespaces;
import io.tideline.stream.Publication;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;

/**
 * Takes messages: stores them in batches, and passes them on. What happens is always told as a
 * {@link PublishOutcome}; the returned {@code Uni}s never fail.
 */
public final class Publisher {
  private static final PublishOutcome WITHDRAWN =
      new PublishOutcome.Decided(new AppendOutcome.Withdrawn());

  private final Hub hub;
  private final Backplane backplane;
  private final Namespaces namespaces;
  private final HubEvents events;
  private final Clock clock;
  private final String node;
  private final List<AppendQueue> queues;

  /**
   * Makes a publisher.
   *
   * @param node this node's id, by which it is known on the backplane
   */
  public Publisher(
      Hub hub,
      List<? extends Lane> lanes,
      History history,
      Backplane backplane,
      Namespaces namespaces,
      HubLimits limits,
      HubEvents events,
      Clock clock,
      String node) {
    this.hub = hub;
    this.backplane = backplane;
    this.namespaces = namespaces;
    this.events = events;
    this.clock = clock;
    this.node = node;
    this.queues =
        lanes.stream().map(lane -> new AppendQueue(lane, history, limits, this::stored)).toList();
  }

  /** One message of a batch, and the right to publish it. */
  public record Item(Grant grant, Message message) {
    public Item {
      if (!grant.channelFor(Action.PUBLISH).equals(message.channel())) {
        throw new IllegalArgumentException("the grant is for " + grant.channel());
      }
    }
  }

  public Uni<PublishOutcome> publish(PublishSource source, Grant grant, Message message) {
    Item item = new Item(grant, message);
    if (isEphemeral(item)) {
      return Uni.createFrom().item(() -> counted(source, List.of(pass(message))).get(0));
    }
    return Uni.createFrom()
        .emitter(
            emitter ->
                queue(message.channel())
                    .add(
                        List.of(message),
                        false,
                        outcomes -> emitter.complete(counted(source, outcomes).get(0))));
  }

  /** Whether or not the publisher is still there to be told. */
  private List<PublishOutcome> counted(PublishSource source, List<PublishOutcome> outcomes) {
    outcomes.forEach(outcome -> events.published(source, outcome));
    return outcomes;
  }

  /**
   * Publishes many, each for itself; outcomes in the order of the items.
   *
   * @param items at most {@link History#BATCH_MESSAGES_MAX}; those of one channel keep their order
   */
  public Uni<List<PublishOutcome>> publishEach(PublishSource source, List<Item> items) {
    if (items.isEmpty()) {
      return Uni.createFrom().item(List.of());
    }
    return Uni.createFrom()
        .emitter(
            emitter -> publishEach(items, outcomes -> emitter.complete(counted(source, outcomes))));
  }

  /** Publishes all in one transaction, or none. Ephemeral channels can't take part. */
  public Uni<List<PublishOutcome>> publishTogether(PublishSource source, List<Item> items) {
    if (items.isEmpty()) {
      return Uni.createFrom().item(List.of());
    }
    if (items.stream().anyMatch(this::isEphemeral)) {
      return Uni.createFrom().item(() -> counted(source, withoutEphemeral(items)));
    }
    List<Message> messages = items.stream().map(Item::message).toList();
    return Uni.createFrom()
        .emitter(
            emitter ->
                queue(messages.get(0).channel())
                    .add(messages, true, outcomes -> emitter.complete(counted(source, outcomes))));
  }

  private List<PublishOutcome> withoutEphemeral(List<Item> items) {
    return items.stream()
        .map(item -> isEphemeral(item) ? new PublishOutcome.NotOnEphemeral() : WITHDRAWN)
        .toList();
  }

  private boolean isEphemeral(Item item) {
    return namespaces.of(item.message().channel()).isEphemeral();
  }

  private AppendQueue queue(Channel channel) {
    return queues.get(hub.home(channel).lane().index());
  }

  /**
   * Items that go to the same queue go there together, so that their order is kept and their
   * outcomes come together.
   */
  private void publishEach(List<Item> items, Consumer<List<PublishOutcome>> done) {
    AtomicReferenceArray<PublishOutcome> outcomes = new AtomicReferenceArray<>(items.size());
    AtomicInteger missing = new AtomicInteger(items.size());
    List<List<Integer>> byQueue = new ArrayList<>();
    queues.forEach(queue -> byQueue.add(new ArrayList<>()));
    for (int i = 0; i < items.size(); i++) {
      Item item = items.get(i);
      if (isEphemeral(item)) {
        outcomes.set(i, pass(item.message()));
        missing.decrementAndGet();
      } else {
        byQueue.get(hub.home(item.message().channel()).lane().index()).add(i);
      }
    }
    if (missing.get() == 0) {
      done.accept(inOrder(outcomes));
      return;
    }
    for (int q = 0; q < byQueue.size(); q++) {
      List<Integer> indexes = byQueue.get(q);
      if (!indexes.isEmpty()) {
        List<Message> messages = indexes.stream().map(i -> items.get(i).message()).toList();
        queues
            .get(q)
            .add(
                messages,
                false,
                part -> {
                  for (int i = 0; i < part.size(); i++) {
                    outcomes.set(indexes.get(i), part.get(i));
                  }
                  if (missing.addAndGet(-part.size()) == 0) {
                    done.accept(inOrder(outcomes));
                  }
                });
      }
    }
  }

  private static List<PublishOutcome> inOrder(AtomicReferenceArray<PublishOutcome> outcomes) {
    List<PublishOutcome> list = new ArrayList<>(outcomes.length());
    for (int i = 0; i < outcomes.length(); i++) {
      list.add(outcomes.get(i));
    }
    return list;
  }

  private PublishOutcome pass(Message message) {
    if (message.key() != null || message.ifMatch() != null) {
      return new PublishOutcome.NotOnEphemeral();
    }
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    Publication publication = Publication.of(message, Publication.EPHEMERAL_EPOCH, 1, now);
    hub.passed(publication);
    ChannelState state = new ChannelState(message.channel(), Publication.EPHEMERAL_EPOCH, 1, 1, 0);
    backplane.announce(
        new Announcement(node, List.of(new Announcement.Entry(state, List.of(publication)))));
    return new PublishOutcome.Accepted(now);
  }

  /** What came into the log by another door of this node, the outbox: it goes the same ways. */
  public void pass(List<Announcement.Entry> entries) {
    Announcement announcement = new Announcement(node, entries);
    hub.receive(announcement);
    backplane.announce(announcement);
    events.moved(entries.stream().mapToInt(entry -> entry.publications().size()).sum());
  }

  /** A batch is in the log: its new publications, by channel, dense and ascending. */
  private void stored(List<List<Publication>> byChannel) {
    List<Announcement.Entry> entries = new ArrayList<>(byChannel.size());
    for (List<Publication> publications : byChannel) {
      Publication last = publications.get(publications.size() - 1);
      hub.stored(last.channel(), publications);
      entries.add(
          new Announcement.Entry(
              new ChannelState(last.channel(), last.epoch(), last.offset(), 1, 0), publications));
    }
    if (!entries.isEmpty()) {
      backplane.announce(new Announcement(node, entries));
    }
  }
}
