package io.tideline.session;

import io.smallrye.mutiny.Uni;
import io.tideline.access.Action;
import io.tideline.protocol.Problem;
import io.tideline.stream.Channel;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * What the requests of this node hold that wait for the authorizer, bounded, since a silent one
 * makes each of them wait. Any thread.
 */
public final class WaitingBodies {
  static final long BYTES_MAX = 16 << 20;

  private final AtomicLong held = new AtomicLong();
  private final TransportEvents events;

  public WaitingBodies(TransportEvents events) {
    this.events = events;
  }

  /**
   * Carries out a publish whose body is there; fails with a {@link ProblemException} if too much
   * waits already. Nothing is counted where nobody must be asked.
   */
  public <T> Uni<T> hold(
      int bytes, Caller caller, Set<Channel> channels, Supplier<Uni<T>> publish) {
    if (!caller.mustAsk(Action.PUBLISH, channels)) {
      return publish.get();
    }
    if (held.addAndGet(bytes) > BYTES_MAX) {
      held.addAndGet(-bytes);
      events.limited(Limit.AUTHORIZER_QUEUE);
      throw new ProblemException(Problem.OVERLOADED);
    }
    return Uni.createFrom()
        .<T>deferred(publish::get)
        .onTermination()
        .invoke(() -> held.addAndGet(-bytes));
  }
}
