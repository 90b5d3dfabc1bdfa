package io.tideline.net.http;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.tideline.net.NettyChannel;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import jakarta.inject.Singleton;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Refuses requests of HTTP/1 that the decoder reads in one way, and a proxy may read in another:
 * those for several hosts (RFC 9112, 3.2), and those with a transfer coding beside chunked (RFC
 * 9112, 6.1), which nobody here undoes. What comes after one may be a part of it to somebody else,
 * so nothing does: its connection ends. On the event loop of the connection.
 */
@Singleton
final class FramingCheck {
  private static final AttributeKey<Boolean> REFUSED =
      AttributeKey.valueOf(FramingCheck.class, "refused");

  private final ProblemAnswer problems;

  FramingCheck(ProblemAnswer problems) {
    this.problems = problems;
  }

  /** Whether it has been answered, or came after one that was, and is nobody's any more. */
  boolean refuses(HttpServerRequest request) {
    if (request.version() == HttpVersion.HTTP_2) {
      return false;
    }
    Channel channel = NettyChannel.of(request.connection());
    if (channel.hasAttr(REFUSED)) {
      return true;
    }
    String fault = fault(request);
    if (fault == null) {
      return false;
    }
    channel.attr(REFUSED).set(true);
    request.response().putHeader("Connection", "close");
    problems.end(request.response(), ProblemDetails.of(Problem.INVALID_PARAMETER, fault));
    var unused = request.connection().close();
    return true;
  }

  private static @Nullable String fault(HttpServerRequest request) {
    int hosts = request.headers().getAll("Host").size();
    if (hosts > 1) {
      return "A request has one 'Host' header; this one has " + hosts + ".";
    }
    List<String> codings = request.headers().getAll("Transfer-Encoding");
    return codings.isEmpty() || (codings.size() == 1 && codings.get(0).equalsIgnoreCase("chunked"))
        ? null
        : "'Transfer-Encoding' may be 'chunked', and nothing else.";
  }
}
