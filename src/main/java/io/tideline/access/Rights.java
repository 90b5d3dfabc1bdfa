package io.tideline.access;

import io.tideline.stream.Channel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which channels each action is allowed on. */
public final class Rights {
  public static final int PATTERNS_MAX = 1000;
  public static final Rights NONE = new Rights(Map.of(), null);

  private final Map<Action, List<ChannelPattern>> patterns;
  private final @Nullable String flaw;

  private Rights(Map<Action, List<ChannelPattern>> patterns, @Nullable String flaw) {
    this.patterns = patterns;
    this.flaw = flaw;
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
    return new Rights(parsed, null);
  }

  /**
   * The same rights, of a claim that says something else too, which gives no right.
   *
   * @param what as the rest of a sentence, for the holder of the token
   */
  public Rights flawed(String what) {
    return new Rights(patterns, what);
  }

  /** One sentence for the holder of the token: what isn't allowed, and why, as far as one sees. */
  public String whyNot(Action action, String channel) {
    String name = action.name().toLowerCase(Locale.ROOT);
    String refusal = "This token doesn't allow '" + name + "' on '" + channel + "'";
    if (flaw != null) {
      return refusal + ": " + flaw + ".";
    }
    return patterns.getOrDefault(action, List.of()).isEmpty()
        ? refusal + ": it grants no '" + name + "' at all."
        : refusal + ": none of its patterns for '" + name + "' matches.";
  }

  public boolean allow(Action action, Channel channel) {
    for (ChannelPattern pattern : patterns.getOrDefault(action, List.of())) {
      if (pattern.matches(channel)) {
        return true;
      }
    }
    return false;
  }

  /** What is allowed, a line for each action, and what isn't understood of the claim. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (Action action : Action.values()) {
      List<ChannelPattern> allowed = patterns.getOrDefault(action, List.of());
      lines.add(
          action.name().toLowerCase(Locale.ROOT)
              + ": "
              + (allowed.isEmpty()
                  ? "nothing"
                  : allowed.stream()
                      .map(ChannelPattern::toString)
                      .collect(Collectors.joining(", "))));
    }
    if (flaw != null) {
      lines.add("but " + flaw);
    }
    return lines;
  }

  /** Whether the action is allowed on every channel. */
  public boolean allowAll(Action action) {
    return patterns.getOrDefault(action, List.of()).stream()
        .anyMatch(p -> !p.exact() && p.prefix().isEmpty());
  }
}
