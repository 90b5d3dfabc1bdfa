package io.tideline.net.accept;

import java.time.Duration;

/**
 * The times in which a request must arrive, whatever trickles in meanwhile; then its connection is
 * closed. And the number of requests that may. They say nothing of the answer, nor how long that
 * takes.
 *
 * @param head from the connection's beginning, or the first bytes on one that was used before
 * @param whole of a request with a body
 * @param perConnection requests a second that one connection of HTTP/2 may begin
 */
public record RequestTimeouts(Duration head, Duration whole, int perConnection) {
  public RequestTimeouts {
    if (head.isNegative() || head.isZero() || whole.compareTo(head) < 0) {
      throw new IllegalArgumentException(
          "tideline.limits.handshake must be longer than 0, and tideline.limits.request no"
              + " shorter");
    }
  }
}
