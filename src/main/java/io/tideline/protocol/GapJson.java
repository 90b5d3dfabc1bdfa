package io.tideline.protocol;

import io.tideline.stream.Gap;
import java.util.Locale;

/**
 * The gap object. {@code from} and {@code to} are null where they can't be known; on an ephemeral
 * channel {@code count} says how many were dropped, and there is no position.
 */
public final class GapJson {
  private GapJson() {}

  public static void write(Gap gap, JsonBuffer out) {
    out.raw("{\"channel\":\"").raw(gap.channel().name()).raw("\",\"from\":");
    writeOffset(gap.from(), out);
    out.raw(",\"to\":");
    writeOffset(gap.to(), out);
    if (gap.position() == null && gap.count() > 0) {
      out.raw(",\"count\":").number(gap.count());
    }
    out.raw(",\"reason\":\"").raw(gap.reason().name().toLowerCase(Locale.ROOT)).raw('"');
    if (gap.position() != null) {
      out.raw(",\"position\":\"").raw(gap.position().encode()).raw('"');
    }
    out.raw('}');
  }

  private static void writeOffset(long offset, JsonBuffer out) {
    if (offset == 0) {
      out.raw("null");
    } else {
      out.number(offset);
    }
  }
}
