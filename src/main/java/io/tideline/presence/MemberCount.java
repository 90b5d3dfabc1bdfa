package io.tideline.presence;

import io.tideline.stream.Channel;
import java.util.Objects;

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
}
