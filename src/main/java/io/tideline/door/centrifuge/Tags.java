package io.tideline.door.centrifuge;

/** The tags in which publications carry what the protocol has no field for. */
final class Tags {
  /** The publication's type. */
  static final String TYPE = "tideline-type";

  /** Of a payload that is neither JSON nor text, where it comes as base64. */
  static final String ENCODING = "tideline-encoding";

  private Tags() {}
}
