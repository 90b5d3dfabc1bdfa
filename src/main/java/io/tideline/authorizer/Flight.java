package io.tideline.authorizer;

import io.smallrye.mutiny.subscription.UniEmitter;
import io.tideline.access.Authorizer.Answer;
import io.tideline.access.Authorizer.Question;
import io.vertx.core.http.HttpClientRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One question on its way, and all who wait for its answer. On the authorizer's context only.
 *
 * <pre>
 * WAITING  for a request to be free
 * SENT     its request is under way
 * OVER     answered, or given up
 * </pre>
 */
final class Flight {
  enum State {
    WAITING,
    SENT,
    OVER
  }

  private final Question question;
  private final List<UniEmitter<? super Answer>> waiters = new ArrayList<>(1);
  private final long askedNanos;
  private State state = State.WAITING;
  private long timer;
  private boolean isOutdated;
  private @Nullable HttpClientRequest request;

  Flight(Question question, long askedNanos) {
    this.question = question;
    this.askedNanos = askedNanos;
  }

  Question question() {
    return question;
  }

  long askedNanos() {
    return askedNanos;
  }

  State state() {
    return state;
  }

  boolean isOver() {
    return state == State.OVER;
  }

  void add(UniEmitter<? super Answer> waiter) {
    waiters.add(waiter);
  }

  int waiters() {
    return waiters.size();
  }

  void timer(long id) {
    timer = id;
  }

  long timer() {
    return timer;
  }

  /** What it asks about was revoked meanwhile: its answer is for those who wait already. */
  void outdate() {
    isOutdated = true;
  }

  boolean isOutdated() {
    return isOutdated;
  }

  void sent() {
    state = State.SENT;
  }

  void request(HttpClientRequest made) {
    request = made;
  }

  /** Gives all their answer. */
  void land(Answer answer) {
    state = State.OVER;
    waiters.forEach(waiter -> waiter.complete(answer));
  }

  /** Nobody reads what may still come. */
  void abandon() {
    if (request != null) {
      request.reset();
    }
  }
}
