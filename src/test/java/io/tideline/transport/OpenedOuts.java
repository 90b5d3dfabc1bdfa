package io.tideline.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.quarkus.websockets.next.OnClose;
import io.quarkus.websockets.next.OnOpen;
import io.quarkus.websockets.next.WebSocket;
import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.mutiny.Uni;
import io.tideline.hub.Lane;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/** Hands the ways out of connections to {@code /test/out} and {@code /test/stream} to a test. */
@Singleton
public class OpenedOuts {
  static final String OPENING = "retry: 2000\n\n";

  private final Way way;
  private final Lanes lanes;
  private final BlockingQueue<Opened<?>> opened = new LinkedBlockingQueue<>();
  private final Map<String, Opened<?>> sockets = new ConcurrentHashMap<>();

  OpenedOuts(TransportConfig config, Vertx vertx) {
    this.way = config.wayOut();
    this.lanes = Lanes.of(vertx);
  }

  /** The connection that was opened next. */
  @SuppressWarnings("unchecked")
  <T extends WayOut> Opened<T> next() {
    try {
      return (Opened<T>) opened.poll(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  void route(@Observes Router router) {
    router
        .get("/test/stream")
        .handler(
            context -> {
              HttpServerRequest request = context.request();
              Opened<StreamOut> stream = new Opened<>(lanes.current());
              stream.out =
                  way.stream(
                      stream.lane,
                      request,
                      OPENING.getBytes(UTF_8),
                      stream.writable::incrementAndGet);
              request.connection().closeHandler(gone -> stream.closed.complete(null));
              opened.add(stream);
            });
  }

  void opened(WebSocketConnection connection) {
    Opened<SocketOut> socket = new Opened<>(lanes.current());
    socket.connection = connection;
    socket.out = way.socket(socket.lane, connection, socket.writable::incrementAndGet);
    sockets.put(connection.id(), socket);
    opened.add(socket);
  }

  void closed(WebSocketConnection connection) {
    sockets.remove(connection.id()).closed.complete(null);
  }

  /** One connection. */
  static final class Opened<T extends WayOut> {
    final Lane lane;
    final AtomicInteger writable = new AtomicInteger();
    final CompletableFuture<Void> closed = new CompletableFuture<>();
    WebSocketConnection connection;
    private T out;

    Opened(Lane lane) {
      this.lane = lane;
    }

    /** Does something on the connection's lane. */
    <A> A ask(Function<T, A> question) {
      return CompletableFuture.supplyAsync((Supplier<A>) () -> question.apply(out), lane)
          .orTimeout(10, TimeUnit.SECONDS)
          .join();
    }
  }

  /** A WebSocket whose way out is the test's. */
  @WebSocket(path = "/test/out")
  public static class OutSocket {
    private final OpenedOuts outs;

    OutSocket(OpenedOuts outs) {
      this.outs = outs;
    }

    @OnOpen
    Uni<Void> open(WebSocketConnection connection) {
      outs.opened(connection);
      return Uni.createFrom().voidItem();
    }

    @OnClose
    Uni<Void> close(WebSocketConnection connection) {
      outs.closed(connection);
      return Uni.createFrom().voidItem();
    }
  }
}
