package io.tideline.door.pages;

import io.tideline.protocol.Problem;

/** How a request for a page ends. */
sealed interface PageAnswer {
  record Refused(Problem why) implements PageAnswer {}

  /** A page. */
  final class Filled implements PageAnswer {
    private final byte[] json;
    private final String etag;

    Filled(byte[] json, String etag) {
      this.json = json;
      this.etag = etag;
    }

    /** Not to be changed. */
    byte[] json() {
      return json;
    }

    /** Null if the same request may bring something else with the same tag. */
    String etag() {
      return etag;
    }
  }
}
