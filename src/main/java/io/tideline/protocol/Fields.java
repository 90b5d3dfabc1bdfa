package io.tideline.protocol;

import io.tideline.stream.Channel;
import java.util.Map;
import java.util.Set;

/** The known fields of one command or item, with the questions that are asked of them. */
public final class Fields {
  private final String owner;
  private final Map<String, JsonValue> values;

  private Fields(String owner, Map<String, JsonValue> values) {
    this.owner = owner;
    this.values = values;
  }

  /**
   * Reads an object.
   *
   * @param owner how to call it in an error
   */
  public static Fields of(String owner, JsonValue object, Set<String> known) {
    if (!object.isObject()) {
      throw new UnreadableException(Problem.INVALID_COMMAND, "'" + owner + "' must be an object.");
    }
    return new Fields(owner, object.fields(known));
  }

  /** Null if it isn't there. */
  public JsonValue get(String name) {
    return values.get(name);
  }

  /** Null if it isn't there. */
  public String text(String name) {
    JsonValue value = values.get(name);
    if (value == null) {
      return null;
    }
    if (!value.isString()) {
      throw UnreadableException.parameter(
          "'" + name + "' must be a string; leave it out if it is empty.");
    }
    return value.text();
  }

  public String needText(String name) {
    String text = text(name);
    if (text == null) {
      throw new UnreadableException(
          Problem.INVALID_COMMAND, "'" + owner + "' needs '" + name + "', a string.");
    }
    return text;
  }

  public Channel channel() {
    return new Channel(needText("channel"));
  }

  public boolean flag(String name) {
    JsonValue value = values.get(name);
    if (value == null || value.isFalse()) {
      return false;
    }
    if (value.isTrue()) {
      return true;
    }
    throw UnreadableException.parameter("'" + name + "' must be true or false.");
  }

  /** The digits of a whole number; null if it isn't there. */
  public String digits(String name) {
    JsonValue value = values.get(name);
    if (value == null) {
      return null;
    }
    if (!value.isWholeNumber()) {
      throw UnreadableException.parameter("'" + name + "' must be a whole number, 0 or more.");
    }
    return value.digits();
  }
}
