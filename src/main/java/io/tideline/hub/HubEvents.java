package io.tideline.hub;

import io.tideline.stream.Gap;
import io.tideline.stream.Publication;

/**
 * What the live side tells whoever counts. Called on the hot path, from any lane: an implementation
 * costs O(1) and never throws.
 */
public interface HubEvents {
  HubEvents NONE = new HubEvents() {};

  default void connected() {}

  default void disconnected() {}

  default void subscribed() {}

  default void unsubscribed() {}

  /** Messages of one batch that were stored, or taken on an ephemeral channel. */
  default void published(int messages) {}

  /** The run reached {@code outlets} connections of one lane. */
  default void delivered(int messages, long outlets) {}

  /** The oldest publication of a wake, when its last outlet had been written to. */
  default void lag(Publication oldest) {}

  default void gapTold(Gap.Reason reason) {}

  default void pageRead(int publications) {}

  default void pageFromCache() {}

  default void slow() {}

  /** Publications came with a hole before them, and it had to be read from the log. */
  default void holeRead() {}
}
