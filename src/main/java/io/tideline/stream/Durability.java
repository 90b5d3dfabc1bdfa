package io.tideline.stream;

/** Whether a namespace's channels have a log. */
public enum Durability {
  /** Stored before it is answered; gap-free on resume. */
  DURABLE,
  /** Never stored: at most once, to those who are there. */
  EPHEMERAL
}
