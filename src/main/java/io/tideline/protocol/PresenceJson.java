package io.tideline.protocol;

import io.tideline.presence.MemberList;
import io.tideline.presence.MemberPage;
import io.tideline.presence.Occupancy;
import io.tideline.presence.PresenceNews;
import java.util.List;

/** Who is in a channel, as an object. */
public final class PresenceJson {
  private PresenceJson() {}

  /** A page of the members, as REST answers it. */
  public static void page(MemberPage page, boolean isListed, JsonBuffer out) {
    begin(page.occupancy(), out);
    numbers(page.occupancy(), out);
    out.raw(",\"connections\":").number(page.connections());
    if (isListed) {
      out.raw(",\"members\":[");
      for (int i = 0; i < page.members().size(); i++) {
        MemberPage.Member member = page.members().get(i);
        out.raw(i == 0 ? "{\"subject\":" : ",{\"subject\":").string(member.subject());
        out.raw(",\"connections\":").number(member.connections());
        out.raw(",\"since\":").time(member.since()).raw('}');
      }
      out.raw("],\"next\":");
      if (page.next() == null) {
        out.raw("null");
      } else {
        out.string(page.next());
      }
    }
    out.raw('}');
  }

  public static void state(MemberList state, JsonBuffer out) {
    begin(state.occupancy(), out);
    numbers(state.occupancy(), out);
    if (state.members() != null) {
      names("members", state.members(), out);
    }
    out.raw('}');
  }

  public static void step(PresenceNews.Step step, JsonBuffer out) {
    begin(step.occupancy(), out);
    out.raw(",\"after\":").number(step.after());
    numbers(step.occupancy(), out);
    if (!step.joined().isEmpty()) {
      names("join", step.joined(), out);
    }
    if (!step.left().isEmpty()) {
      names("leave", step.left(), out);
    }
    if (step.occupied()) {
      out.raw(",\"occupied\":true");
    } else if (step.occupancy().isVacant()) {
      out.raw(",\"vacated\":true");
    }
    out.raw('}');
  }

  private static void begin(Occupancy occupancy, JsonBuffer out) {
    out.raw("{\"channel\":\"").raw(occupancy.channel().name());
    out.raw("\",\"version\":").number(occupancy.version());
  }

  private static void numbers(Occupancy occupancy, JsonBuffer out) {
    out.raw(",\"count\":").number(occupancy.count());
    out.raw(",\"anonymous\":").number(occupancy.anonymous());
  }

  private static void names(String member, List<String> names, JsonBuffer out) {
    out.raw(",\"").raw(member).raw("\":[");
    for (int i = 0; i < names.size(); i++) {
      if (i > 0) {
        out.raw(',');
      }
      out.string(names.get(i));
    }
    out.raw(']');
  }
}
