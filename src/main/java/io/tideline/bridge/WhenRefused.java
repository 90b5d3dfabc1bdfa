package io.tideline.bridge;

/** What a bridge does with a record that can't be stored for what it is. */
public enum WhenRefused {
  STOP,
  SKIP,
  DEAD_LETTER
}
