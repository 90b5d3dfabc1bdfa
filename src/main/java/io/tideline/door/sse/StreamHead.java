package io.tideline.door.sse;

import io.tideline.access.AccessPolicy.Decision;
import io.tideline.loop.Lane;
import io.tideline.net.http.Leftovers;
import io.tideline.net.http.RetryHint;
import io.tideline.net.out.ResponseWriter;
import io.tideline.net.websocket.WriteMode;
import io.tideline.protocol.ProblemDetails;
import io.tideline.protocol.ServerEvents;
import io.tideline.stream.Channel;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;

/**
 * How a stream begins: the head of its response, when to come back, where the reader stands, and
 * what it may not have.
 */
final class StreamHead {
  private final RoutingContext context;
  private final HttpServerRequest request;
  private final Lane lane;
  private final WriteMode way;
  private final RetryHint retryHint;
  private final Map<Channel, Decision.Refused> refused;

  StreamHead(
      RoutingContext context,
      Lane lane,
      WriteMode way,
      RetryHint retryHint,
      Map<Channel, Decision.Refused> refused) {
    this.context = context;
    this.request = context.request();
    this.lane = lane;
    this.way = way;
    this.retryHint = retryHint;
    this.refused = refused;
  }

  /**
   * Sends it.
   *
   * @param id null for none
   */
  ResponseWriter send(String id, Runnable writable) {
    prepare();
    Buffer opening = Buffer.buffer(opening(id));
    refused.forEach(
        (channel, why) ->
            opening.appendBytes(ServerEvents.unsubscribed(channel, ProblemDetails.of(why))));
    ResponseWriter out = way.stream(lane, request, opening.getBytes(), writable);
    Leftovers.clear(context);
    return out;
  }

  /** Sends the answer to HEAD. */
  void sendAlone() {
    var unused = prepare().end();
  }

  /** Sends all that there is to say to a reader that shall come back later. */
  void sendAway(String lastId) {
    var unused = prepare().end(Buffer.buffer(opening(lastId)));
  }

  /** What ends a stream whose reader shall come back. */
  byte[] comeBack() {
    return ServerEvents.retry(retryHint.next());
  }

  private byte[] opening(String id) {
    return id == null ? comeBack() : ServerEvents.prelude(retryHint.next(), id);
  }

  private HttpServerResponse prepare() {
    return request
        .response()
        .putHeader("Content-Type", "text/event-stream")
        .putHeader("Cache-Control", "no-store")
        .putHeader("X-Accel-Buffering", "no");
  }
}
