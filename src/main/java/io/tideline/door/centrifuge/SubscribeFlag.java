package io.tideline.door.centrifuge;

/** The bits of a subscribe's {@code flag} that are looked at; all others are ignored. */
final class SubscribeFlag {
  /** An impossible recovery is an error. */
  static final long REJECT_UNRECOVERED = 2;

  private SubscribeFlag() {}
}
