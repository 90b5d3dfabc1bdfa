package io.tideline.testing;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.tideline.access.Authorizer;
import io.tideline.access.Identity;
import io.tideline.access.Revocation;
import java.time.Duration;
import java.util.Collection;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Answers when it is told to. */
public final class PatientAuthorizer implements Authorizer {
  private final Duration timeout;
  private final Queue<UniEmitter<? super Answer>> waiters = new ConcurrentLinkedQueue<>();

  public PatientAuthorizer(Duration timeout) {
    this.timeout = timeout;
  }

  @Override
  public boolean isAskedAbout(Identity identity) {
    return true;
  }

  @Override
  public Uni<Answer> ask(Question question) {
    return Uni.createFrom().emitter(waiter -> waiters.add(waiter));
  }

  /** Says yes to whoever has asked first. */
  public void allow() {
    waiters.remove().complete(new Answer(Verdict.ALLOWED, ANSWER_MAX));
  }

  @Override
  public void forget(Collection<Revocation> revoked) {}

  @Override
  public Duration grace() {
    return Duration.ZERO;
  }

  @Override
  public Duration timeout() {
    return timeout;
  }
}
