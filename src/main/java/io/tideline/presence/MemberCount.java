package io.tideline.presence;

import io.tideline.stream.Channel;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The connections by which one subject is in a channel through this node.
 *
 * @param subject empty for all connections without one
 * @param connections 0 if there is none any more
 */
public record MemberCount(Channel channel, String subject, int connections) {
  /** The subject of those who have none. */
  public static final String ANONYMOUS = "";

  /** Characters of a subject that is told by name; longer ones are counted as anonymous. */
  public static final int SUBJECT_CHARS_MAX = 255;

  public MemberCount {
    Objects.requireNonNull(channel);
    Objects.requireNonNull(subject);
    if (connections < 0) {
      throw new IllegalArgumentException("connections: " + connections);
    }
  }

  /** What can't be kept as a name is nobody's. */
  static String subject(@Nullable String name) {
    return name == null
            || name.length() > SUBJECT_CHARS_MAX
            || !name.codePoints().allMatch(MemberCount::isText)
        ? ANONYMOUS
        : name;
  }

  private static boolean isText(int codePoint) {
    return codePoint != 0 && Character.getType(codePoint) != Character.SURROGATE;
  }
}
