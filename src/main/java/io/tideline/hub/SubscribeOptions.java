package io.tideline.hub;

import org.jspecify.annotations.Nullable;

/**
 * The wishes of a protocol for one subscription, beside its channel and its start.
 *
 * @param format what its publications are written in; null for {@link Outlet#format()}
 */
public record SubscribeOptions(@Nullable Format format) {
  /** No wishes. */
  public static final SubscribeOptions NONE = new SubscribeOptions(null);

  /** Its publications are written in this format, whatever the connection's other ones are in. */
  public SubscribeOptions withFormat(Format newFormat) {
    return new SubscribeOptions(newFormat);
  }
}
