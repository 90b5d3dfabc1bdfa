package io.tideline.postgres;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.pgclient.PgConnectOptions;
import java.util.concurrent.atomic.AtomicReference;

/** A way to PostgreSQL on which the next request, or its answer, gets lost. */
final class FaultyLink {
  /** What happens to the next request. */
  enum Fault {
    NONE,
    /** It never arrives. */
    LOSE_REQUEST,
    /** It arrives, and the connection is gone before anything comes back. */
    CUT,
    /** It is answered, so it has committed; the connection breaks instead of the answer. */
    LOSE_ANSWER,
    /** It is answered, but nothing ever comes back, and the connection stays. */
    HANG
  }

  private final AtomicReference<Fault> next = new AtomicReference<>(Fault.NONE);
  private final NetServer server;
  private final NetClient client;
  private final PgConnectOptions target;
  private volatile boolean isRefusing;

  FaultyLink(Vertx vertx, PgConnectOptions target) {
    this.target = target;
    this.client = vertx.createNetClient();
    this.server = vertx.createNetServer().connectHandler(this::accepted);
    server.listen(0, "127.0.0.1").toCompletionStage().toCompletableFuture().join();
  }

  PgConnectOptions options() {
    return new PgConnectOptions(target).setHost("127.0.0.1").setPort(server.actualPort());
  }

  void next(Fault fault) {
    next.set(fault);
  }

  boolean hasHappened() {
    return next.get() == Fault.NONE;
  }

  /** Whether new connections find nobody; those that are open stay. */
  void refuses(boolean doesRefuse) {
    isRefusing = doesRefuse;
  }

  private void accepted(NetSocket near) {
    if (isRefusing) {
      near.close();
      return;
    }
    near.pause();
    client
        .connect(target.getPort(), target.getHost())
        .onFailure(failure -> near.close())
        .onSuccess(far -> new Pair(near, far).start());
  }

  private final class Pair {
    private final NetSocket near;
    private final NetSocket far;
    private Fault current = Fault.NONE;

    Pair(NetSocket near, NetSocket far) {
      this.near = near;
      this.far = far;
    }

    void start() {
      near.closeHandler(closed -> far.close());
      far.closeHandler(
          closed -> {
            if (current != Fault.HANG) {
              near.close();
            }
          });
      near.handler(this::request);
      far.handler(this::answer);
      near.resume();
    }

    private void request(Buffer bytes) {
      if (current == Fault.NONE) {
        current = next.getAndSet(Fault.NONE);
      }
      if (current != Fault.LOSE_REQUEST) {
        far.write(bytes);
      }
      if (current == Fault.LOSE_REQUEST || current == Fault.CUT) {
        near.close();
      }
    }

    private void answer(Buffer bytes) {
      switch (current) {
        case NONE -> near.write(bytes);
        case LOSE_ANSWER -> near.close();
        case LOSE_REQUEST, CUT, HANG -> {}
      }
    }
  }
}
