package io.tideline.access;

import io.tideline.stream.Channel;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Which channels each action is allowed on. */
public final class Rights {
  public static final int PATTERNS_MAX = 1000;
  public static final Rights NONE = new Rights(Map.of());

  private final Map<Action, List<ChannelPattern>> patterns;

  private Rights(Map<Action, List<ChannelPattern>> patterns) {
    this.patterns = patterns;
  }

  /**
   * The rights that a token claims. Patterns that can match nothing are left out.
   *
   * @param claimed patterns an action; at most {@value #PATTERNS_MAX} in all
   * @throws IllegalArgumentException if there are more
   */
  public static Rights of(Map<Action, ? extends Collection<String>> claimed, String subject) {
    if (claimed.values().stream().mapToInt(Collection::size).sum() > PATTERNS_MAX) {
      throw new IllegalArgumentException(
          "a token may name at most " + PATTERNS_MAX + " channel patterns");
    }
    Map<Action, List<ChannelPattern>> parsed = new EnumMap<>(Action.class);
    claimed.forEach(
        (action, texts) ->
            parsed.put(
                action,
                texts.stream()
                    .map(text -> ChannelPattern.parse(text, subject))
                    .filter(Objects::nonNull)
                    .toList()));
    return new Rights(parsed);
  }

  public boolean allow(Action action, Channel channel) {
    for (ChannelPattern pattern : patterns.getOrDefault(action, List.of())) {
      if (pattern.matches(channel)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the action is allowed on every channel. */
  public boolean allowAll(Action action) {
    return patterns.getOrDefault(action, List.of()).stream()
        .anyMatch(p -> !p.exact() && p.prefix().isEmpty());
  }
}
