package io.tideline.hub;

import org.jspecify.annotations.Nullable;

/**
 * The wishes of a protocol for one subscription, beside its channel and its start.
 *
 * @param format what its publications are written in; null for {@link Outlet#format()}
 * @param skipsOwn whether it moves on, without a write, over live publications whose origin is
 *     {@link Outlet#name()}. What is read from the log has no origin, so these are written: a
 *     replay, and what came from another node without its payload because that was too large.
 */
public record SubscribeOptions(@Nullable Format format, boolean skipsOwn) {
  /** No wishes. */
  public static final SubscribeOptions NONE = new SubscribeOptions(null, false);

  public SubscribeOptions withFormat(Format newFormat) {
    return new SubscribeOptions(newFormat, skipsOwn);
  }

  public SubscribeOptions skippingOwn() {
    return new SubscribeOptions(format, true);
  }
}
