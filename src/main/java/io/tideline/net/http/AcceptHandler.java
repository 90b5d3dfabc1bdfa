package io.tideline.net.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.SocketChannel;
import io.quarkus.vertx.http.HttpServerStart;
import io.quarkus.vertx.http.HttpsServerStart;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.tideline.net.Lanes;
import io.tideline.net.NettyChannel;
import io.tideline.net.accept.AddressLimiter;
import io.tideline.net.accept.BoundedReads;
import io.tideline.net.accept.FloodWatch;
import io.tideline.net.accept.Http1RequestTimeout;
import io.tideline.net.accept.Http2HeadTimeout;
import io.tideline.net.accept.PendingRequests;
import io.tideline.net.accept.RequestLimiter;
import io.tideline.net.accept.RequestTimeouts;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.inject.Singleton;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The handler of each connection as it is accepted: asks the {@link AddressLimiter} whether it may
 * come in, and puts a {@link Http1RequestTimeout} or {@link Http2HeadTimeout} into it. Neither
 * Vert.x nor Quarkus bounds how long the head of a request may take: their idle timeouts begin anew
 * with each byte.
 */
@Singleton
public final class AcceptHandler {
  private static final String DOORKEEPER = "tideline-doorkeeper";
  private static final String FIRST_CLOCK = "tideline-first-clock";
  private static final String CLOCK = "tideline-clock";
  private static final String FLOOD_WATCH = "tideline-flood-watch";
  private static final String USHER = "tideline-usher";

  /** Before all other filters. */
  private static final int PRIORITY = 1_000_000;

  private final Vertx vertx;
  private final Lanes lanes;
  private final RequestTimeouts limits;
  private final List<PendingRequests> pending;
  private final AddressLimiter gate;
  private final SecureHeaders secureHeaders;
  private final FramingCheck framing;
  private final ProblemAnswer problems;

  AcceptHandler(
      Vertx vertx,
      Lanes lanes,
      RequestTimeouts limits,
      AddressLimiter gate,
      SecureHeaders secureHeaders,
      FramingCheck framing,
      ProblemAnswer problems) {
    this.vertx = vertx;
    this.lanes = lanes;
    this.limits = limits;
    this.gate = gate;
    this.secureHeaders = secureHeaders;
    this.framing = framing;
    this.problems = problems;
    this.pending =
        lanes.all().stream()
            .map(lane -> new PendingRequests(lane, limits, System::nanoTime))
            .toList();
  }

  void open(@ObservesAsync HttpServerStart started) {
    watch();
  }

  void openTls(@ObservesAsync HttpsServerStart started) {
    watch();
  }

  private void watch() {
    NettyChannel.forEachServer(
        vertx,
        server -> {
          if (server.pipeline().get(DOORKEEPER) == null) {
            server.pipeline().addFirst(DOORKEEPER, new Doorkeeper());
          }
        });
  }

  void filter(@Observes Filters filters) {
    filters.register(this::begin, PRIORITY);
  }

  /** The head of a request is there. */
  private void begin(RoutingContext request) {
    Channel channel = NettyChannel.of(request.request().connection());
    ChannelPipeline pipeline = channel.pipeline();
    if (pipeline.get(FIRST_CLOCK) != null) {
      pipeline.remove(FIRST_CLOCK);
      boolean isHttp2 = request.request().version() == HttpVersion.HTTP_2;
      if (!isHttp2) {
        pipeline.remove(FLOOD_WATCH);
      }
      // Off the event loop, as in development after a reload, the end of the request may have
      // passed already.
      if (channel.eventLoop().inEventLoop()) {
        if (isHttp2) {
          Http2HeadTimeout.afterUpgrade(pipeline, ofThisLane());
        } else {
          Http1Answers.place(pipeline, problems);
          pipeline.addBefore(
              NettyChannel.VERTX_HANDLER, CLOCK, Http1RequestTimeout.afterFirstHead(ofThisLane()));
        }
      }
    }
    if (request.request().version() == HttpVersion.HTTP_2 && channel.eventLoop().inEventLoop()) {
      count(channel);
    }
    secureHeaders.mark(request.request());
    if (!framing.refuses(request.request())) {
      request.next();
    }
  }

  /** From the first request over HTTP/2 on: what was there before, an upgrade may have removed. */
  private void count(Channel connection) {
    RequestLimiter pace = connection.pipeline().get(RequestLimiter.class);
    if (pace == null && isCounted(connection)) {
      pace = new RequestLimiter(limits.perConnection(), System::nanoTime);
      connection.pipeline().addFirst(pace);
      BoundedReads.shorten(connection, BoundedReads.HTTP2_BYTES);
    }
    if (pace != null) {
      pace.begin(connection);
    }
  }

  private boolean isCounted(Channel connection) {
    return connection instanceof SocketChannel socket
        && socket.remoteAddress() != null
        && gate.counts(socket.remoteAddress().getAddress());
  }

  private PendingRequests ofThisLane() {
    return pending.get(lanes.current().index());
  }

  /** Meets each connection before Vert.x does. */
  @Sharable
  private final class Doorkeeper extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext server, Object accepted) {
      Channel connection = (Channel) accepted;
      AddressLimiter.Visit visit = let(connection);
      if (visit == null) {
        connection.unsafe().closeForcibly();
        return;
      }
      BoundedReads.bound(connection);
      var unused = connection.closeFuture().addListener(closed -> visit.leave());
      connection
          .pipeline()
          .addLast(FIRST_CLOCK, new FirstClock())
          .addLast(FLOOD_WATCH, new FloodWatch(visit))
          .addLast(USHER, new Http2HeadTimeout.Usher(AcceptHandler.this::ofThisLane));
      Http1Answers.placeLater(connection.pipeline(), problems);
      server.fireChannelRead(accepted);
    }

    /** Null if it may not come in, or has gone already; what isn't of the network always may. */
    private AddressLimiter.@Nullable Visit let(Channel connection) {
      if (!(connection instanceof SocketChannel socket)) {
        return AddressLimiter.UNCOUNTED;
      }
      InetSocketAddress from = socket.remoteAddress();
      return from == null ? null : gate.enter(from.getAddress());
    }
  }

  /** Becomes a clock once the connection has its event loop. */
  private final class FirstClock extends ChannelInboundHandlerAdapter {
    @Override
    public void handlerAdded(ChannelHandlerContext context) {
      context
          .pipeline()
          .replace(this, FIRST_CLOCK, Http1RequestTimeout.beforeFirstRequest(ofThisLane()));
    }
  }
}
