package io.tideline.hub;

import java.util.List;
import java.util.Locale;

/** The kind of a connection, in figures and lists. */
public enum Transport {
  WEBSOCKET,
  SSE,
  /** A page that waits for its first message. */
  LONG_POLL,
  /** A page of what is stored; gone as soon as it is full. */
  PAGE;

  static final List<Transport> ALL = List.of(values());

  private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

  public String label() {
    return label;
  }
}
