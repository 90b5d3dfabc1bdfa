package io.tideline.session;

import java.util.Locale;

/** The limits beyond which something is refused for now, by the names of their settings. */
public enum Limit {
  CONNECTIONS,
  CONNECTIONS_PER_ADDRESS,
  CONNECTIONS_PER_SUBJECT,
  NEW_CONNECTIONS,
  PUBLISHES_PER_SUBJECT,
  COMMANDS,
  /** What may wait for the authorizer; has no setting. */
  AUTHORIZER_QUEUE;

  private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

  public String label() {
    return label;
  }
}
