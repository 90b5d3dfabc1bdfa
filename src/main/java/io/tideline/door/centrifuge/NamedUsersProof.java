package io.tideline.door.centrifuge;

import io.tideline.access.AccessPolicy.Decision;
import io.tideline.access.AccessPolicy.Refusal;
import io.tideline.access.Action;
import io.tideline.session.Caller;
import io.tideline.session.Proof;
import io.tideline.stream.Channel;
import java.time.Instant;
import java.util.List;

/** The proof that a channel's own name is, which lists its users: {@code dialog#42,43}. */
record NamedUsersProof(List<String> users) implements Proof {
  static final char BOUNDARY = '#';
  private static final String SEPARATOR = ",";

  /** The users in a name that has a {@value #BOUNDARY}. */
  static NamedUsersProof of(String name) {
    String listed = name.substring(name.lastIndexOf(BOUNDARY) + 1);
    return new NamedUsersProof(List.of(listed.split(SEPARATOR, -1)));
  }

  @Override
  public Decision decide(Caller caller, Channel channel) {
    String subject = caller.identity().subject();
    return subject != null && users.contains(subject)
        ? caller.policy().lend(caller.identity(), Action.SUBSCRIBE, channel, Instant.MAX)
        : new Decision.Refused(
            Refusal.FORBIDDEN, "The channel is for the users in its name, and for no other.");
  }
}
