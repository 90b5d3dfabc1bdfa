package io.tideline.net.http;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The requests that change something and are being carried out: a node that stops answers them
 * first. Any thread.
 *
 * <pre>
 * SERVING   all are let in
 * DRAINING  all are let in, and clients are asked to take another connection for the next one
 * CLOSED    none of them is let in any more; what changes nothing still is, as event streams end well
 *           only if they are answered
 * </pre>
 */
@Singleton
public final class InFlightRequests {
  private enum State {
    SERVING,
    DRAINING,
    CLOSED
  }

  private final AtomicInteger count = new AtomicInteger();
  private volatile State state = State.SERVING;

  /** Counts the request until it is answered; false if it is too late for it. */
  boolean enter(RoutingContext request) {
    boolean isChange = changesSomething(request);
    if (isChange) {
      count.incrementAndGet();
      request.addEndHandler(ended -> count.decrementAndGet());
    }
    if (state != State.SERVING && request.request().version() != HttpVersion.HTTP_2) {
      request.response().putHeader("Connection", "close");
    }
    return state != State.CLOSED || !isChange;
  }

  private static boolean changesSomething(RoutingContext request) {
    HttpMethod method = request.request().method();
    return method.equals(HttpMethod.POST) || method.equals(HttpMethod.DELETE);
  }

  public void drain() {
    state = State.DRAINING;
  }

  public void close() {
    state = State.CLOSED;
  }

  public int count() {
    return count.get();
  }
}
