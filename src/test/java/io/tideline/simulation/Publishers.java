package io.tideline.simulation;

import io.tideline.access.Action;
import io.tideline.hub.PublishOutcome;
import io.tideline.hub.PublishSource;
import io.tideline.hub.Publisher;
import io.tideline.stream.AppendOutcome;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.Message;
import io.tideline.stream.Payload;
import io.tideline.stream.Position;
import io.tideline.stream.Publication;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Everyone who publishes: one message, many, many together, with and without keys and conditions;
 * and again, perhaps elsewhere, when it isn't known what became of it.
 */
final class Publishers {
  private static final long AGAIN_MICROS_MAX = 2_000_000;

  private final World world;
  private final Random random;
  private final List<Attempt> attempts = new ArrayList<>();
  private long texts;

  Publishers(World world) {
    this.world = world;
    this.random = world.random();
  }

  /** One message, handed to one node. */
  private static final class Attempt {
    final Message message;
    final SimulatedNode node;
    final boolean isInOrder;
    PublishOutcome outcome;

    Attempt(Message message, SimulatedNode node, boolean isInOrder) {
      this.message = message;
      this.node = node;
      this.isInOrder = isInOrder;
    }

    AppendOutcome.Stored stored() {
      return outcome instanceof PublishOutcome.Decided decided
              && decided.outcome() instanceof AppendOutcome.Stored stored
          ? stored
          : null;
    }

    boolean isUnknown() {
      return outcome == null || outcome instanceof PublishOutcome.Unknown;
    }

    boolean isAccepted() {
      return outcome instanceof PublishOutcome.Accepted;
    }
  }

  void act() {
    SimulatedNode node = world.anyNode();
    switch (random.nextInt(8)) {
      case 0 -> each(node, some(world.scale().burstMessagesMax()));
      case 1 -> together(node, some(5));
      case 2 -> burst(node);
      default -> publish(node, any(world.anyChannel()), true);
    }
  }

  private List<Message> some(int max) {
    return IntStream.rangeClosed(0, random.nextInt(max))
        .mapToObj(i -> any(world.anyChannel()))
        .toList();
  }

  private void burst(SimulatedNode node) {
    Channel channel = world.anyChannel();
    each(
        node,
        IntStream.rangeClosed(0, random.nextInt(world.scale().burstMessagesMax()))
            .mapToObj(i -> plain(channel))
            .toList());
  }

  private Message plain(Channel channel) {
    int bytes = random.nextInt(4) == 0 ? random.nextInt(world.scale().payloadBytesMax()) : 0;
    return Message.of(channel, Payloads.of("m" + texts++, bytes));
  }

  private Message any(Channel channel) {
    Message message = plain(channel);
    if (random.nextInt(3) == 0) {
      message = message.withKey("k" + texts);
    }
    if (random.nextInt(10) == 0 && !world.scale().namespaces().of(channel).isEphemeral()) {
      ChannelState now = world.ledger().state(channel);
      message = message.withIfMatch(new Position(now.epoch(), now.head()));
    }
    return message;
  }

  void publish(SimulatedNode node, Message message, boolean isInOrder) {
    Attempt attempt = new Attempt(message, node, isInOrder);
    attempts.add(attempt);
    node.publisher()
        .publish(PublishSource.REST, world.grant(Action.PUBLISH, message.channel()), message)
        .subscribe()
        .with(outcome -> told(attempt, outcome), Publishers::failed);
  }

  private void each(SimulatedNode node, List<Message> messages) {
    List<Attempt> batch = attempts(node, messages, true);
    node.publisher()
        .publishEach(PublishSource.BATCH, items(messages))
        .subscribe()
        .with(outcomes -> told(batch, outcomes), Publishers::failed);
  }

  private void together(SimulatedNode node, List<Message> messages) {
    List<Attempt> batch = attempts(node, messages, false);
    node.publisher()
        .publishTogether(PublishSource.BATCH, items(messages))
        .subscribe()
        .with(
            outcomes -> {
              told(batch, outcomes);
              long stored = batch.stream().filter(attempt -> attempt.stored() != null).count();
              Violation.unless(
                  stored == 0 || stored == batch.size(), "%d of %d stored", stored, batch.size());
            },
            Publishers::failed);
  }

  private List<Attempt> attempts(SimulatedNode node, List<Message> messages, boolean isInOrder) {
    List<Attempt> batch =
        messages.stream().map(message -> new Attempt(message, node, isInOrder)).toList();
    attempts.addAll(batch);
    return batch;
  }

  private List<Publisher.Item> items(List<Message> messages) {
    return messages.stream()
        .map(m -> new Publisher.Item(world.grant(Action.PUBLISH, m.channel()), m))
        .toList();
  }

  private static void failed(Throwable failure) {
    throw new Violation("publishing failed: " + failure);
  }

