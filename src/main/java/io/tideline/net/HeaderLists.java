package io.tideline.net;

import java.util.ArrayList;
import java.util.List;

/**
 * Headers that are lists (RFC 9110, 5.3 and 5.6.1): several lines say what one line with commas
 * says, empty elements say nothing, and a comma in a quoted string separates nothing.
 */
public final class HeaderLists {
  private HeaderLists() {}

  /** The elements of a list, without the space around them. */
  public static List<String> elements(List<String> lines) {
    List<String> elements = new ArrayList<>();
    for (String line : lines) {
      for (String element : parts(line, ',')) {
        if (!element.isEmpty()) {
          elements.add(element);
        }
      }
    }
    return elements;
  }

  /** What stands between separators outside quoted strings, without the space around it. */
  public static List<String> parts(String text, char separator) {
    List<String> parts = new ArrayList<>();
    int start = 0;
    boolean isQuoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isQuoted && c == '\\') {
        i++;
      } else if (c == '"') {
        isQuoted = !isQuoted;
      } else if (c == separator && !isQuoted) {
        parts.add(text.substring(start, i).strip());
        start = i + 1;
      }
    }
    parts.add(text.substring(start).strip());
    return parts;
  }
}
