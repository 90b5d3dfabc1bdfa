package io.tideline.transport;

import io.tideline.access.AccessPolicy;
import io.tideline.access.Action;
import io.tideline.access.AdminGrant;
import io.tideline.access.Grant;
import io.tideline.access.Identity;
import io.tideline.protocol.Problem;
import io.tideline.stream.Channel;
import io.vertx.ext.web.RoutingContext;
import java.util.Objects;

/** Who makes a request, and the way to what it may do. */
public record Caller(Identity identity, AccessPolicy policy) {
  private static final String KEY = Caller.class.getName();

  public Caller {
    Objects.requireNonNull(identity);
    Objects.requireNonNull(policy);
  }

  /** Whom the {@link Door} let in with this request. */
  public static Caller of(RoutingContext request) {
    return Objects.requireNonNull(request.get(KEY), "the request didn't come through the door");
  }

  void accompany(RoutingContext request) {
    request.put(KEY, this);
  }

  public AccessPolicy.Decision decide(Action action, Channel channel) {
    return policy.decide(identity, action, channel);
  }

  /**
   * The right to do this.
   *
   * @throws RefusedException without it
   */
  public Grant grant(Action action, Channel channel) {
    AccessPolicy.Decision decision = decide(action, channel);
    if (decision instanceof AccessPolicy.Decision.Granted granted) {
      return granted.grant();
    }
    AccessPolicy.Decision.Refused refused = (AccessPolicy.Decision.Refused) decision;
    throw new RefusedException(Problem.of(refused.refusal()));
  }

  /**
   * The right to what concerns everyone.
   *
   * @throws RefusedException without it
   */
  public AdminGrant admin() {
    return policy
        .admin(identity)
        .orElseThrow(() -> new RefusedException(Problem.of(policy.whyNot(identity))));
  }
}
