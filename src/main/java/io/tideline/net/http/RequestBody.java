package io.tideline.net.http;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.session.ProblemException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a request on its event loop, and never more than may be. (What Quarkus reads by
 * itself goes to a worker thread beyond 10 KB, and is answered without a problem beyond its limit.)
 * The rest of a body that is too large is read and dropped, as long as a request may take, since a
 * client that is still sending would lose the answer if the connection were closed.
 */
public final class RequestBody {
  private static final String KEY = RequestBody.class.getName();

  /** CANCEL (RFC 9113, section 7). */
  private static final long HTTP_2_CANCEL = 0x8;

  private final HttpServerRequest request;
  private final int bytesMax;
  private final Problem tooLarge;
  private final UniEmitter<? super Buffer> emitter;

  /** Null once it is too large. */
  private @Nullable Buffer body = Buffer.buffer();

  private RequestBody(
      HttpServerRequest request,
      int bytesMax,
      Problem tooLarge,
      UniEmitter<? super Buffer> emitter) {
    this.request = request;
    this.bytesMax = bytesMax;
    this.tooLarge = tooLarge;
    this.emitter = emitter;
  }

  /** The body that was read. */
  public static byte[] of(RoutingContext context) {
    return buffer(context).getBytes();
  }

  /** Bytes of the body that was read. */
  public static int length(RoutingContext context) {
    return buffer(context).length();
  }

  private static Buffer buffer(RoutingContext context) {
    return Objects.requireNonNull(context.get(KEY), "no body was read for this resource");
  }

  /**
   * Reads it, or fails with a {@link ProblemException}. Never completes if the client goes.
   *
   * @param timeMax that it may take over HTTP/2, where nothing else counts the time of one request
   *     among others; then its stream is reset
   */
  static Uni<Void> read(RoutingContext context, int bytesMax, Problem tooLarge, Duration timeMax) {
    if (context.request().version() == HttpVersion.HTTP_2) {
      resetAfter(context, timeMax);
    }
    return Uni.createFrom()
        .<Buffer>emitter(
            emitter -> new RequestBody(context.request(), bytesMax, tooLarge, emitter).begin())
        .invoke(body -> context.put(KEY, body))
        .replaceWithVoid();
  }

  private static void resetAfter(RoutingContext context, Duration timeMax) {
    HttpServerRequest request = context.request();
    long timer =
        context
            .vertx()
            .setTimer(
                timeMax.toMillis(),
                id -> {
                  if (!request.isEnded()) {
                    request.response().reset(HTTP_2_CANCEL);
                  }
                });
    context.addEndHandler(ended -> context.vertx().cancelTimer(timer));
  }

  private void begin() {
    if (announcedBytes() > bytesMax) {
      refuse();
    } else if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
      request.response().writeContinue();
    }
    request.handler(this::take).endHandler(end -> finish()).resume();
  }

  /** -1 if it isn't announced; the decoder has refused what is no number. */
  private long announcedBytes() {
    String announced = request.getHeader("Content-Length");
    return announced == null ? -1 : Long.parseLong(announced);
  }

  private void take(Buffer part) {
    if (body == null) {
      return;
    }
    if (body.length() + part.length() > bytesMax) {
      refuse();
    } else {
      body.appendBuffer(part);
    }
  }

  private void refuse() {
    body = null;
    emitter.fail(
        new ProblemException(
            ProblemDetails.of(tooLarge, "The body may have at most " + bytesMax + " bytes.")));
  }

  private void finish() {
    if (body != null) {
      emitter.complete(body);
    }
  }
}
