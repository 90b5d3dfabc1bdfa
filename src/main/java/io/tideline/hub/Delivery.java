package io.tideline.hub;

import java.util.List;
import java.util.Locale;

/** The reason why a publication reaches a cursor only now: what its age is to be read as. */
public enum Delivery {
  /** The cursor was at the head when it was stored: its age is the delay of the service. */
  LIVE(0),
  /** The cursor has been at the head, but its connection takes less than comes. */
  BEHIND(1),
  /** It was stored before the cursor first reached the head: its age says nothing. */
  REPLAY(2);

  static final List<Delivery> ALL = List.of(values());

  private final String label = name().toLowerCase(Locale.ROOT);

  private final int slot;

  Delivery(int slot) {
    this.slot = slot;
  }

  /** Its place in arrays of figures. */
  int slot() {
    return slot;
  }

  public String label() {
    return label;
  }
}
