package io.tideline.session;

import io.tideline.access.AccessPolicy.Decision;
import io.tideline.stream.Channel;

/**
 * A proof that a client may subscribe to one channel, brought by the client itself: say, a token
 * for that channel. It counts beside the client's own rights, and is asked again whenever these
 * change. On the connection's lane only; must not block.
 */
public interface Proof {
  /** Decides for this caller; {@link io.tideline.access.AccessPolicy#lend} makes the grant. */
  Decision decide(Caller caller, Channel channel);
}
