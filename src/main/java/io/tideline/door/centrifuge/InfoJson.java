package io.tideline.door.centrifuge;

import java.util.Map;
import org.jose4j.json.JsonUtil;

/** A claim's value as JSON again. */
final class InfoJson {
  private static final String NAME = "i";

  private InfoJson() {}

  /** The library writes objects alone, so the value is taken out of one. */
  static String of(Object value) {
    String object = JsonUtil.toJson(Map.of(NAME, value));
    return object.substring(object.indexOf(':') + 1, object.length() - 1);
  }
}
