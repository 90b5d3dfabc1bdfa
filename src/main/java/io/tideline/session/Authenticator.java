package io.tideline.session;

import io.smallrye.mutiny.Uni;

/** Turns what a client carries into who it is. Never blocks; any thread. */
public interface Authenticator {
  /** The {@code Uni} never fails; it may complete on another thread than it was subscribed on. */
  Uni<Authentication> authenticate(Credentials credentials);
}
