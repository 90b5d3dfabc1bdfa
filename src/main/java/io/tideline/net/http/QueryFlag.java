package io.tideline.net.http;

import io.tideline.stream.InvalidInputException;
import io.tideline.stream.InvalidInputException.Subject;
import io.vertx.core.MultiMap;

/** A parameter of a query that is true or false, and false where it is missing. */
public final class QueryFlag {
  private QueryFlag() {}

  /**
   * Reads it.
   *
   * @throws InvalidInputException if it is something else
   */
  public static boolean of(MultiMap query, String name) {
    String text = query.get(name);
    if (text == null || text.equals("false")) {
      return false;
    }
    if (text.equals("true")) {
      return true;
    }
    throw new InvalidInputException(Subject.PARAMETER, "'" + name + "' must be true or false.");
  }
}
