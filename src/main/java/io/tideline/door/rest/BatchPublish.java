package io.tideline.door.rest;

import io.smallrye.mutiny.Uni;
import io.tideline.access.AccessPolicy.Decision;
import io.tideline.hub.PublishOutcome;
import io.tideline.hub.PublishSource;
import io.tideline.hub.Publisher;
import io.tideline.protocol.Batch;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.protocol.PublishAnswer;
import io.tideline.session.Caller;
import io.tideline.session.PublishLimiter;
import io.tideline.session.Senders;
import io.tideline.stream.AppendOutcome;
import io.tideline.stream.Channel;
import io.tideline.stream.Message;
import io.tideline.stream.Namespaces;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A batch on its way: what is wrong with an item, or forbidden, is known before anything is
 * published.
 */
final class BatchPublish {
  private static final PublishOutcome WITHDRAWN =
      new PublishOutcome.Decided(new AppendOutcome.Withdrawn());

  /** An answer an item; null where the publisher decides. */
  private final List<PublishAnswer> answers = new ArrayList<>();

  private final List<Publisher.Item> allowed = new ArrayList<>();

  private BatchPublish() {}

  /** Where items that could be published go; each once. */
  static Set<Channel> channels(List<Batch.Item> items) {
    Set<Channel> channels = new LinkedHashSet<>();
    for (Batch.Item item : items) {
      if (item instanceof Batch.Item.Valid valid) {
        channels.add(valid.message().channel());
      }
    }
    return channels;
  }

  /**
   * Takes what may be published.
   *
   * @param decisions on all {@link #channels}
   */
  static BatchPublish of(
      List<Batch.Item> items,
      Map<Channel, Decision> decisions,
      Caller caller,
      Namespaces namespaces,
      PublishLimiter rates) {
    BatchPublish publish = new BatchPublish();
    for (Batch.Item item : items) {
      if (item instanceof Batch.Item.Valid valid) {
        Message message = Senders.stamp(valid.message(), caller.identity(), namespaces);
        publish.add(message, decisions.get(message.channel()), caller, rates);
      } else {
        publish.answers.add(new PublishAnswer.Refused(null, ((Batch.Item.Refused) item).problem()));
      }
    }
    return publish;
  }

  private void add(Message message, Decision decision, Caller caller, PublishLimiter rates) {
    if (decision instanceof Decision.Granted granted) {
      if (!rates.take(caller.identity().subject())) {
        ProblemDetails tooMany = ProblemDetails.of(Problem.TOO_MANY_REQUESTS);
        answers.add(new PublishAnswer.Refused(message.channel(), tooMany));
        return;
      }
      answers.add(null);
      allowed.add(new Publisher.Item(granted.grant(), message));
    } else {
      ProblemDetails why = ProblemDetails.of((Decision.Refused) decision);
      answers.add(new PublishAnswer.Refused(message.channel(), why));
    }
  }

  /** Each for itself. */
  Uni<List<PublishAnswer>> each(Publisher publisher) {
    return publisher.publishEach(PublishSource.BATCH, allowed).map(this::answers);
  }

  /** All, or none. */
  Uni<List<PublishAnswer>> together(Publisher publisher) {
    if (allowed.size() < answers.size()) {
      return Uni.createFrom().item(answers(allowed.stream().map(item -> WITHDRAWN).toList()));
    }
    return publisher.publishTogether(PublishSource.BATCH, allowed).map(this::answers);
  }

  private List<PublishAnswer> answers(List<PublishOutcome> outcomes) {
    List<PublishAnswer> complete = new ArrayList<>(answers.size());
    int next = 0;
    for (PublishAnswer answer : answers) {
      complete.add(
          answer == null
              ? PublishAnswer.of(allowed.get(next).message().channel(), outcomes.get(next++))
              : answer);
    }
    return complete;
  }
}
