package io.tideline.authorizer;

import io.smallrye.mutiny.subscription.UniEmitter;
import io.tideline.access.Authorizer.Answer;
import io.tideline.access.Authorizer.Question;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One question on its way, and everybody that waits for its answer. On the authorizer's context
 * only.
 *
 * <p>It is over when it is answered or given up; its request may still be under way then.
 */
final class PendingQuestion {
  private final Question question;
  private final List<UniEmitter<? super Answer>> waiters = new ArrayList<>(1);
  private final long askedNanos;
  private boolean isOver;
  private long timer;
  private boolean isOutdated;
  private @Nullable HttpClientRequest request;
  private @Nullable Promise<Buffer> body;

  PendingQuestion(Question question, long askedNanos) {
    this.question = question;
    this.askedNanos = askedNanos;
  }

  Question question() {
    return question;
  }

  long askedNanos() {
    return askedNanos;
  }

  boolean isOver() {
    return isOver;
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

  void request(HttpClientRequest made) {
    request = made;
  }

  /** Gives all their answer. */
  void land(Answer answer) {
    isOver = true;
    waiters.forEach(waiter -> waiter.complete(answer));
  }

  /** What is completed when the answer's body has come. */
  Promise<Buffer> receives() {
    body = Promise.promise();
    return body;
  }

  /** Nobody reads what may still come. */
  void abandon() {
    if (request != null) {
      request.reset();
    }
    if (body != null) {
      body.tryFail("given up");
    }
  }
}
