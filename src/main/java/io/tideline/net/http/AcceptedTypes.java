package io.tideline.net.http;

import io.tideline.net.HeaderLists;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The media types that a request's {@code Accept} header asks for (RFC 9110, 12.5.1). It is a list,
 * whose elements may stand in one line or in several; a type is written in any case, and one whose
 * weight is 0 is refused. What can't be read names nothing.
 */
public final class AcceptedTypes {
  private static final int WEIGHT_MAX = 1000;

  private final List<Range> ranges;

  /**
   * One element of the list.
   *
   * @param type of the media range, in lower case
   * @param subtype likewise
   * @param weight in thousandths
   */
  private record Range(String type, String subtype, int weight) {
    /** How exactly it names a type; -1 if it doesn't. */
    int precision(String wantedType, String wantedSubtype) {
      if (type.equals(wantedType)) {
        return subtype.equals(wantedSubtype) ? 2 : wildcard(1);
      }
      return type.equals("*") ? wildcard(0) : -1;
    }

    private int wildcard(int precision) {
      return subtype.equals("*") ? precision : -1;
    }
  }

  private AcceptedTypes(List<Range> ranges) {
    this.ranges = ranges;
  }

  /**
   * Reads the header.
   *
   * @param lines each line's value; none: everything is accepted
   */
  public static AcceptedTypes of(List<String> lines) {
    List<Range> ranges = new ArrayList<>();
    for (String element : HeaderLists.elements(lines)) {
      Range range = range(HeaderLists.parts(element, ';'));
      if (range != null) {
        ranges.add(range);
      }
    }
    return new AcceptedTypes(
        ranges.isEmpty() && isEmpty(lines) ? List.of(new Range("*", "*", WEIGHT_MAX)) : ranges);
  }

  private static boolean isEmpty(List<String> lines) {
    return lines.stream().allMatch(String::isBlank);
  }

  /** Whether it accepts the type at all. */
  public boolean accepts(String type, String subtype) {
    return weight(type, subtype) > 0;
  }

  /** Whether it would rather have the one than the other; of equals, one that it names exactly. */
  public boolean prefers(String type, String subtype, String otherType, String otherSubtype) {
    int weight = weight(type, subtype);
    int other = weight(otherType, otherSubtype);
    return weight > other || (weight > 0 && weight == other && precision(type, subtype) == 2);
  }

  private int weight(String type, String subtype) {
    int best = -1;
    int weight = 0;
    for (Range range : ranges) {
      int precision = range.precision(type, subtype);
      if (precision > best || (precision >= 0 && precision == best && range.weight > weight)) {
        best = precision;
        weight = range.weight;
      }
    }
    return weight;
  }

  private int precision(String type, String subtype) {
    return ranges.stream().mapToInt(range -> range.precision(type, subtype)).max().orElse(-1);
  }

  /** Null if it isn't one. Parameters but the weight tell apart nothing that is served here. */
  private static Range range(List<String> parts) {
    String[] names = parts.get(0).toLowerCase(Locale.ROOT).split("/", -1);
    if (names.length != 2 || names[0].isBlank() || names[1].isBlank()) {
      return null;
    }
    int weight = WEIGHT_MAX;
    for (String parameter : parts.subList(1, parts.size())) {
      String[] pair = parameter.split("=", 2);
      if (pair[0].strip().equalsIgnoreCase("q")) {
        weight = pair.length == 2 ? weight(pair[1].strip()) : -1;
      }
    }
    return weight < 0 ? null : new Range(names[0].strip(), names[1].strip(), weight);
  }

  /** In thousandths; -1 if it is none (RFC 9110, 12.4.2). */
  private static int weight(String text) {
    return text.matches("0(\\.\\d{0,3})?|1(\\.0{0,3})?")
        ? (int) Math.round(Double.parseDouble(text) * WEIGHT_MAX)
        : -1;
  }
}
