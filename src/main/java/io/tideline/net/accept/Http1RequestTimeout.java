package io.tideline.net.accept;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;

/**
 * The timeout of an arriving request in HTTP/1, from the first bytes of its head to the end of its
 * body. Until a connection's first request it stands before all others in the pipeline and runs
 * from the beginning; after that it stands behind the decoder.
 *
 * <p>While an answer is on its way, bytes that aren't a message yet don't start it: a live stream
 * must not end for a TLS record or a blank line.
 */
public final class Http1RequestTimeout extends ArrivalTimeout {
  /** Requests whose answers haven't ended. */
  private int unanswered;

  /** Whether a head has come, and its body hasn't ended. */
  private boolean hasHead;

  /** Whether this read brought a message. */
  private boolean broughtMessage;

  private Http1RequestTimeout(PendingRequests pending) {
    super(pending);
  }

  /** Of a connection that has just been accepted. */
  public static Http1RequestTimeout beforeFirstRequest(PendingRequests pending) {
    Http1RequestTimeout clock = new Http1RequestTimeout(pending);
    clock.start();
    return clock;
  }

  /** Of a connection whose first head has been read, in the midst of the read. */
  public static Http1RequestTimeout afterFirstHead(PendingRequests pending) {
    Http1RequestTimeout clock = new Http1RequestTimeout(pending);
    clock.unanswered = 1;
    clock.hasHead = true;
    return clock;
  }

  @Override
  long limitNanos(RequestTimeouts limits) {
    return (hasHead ? limits.whole() : limits.head()).toNanos();
  }

  @Override
  public void channelRead(ChannelHandlerContext own, Object read) {
    if (read instanceof HttpRequest) {
      broughtMessage = true;
      hasHead = true;
      unanswered++;
    }
    if (read instanceof HttpContent) {
      broughtMessage = true;
      if (read instanceof LastHttpContent) {
        hasHead = false;
        stop();
      }
    }
    own.fireChannelRead(read);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext own) {
    if (hasHead || (!broughtMessage && unanswered == 0)) {
      start();
    }
    broughtMessage = false;
    own.fireChannelReadComplete();
  }

  @Override
  public void write(ChannelHandlerContext own, Object write, ChannelPromise promise) {
    if (write instanceof HttpResponse head
        && head.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
      if (head.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
        own.pipeline().remove(this);
      }
    } else if (write instanceof LastHttpContent) {
      unanswered--;
    }
    var unused = own.write(write, promise);
  }
}
