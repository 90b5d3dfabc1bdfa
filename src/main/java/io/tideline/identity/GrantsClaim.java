package io.tideline.identity;

import io.tideline.access.Action;
import io.tideline.access.ChannelPattern;
import io.tideline.access.Rights;
import io.tideline.access.TokenFault;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jose4j.jwt.JwtClaims;
import org.jspecify.annotations.Nullable;

/**
 * The claim {@code tideline} of a token. What can't be read there gives no right, and is told to
 * the holder of the token once a right is missing.
 */
final class GrantsClaim {
  static final String NAME = "tideline";

  /** The actions as a token names them. */
  static final String ACTIONS =
      Arrays.stream(Action.values()).map(GrantsClaim::name).collect(Collectors.joining(", "));

  private static final int QUOTED_CHARS_MAX = 40;

  private final Map<Action, List<String>> patterns = new EnumMap<>(Action.class);
  private final List<String> flaws = new ArrayList<>();

  private GrantsClaim() {}

  /**
   * Reads it.
   *
   * @throws TokenRefusedException if a grant isn't text
   */
  static GrantsClaim of(JwtClaims claims) throws TokenRefusedException {
    GrantsClaim grants = new GrantsClaim();
    if (!claims.hasClaim(NAME)) {
      grants.flaws.add("it has no claim '" + NAME + "'");
    } else if (claims.getClaimValue(NAME) instanceof Map<?, ?> members) {
      for (Map.Entry<?, ?> member : members.entrySet()) {
        grants.read(String.valueOf(member.getKey()), member.getValue());
      }
    } else {
      grants.flaws.add(
          "its claim '" + NAME + "' is not an object, as in {\"subscribe\":[\"orders:*\"]}");
    }
    return grants;
  }

  static String name(Action action) {
    return action.name().toLowerCase(Locale.ROOT);
  }

  private void read(String member, @Nullable Object value) throws TokenRefusedException {
    Action action = action(member);
    if (action == null) {
      flaws.add(quoted(member) + " in its claim '" + NAME + "' is not one of " + ACTIONS);
    } else if (value instanceof List<?> list) {
      List<String> texts = new ArrayList<>();
      for (Object each : list) {
        texts.add(text(member, each));
      }
      patterns.put(action, texts);
    } else {
      flaws.add("'" + member + "' in its claim '" + NAME + "' is not a list, as in [\"orders:*\"]");
    }
  }

  private static @Nullable Action action(String member) {
    for (Action action : Action.values()) {
      if (name(action).equals(member)) {
        return action;
      }
    }
    return null;
  }

  private static String text(String member, @Nullable Object value) throws TokenRefusedException {
    if (value instanceof String text) {
      return text;
    }
    throw new TokenRefusedException(
        TokenFault.GRANTS, "'" + member + "' in claim " + NAME + " has an entry that is not text");
  }

  /**
   * The rights that it gives.
   *
   * @throws TokenRefusedException if there are too many
   */
  Rights rights(String subject) throws TokenRefusedException {
    Rights rights;
    try {
      rights = Rights.of(patterns, subject);
    } catch (IllegalArgumentException tooMany) {
      throw new TokenRefusedException(
          TokenFault.GRANTS,
          "claim " + NAME + " names more than " + Rights.PATTERNS_MAX + " channel patterns");
    }
    noteEmptyPatterns(subject);
    return flaws.isEmpty() ? rights : rights.flawed(flaw());
  }

  /** The first flaw, and how many more there are: a token may have hundreds. */
  private String flaw() {
    return flaws.size() == 1
        ? flaws.get(0)
        : flaws.get(0) + " (and " + (flaws.size() - 1) + " more like this)";
  }

  private void noteEmptyPatterns(String subject) {
    patterns.forEach(
        (action, texts) ->
            texts.stream()
                .filter(text -> ChannelPattern.parse(text, subject) == null)
                .forEach(text -> flaws.add(emptyPattern(action, text))));
  }

  private static String emptyPattern(Action action, String text) {
    return quoted(text)
        + " in its '"
        + name(action)
        + "' matches no channel; write a channel's name, or the beginning of names and '*'";
  }

  private static String quoted(String text) {
    String shown =
        text.length() > QUOTED_CHARS_MAX ? text.substring(0, QUOTED_CHARS_MAX) + "…" : text;
    return "'" + shown + "'";
  }
}
