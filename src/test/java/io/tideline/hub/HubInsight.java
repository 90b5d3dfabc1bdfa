package io.tideline.hub;

import io.tideline.stream.ChannelState;
import java.util.ArrayList;
import java.util.List;

/** Lets tests of other packages see whether a hub keeps its books. */
public final class HubInsight {
  private HubInsight() {}

  /** What the hub believes of the durable channels that it follows. */
  public static List<ChannelState> states(Hub hub) {
    List<ChannelState> states = new ArrayList<>();
    for (LocalChannel local : hub.channels().all()) {
      if (local.state() != null && !local.isEphemeral()) {
        states.add(local.state());
      }
    }
    return states;
  }

  /** Whether nobody is connected, and nothing is held for anybody. */
  public static boolean isClean(Hub hub) {
    return hub.connections() == 0
        && hub.channels().all().stream()
            .allMatch(local -> local.users == 0 && local.subscribers() == 0)
        && hub.channels().all().isEmpty()
        && hub.channels().tailsBytes() == 0;
  }

  /** Its books. */
  public static String text(Hub hub) {
    StringBuilder text = new StringBuilder();
    text.append(hub.connections()).append(" connections, ");
    text.append(hub.channels().tailsBytes()).append(" bytes in tails");
    for (LocalChannel local : hub.channels().all()) {
      text.append(", ").append(local.channel());
      text.append(" with ").append(local.users).append(" users, ");
      text.append(local.subscribers()).append(" subscribers");
    }
    return text.toString();
  }
}
