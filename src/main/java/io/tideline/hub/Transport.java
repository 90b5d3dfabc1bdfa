package io.tideline.hub;

import java.util.List;
import java.util.Locale;

/** The kind of a connection, in figures and lists. */
public enum Transport {
  WEBSOCKET(0),
  SSE(1),
  /** A page that waits for its first message. */
  LONG_POLL(2),
  /** A page of what is stored; gone as soon as it is full. */
  PAGE(3);

  static final List<Transport> ALL = List.of(values());

  private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

  private final int slot;

  Transport(int slot) {
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
