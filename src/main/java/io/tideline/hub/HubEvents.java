package io.tideline.hub;

import io.tideline.stream.Gap;
import io.tideline.stream.Publication;

/**
 * What the live side tells whoever counts. Called on the hot path, from any lane: an implementation
 * costs O(1) and never throws.
 */
public interface HubEvents {
  HubEvents NONE = new HubEvents() {};

  default void connected(Transport transport) {}

  default void disconnected(Transport transport) {}

  default void subscribed() {}

  default void unsubscribed() {}

  /** What became of a message that a publisher had the right to publish. */
  default void published(PublishSource source, PublishOutcome outcome) {}

  /** Messages that this node moved from the outbox into the log. */
  default void moved(int messages) {}

  /** What the connections of one lane were given in one wake. */
  default void delivered(Transport transport, int messages, int writes) {}

  /** The first publication of a wake, when its last outlet had been written to. */
  default void lag(Delivery delivery, Publication first) {}

  default void gapTold(Gap gap) {}

  default void pageRead(int publications) {}

  default void pageFromCache() {}

  default void slow() {}

  /** Publications came with a hole before them, and it had to be read from the log. */
  default void holeRead() {}
}
