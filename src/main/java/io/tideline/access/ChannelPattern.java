package io.tideline.access;

import io.tideline.stream.Channel;
import java.util.Objects;

/**
 * A set of channels as a token names them: an exact name, or a prefix that ends in {@code *}.
 * {@code {sub}} stands for the token's subject. Case matters, and nothing is decoded or normalised.
 */
public record ChannelPattern(String prefix, boolean exact) {
  private static final String SUBJECT = "{sub}";

  public ChannelPattern {
    Objects.requireNonNull(prefix);
  }

  /**
   * Null if the text can match no channel: a {@code *} that isn't last, or a {@code {sub}} whose
   * subject couldn't be part of a name (so a hostile subject widens nothing).
   */
  public static ChannelPattern parse(String text, String subject) {
    String expanded = text;
    if (text.contains(SUBJECT)) {
      if (subject == null || !Channel.isValid("a" + subject)) {
        return null;
      }
      expanded = text.replace(SUBJECT, subject);
    }
    int star = expanded.indexOf('*');
    if (star < 0) {
      return Channel.isValid(expanded) ? new ChannelPattern(expanded, true) : null;
    }
    return star == expanded.length() - 1
        ? new ChannelPattern(expanded.substring(0, star), false)
        : null;
  }

  /** As a token writes it, with the subject in its place. */
  @Override
  public String toString() {
    return exact ? prefix : prefix + "*";
  }

  public boolean matches(Channel channel) {
    return exact ? channel.name().equals(prefix) : channel.name().startsWith(prefix);
  }
}
