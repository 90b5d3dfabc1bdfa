package io.tideline.hub;

import java.util.Locale;

/** The way on which a message came to this node, for figures. */
public enum PublishSource {
  REST,
  BATCH,
  WEBSOCKET,
  SQL,
  BRIDGE;

  private final String label = name().toLowerCase(Locale.ROOT);

  public String label() {
    return label;
  }
}
