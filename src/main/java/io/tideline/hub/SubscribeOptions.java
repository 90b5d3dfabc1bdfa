package io.tideline.hub;

import org.jspecify.annotations.Nullable;

/**
 * The wishes of a protocol for one subscription, beside its channel and its start.
 *
 * @param format what its publications are written in; null for {@link Outlet#format()}
 * @param skipsOwn whether it moves on, without a write, over live publications whose origin is
 *     {@link Outlet#name()}. What is read from the log has no origin, so these are written: a
 *     replay, and what came from another node without its payload because that was too large.
 * @param ended is run once when the subscription is over, for whatever reason; null for nothing
 * @param seatInfo what others are told of this connection where presence is kept, at most {@value
 *     io.tideline.presence.Seat#INFO_BYTES_MAX} bytes; null if it is not told one by one. A
 *     connection with a seat must have a name.
 */
@SuppressWarnings("ArrayRecordComponent") // neither compared nor changed
public record SubscribeOptions(
    @Nullable Format format,
    boolean skipsOwn,
    byte @Nullable [] seatInfo,
    @Nullable Runnable ended) {
  /** No wishes. */
  public static final SubscribeOptions NONE = new SubscribeOptions(null, false, null, null);

  public SubscribeOptions withFormat(Format newFormat) {
    return new SubscribeOptions(newFormat, skipsOwn, seatInfo, ended);
  }

  public SubscribeOptions skippingOwn() {
    return new SubscribeOptions(format, true, seatInfo, ended);
  }

  public SubscribeOptions whenEnded(Runnable task) {
    return new SubscribeOptions(format, skipsOwn, seatInfo, task);
  }

  public SubscribeOptions withSeat(byte[] info) {
    return new SubscribeOptions(format, skipsOwn, info, ended);
  }
}
