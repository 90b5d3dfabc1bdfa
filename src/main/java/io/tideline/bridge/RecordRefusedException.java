package io.tideline.bridge;

/** This record can't be stored for what it is, however often it is tried. */
final class RecordRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  RecordRefusedException(String reason) {
    super(reason, null, false, false);
  }
}
