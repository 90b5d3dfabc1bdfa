package io.tideline.net.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.quarkus.websockets.next.OnClose;
import io.quarkus.websockets.next.OnOpen;
import io.quarkus.websockets.next.WebSocket;
import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.mutiny.Uni;
import io.tideline.loop.Lane;
import io.tideline.net.Lanes;
import io.tideline.net.out.ResponseWriter;
import io.tideline.session.ConnectionWriter;
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
public class OpenedWriters {
  public static final String OPENING = "retry: 2000\n\n";

  private final WriteMode way;
  private final Lanes lanes;
  private final BlockingQueue<Opened<?>> opened = new LinkedBlockingQueue<>();
  private final Map<String, Opened<?>> sockets = new ConcurrentHashMap<>();

  public OpenedWriters(TransportConfig config, Vertx vertx) {
    this.way = config.wayOut();
    this.lanes = Lanes.of(vertx);
  }

  /** The connection that was opened next. */
  @SuppressWarnings("unchecked")
  public <T extends ConnectionWriter> Opened<T> next() {
    try {
      return (Opened<T>) opened.poll(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  public void route(@Observes Router router) {
    router
        .get("/test/stream")
        .handler(
            context -> {
              HttpServerRequest request = context.request();
              Opened<ResponseWriter> stream = new Opened<>(lanes.current());
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

  public void opened(WebSocketConnection connection) {
    Opened<WebSocketWriter> socket = new Opened<>(lanes.current());
    socket.connection = connection;
    socket.out = way.socket(socket.lane, connection, socket.writable::incrementAndGet);
    sockets.put(connection.id(), socket);
    opened.add(socket);
  }

  public void closed(WebSocketConnection connection) {
    sockets.remove(connection.id()).closed.complete(null);
  }

  /** One connection. */
  public static final class Opened<T extends ConnectionWriter> {
    public final Lane lane;
    public final AtomicInteger writable = new AtomicInteger();
    public final CompletableFuture<Void> closed = new CompletableFuture<>();
    public WebSocketConnection connection;
    private T out;

    public Opened(Lane lane) {
      this.lane = lane;
    }

    /** Does something on the connection's lane. */
    public <A> A ask(Function<T, A> question) {
      return CompletableFuture.supplyAsync((Supplier<A>) () -> question.apply(out), lane)
          .orTimeout(10, TimeUnit.SECONDS)
          .join();
    }
  }

  /** A WebSocket whose way out is the test's. */
  @WebSocket(path = "/test/out")
  public static class OutSocket {
    private final OpenedWriters outs;

    public OutSocket(OpenedWriters outs) {
      this.outs = outs;
    }

    @OnOpen
    public Uni<Void> open(WebSocketConnection connection) {
      outs.opened(connection);
      return Uni.createFrom().voidItem();
    }

    @OnClose
    public Uni<Void> close(WebSocketConnection connection) {
      outs.closed(connection);
      return Uni.createFrom().voidItem();
    }
  }
}
