package io.tideline.door.centrifuge;

import io.tideline.stream.Publication;
import java.util.HashMap;
import java.util.Map;

/** The tags in which publications carry what the protocol has no field for. */
final class Tags {
  /** The publication's type. */
  static final String TYPE = "tideline-type";

  /** Of a payload that is neither JSON nor text, where it comes as base64. */
  static final String ENCODING = "tideline-encoding";

  private Tags() {}

  /** The publication's headers, and its type; to be changed by the caller. */
  static Map<String, String> of(Publication publication) {
    Map<String, String> tags = new HashMap<>(publication.headers());
    if (publication.type() != null) {
      tags.put(TYPE, publication.type());
    }
    return tags;
  }
}