  private void told(List<Attempt> batch, List<PublishOutcome> outcomes) {
    Violation.unless(batch.size() == outcomes.size(), "%d outcomes", outcomes.size());
    for (int i = 0; i < batch.size(); i++) {
      told(batch.get(i), outcomes.get(i));
    }
  }

  private void told(Attempt attempt, PublishOutcome outcome) {
    Violation.unless(attempt.outcome == null, "%s was answered twice", attempt.message);
    attempt.outcome = outcome;
    if (attempt.stored() != null) {
      checkStored(attempt.message, attempt.stored());
    }
    boolean mayRepeat = attempt.message.key() != null && attempt.isUnknown();
    if (mayRepeat && random.nextInt(4) > 0) {
      world
          .time()
          .after(
              random.nextLong(AGAIN_MICROS_MAX),
              () -> publish(world.anyNode(), attempt.message, false));
    }
  }

  private void checkStored(Message message, AppendOutcome.Stored at) {
    Ledger ledger = world.ledger();
    Publication stored = ledger.publication(at.epoch(), message.channel(), at.offset());
    // What was gone before an epoch began was never seen in it.
    boolean isGone =
        at.duplicate() && at.offset() < ledger.state(at.epoch(), message.channel()).first();
    if (!isGone && (stored == null || !stored.payload().equals(message.payload()))) {
      throw Violation.of("%s was answered %s, and there is %s", message, at, stored);
    }
  }

  /** Once more on every channel, so that everyone has something to receive in the calm. */
  void publishEverywhere(SimulatedNode node) {
    world.scale().channels().forEach(channel -> publish(node, plain(channel), true));
  }

  // --- in the end

  /** Whether nobody waits for an answer who can still get one. */
  boolean areAnswered() {
    return attempts.stream()
        .allMatch(attempt -> attempt.outcome != null || !attempt.node.isAlive());
  }

  boolean areAnsweredBy(SimulatedNode node) {
    return attempts.stream().allMatch(attempt -> attempt.outcome != null || attempt.node != node);
  }

  void check() {
    checkAnswered();
    world.ledger().epochs().forEach(this::checkOnce);
    checkRefused();
    checkOrder();
    checkFirst();
  }

  private void checkAnswered() {
    for (Attempt attempt : attempts) {
      if (attempt.outcome == null && attempt.node.isAlive()) {
        throw Violation.of("%s was never answered by %s", attempt.message, attempt.node.name());
      }
    }
  }

  private void checkOnce(long epoch) {
    for (Channel channel : world.scale().durableChannels()) {
      Set<Payload> once = Collections.newSetFromMap(new IdentityHashMap<>());
      for (Publication publication : world.ledger().publications(epoch, channel)) {
        if (!once.add(publication.payload())) {
          throw Violation.of("%s is twice in %s", Payloads.text(publication.payload()), channel);
        }
      }
    }
  }

  /** Whoever was told "not stored" finds nothing stored. */
  private void checkRefused() {
    Set<Payload> maybe = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Attempt attempt : attempts) {
      if (attempt.isUnknown() || attempt.stored() != null || attempt.isAccepted()) {
        maybe.add(attempt.message.payload());
      }
    }
    for (long epoch : world.ledger().epochs()) {
      for (Channel channel : world.scale().durableChannels()) {
        for (Publication publication : world.ledger().publications(epoch, channel)) {
          if (!maybe.contains(publication.payload())) {
            throw Violation.of(
                "%s was refused and is stored", Payloads.text(publication.payload()));
          }
        }
      }
    }
  }

  /** What one node was given for one channel, one after the other, stands in that order. */
  private void checkOrder() {
    record Line(SimulatedNode node, Channel channel, long epoch) {}
    Map<Line, Long> last = new HashMap<>();
    for (Attempt attempt : attempts) {
      AppendOutcome.Stored stored = attempt.stored();
      if (stored != null && attempt.isInOrder && !stored.duplicate()) {
        Line line = new Line(attempt.node, attempt.message.channel(), stored.epoch());
        Long before = last.put(line, stored.offset());
        if (before != null && before >= stored.offset()) {
          throw Violation.of(
              "%s stands at %d, its predecessor at %d", attempt.message, stored.offset(), before);
        }
      }
    }
  }

  /** Whoever repeats a message is told the place that it had at first. */
  private void checkFirst() {
    record Use(String key, long epoch) {}
    Map<Use, Long> first = new HashMap<>();
    for (Attempt attempt : attempts) {
      AppendOutcome.Stored stored = attempt.stored();
      if (stored != null && attempt.message.key() != null) {
        Long before =
            first.putIfAbsent(new Use(attempt.message.key(), stored.epoch()), stored.offset());
        if (before != null && before != stored.offset()) {
          throw Violation.of(
              "%s was answered %d, and %d before", attempt.message, stored.offset(), before);
        }
      }
    }
  }
}
