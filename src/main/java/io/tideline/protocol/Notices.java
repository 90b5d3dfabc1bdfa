package io.tideline.protocol;

import io.tideline.stream.Channel;
import java.time.Duration;
import java.time.Instant;

/** The objects that WebSocket frames and control events have in common. */
public final class Notices {
  private Notices() {}

  public static void unsubscribed(Channel channel, ProblemDetails why, JsonBuffer out) {
    out.raw("{\"channel\":\"").raw(channel.name());
    out.raw("\",\"code\":\"").raw(why.problem().code()).raw('"');
    if (why.detail() != null) {
      out.raw(",\"message\":").string(why.detail());
    }
    out.raw('}');
  }

  public static void expiring(Instant at, Duration within, JsonBuffer out) {
    out.raw("{\"at\":").time(at).raw(",\"withinMs\":").number(within.toMillis()).raw('}');
  }

  public static void drain(Duration within, JsonBuffer out) {
    out.raw("{\"withinMs\":").number(within.toMillis()).raw('}');
  }
}
