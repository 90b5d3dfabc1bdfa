package io.tideline.net.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import io.tideline.net.NettyChannel;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The last hand on what Vert.x answers over HTTP/1, on a connection's event loop.
 *
 * <ul>
 *   <li>A head that can't be read never becomes a request, and Vert.x answers it without a word.
 *       Here that becomes a problem, which says what was too long.
 *   <li>An answer to HTTP/1.0 that has no length ends with its connection (RFC 9112, 6.3), also
 *       where the client would keep that: Vert.x promises to keep it, and then the client waits for
 *       ever.
 * </ul>
 */
final class Http1Answers extends ChannelDuplexHandler {
  private static final String NAME = "tideline-http1-answers";
  private static final String PLACER = "tideline-http1-answers-placer";

  private static final Set<HttpResponseStatus> WORDLESS =
      Set.of(
          HttpResponseStatus.BAD_REQUEST,
          HttpResponseStatus.REQUEST_URI_TOO_LONG,
          HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE);

  private final ProblemAnswer problems;

  /** Why the last head couldn't be read; null as long as all could. */
  private @Nullable Throwable unreadable;

  /** Whether the connection ends with the answer that is on its way. */
  private boolean isLast;

  private Http1Answers(ProblemAnswer problems) {
    this.problems = problems;
  }

  /** Takes its place as soon as the connection turns out to be one of HTTP/1. */
  static void placeLater(ChannelPipeline pipeline, ProblemAnswer problems) {
    pipeline.addLast(PLACER, new Placer(problems));
  }

  /** Takes its place, unless it has it or the connection isn't one of HTTP/1. */
  static void place(ChannelPipeline pipeline, ProblemAnswer problems) {
    ChannelHandlerContext encoder = pipeline.context(HttpResponseEncoder.class);
    if (pipeline.get(NAME) == null && encoder != null) {
      pipeline.addAfter(encoder.name(), NAME, new Http1Answers(problems));
    }
    if (pipeline.get(PLACER) != null) {
      pipeline.remove(PLACER);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext own, Object read) {
    if (read instanceof HttpRequest head && head.decoderResult().isFailure()) {
      unreadable = head.decoderResult().cause();
    }
    own.fireChannelRead(read);
  }

  @Override
  public void write(ChannelHandlerContext own, Object write, ChannelPromise promise) {
    Object written = write;
    if (write instanceof FullHttpResponse full && isWordless(full)) {
      ReferenceCountUtil.release(full);
      written = problem();
      isLast = true;
    } else if (write instanceof HttpResponse head) {
      if (head.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
        own.pipeline().remove(this);
      } else if (endsWithConnection(head)) {
        head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        isLast = true;
      }
    }
    boolean isEnd = isLast && written instanceof LastHttpContent;
    var unused =
        own.write(
            written, isEnd ? promise.unvoid().addListener(ChannelFutureListener.CLOSE) : promise);
  }

  private boolean isWordless(FullHttpResponse answer) {
    return unreadable != null
        && !answer.content().isReadable()
        && WORDLESS.contains(answer.status());
  }

  private FullHttpResponse problem() {
    ProblemDetails details = ProblemDetails.of(Problem.INVALID_PARAMETER, "This is no HTTP/1.1.");
    if (unreadable instanceof TooLongHttpLineException) {
      details = ProblemDetails.of(Problem.URI_TOO_LONG);
    } else if (unreadable instanceof TooLongHttpHeaderException) {
      details = ProblemDetails.of(Problem.HEADERS_TOO_LARGE);
    }
    byte[] json = details.json();
    FullHttpResponse answer =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(details.status()),
            Unpooled.wrappedBuffer(json));
    problems.refuse(details).forEach(answer.headers()::set);
    answer
        .headers()
        .set(HttpHeaderNames.CONTENT_LENGTH, json.length)
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    return answer;
  }

  private static boolean endsWithConnection(HttpResponse head) {
    HttpStatusClass kind = head.status().codeClass();
    return head.protocolVersion().equals(HttpVersion.HTTP_1_0)
        && kind != HttpStatusClass.INFORMATIONAL
        && !head.status().equals(HttpResponseStatus.NO_CONTENT)
        && !head.status().equals(HttpResponseStatus.NOT_MODIFIED)
        && !head.headers().contains(HttpHeaderNames.CONTENT_LENGTH);
  }

  /**
   * Waits until Vert.x has made the pipeline of one protocol or the other. That of HTTP/1 has its
   * codec before its handler, which comes with the first head.
   */
  private static final class Placer extends ChannelInboundHandlerAdapter {
    private final ProblemAnswer problems;

    Placer(ProblemAnswer problems) {
      this.problems = problems;
    }

    @Override
    public void channelRead(ChannelHandlerContext own, Object read) {
      own.fireChannelRead(read);
      boolean isMade =
          own.pipeline().get(HttpResponseEncoder.class) != null
              || own.pipeline().get(NettyChannel.VERTX_HANDLER) != null;
      if (isMade) {
        place(own.pipeline(), problems);
      }
    }
  }
}
