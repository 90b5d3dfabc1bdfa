package io.tideline.session;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.tideline.access.AccessPolicy;
import io.tideline.access.AccessPolicy.Decision;
import io.tideline.access.AccessPolicy.Refusal;
import io.tideline.access.Action;
import io.tideline.access.AdminGrant;
import io.tideline.access.Grant;
import io.tideline.access.Identity;
import io.tideline.protocol.ProblemDetails;
import io.tideline.stream.Channel;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Function;

/** Who makes a request, and the way to what it may do. */
public record Caller(Identity identity, AccessPolicy policy) {
  /** What one request asks of the authorizer at a time. */
  private static final int ASKED_AT_ONCE = 16;

  public Caller {
    Objects.requireNonNull(identity);
    Objects.requireNonNull(policy);
  }

  /** By the token and the namespaces alone. */
  public Decision decide(Action action, Channel channel) {
    return policy.decide(identity, action, channel);
  }

  /** Whether {@link #ask} may say something else than {@link #decide} where that refuses. */
  public boolean mayAsk() {
    return policy.mayAsk(identity);
  }

  /** Whether {@link #ask} has to ask somebody else about any of these. */
  public boolean mustAsk(Action action, Set<Channel> channels) {
    return mayAsk()
        && channels.stream().anyMatch(each -> decide(action, each) instanceof Decision.Refused);
  }

  /** As {@link AccessPolicy#ask}; completes on any thread. */
  public Uni<Decision> ask(Action action, Channel channel) {
    return policy.ask(identity, action, channel);
  }

  /**
   * Decides on each of these, of which there may be some hundreds. Never fails; completes at once
   * if nobody is to be asked, else on the context of the caller, who is on one. What is granted
   * then is good there and then, whatever happened to the token while the authorizer was asked. All
   * together take no longer than one question may; what isn't answered by then is undecided.
   */
  public Uni<Map<Channel, Decision>> ask(Action action, Set<Channel> channels) {
    Map<Channel, Decision> decisions = new LinkedHashMap<>();
    List<Channel> open = new ArrayList<>();
    for (Channel channel : channels) {
      Decision own = decisions.computeIfAbsent(channel, each -> decide(action, each));
      if (own instanceof Decision.Refused && mayAsk()) {
        open.add(channel);
      }
    }
    if (open.isEmpty()) {
      return Uni.createFrom().item(decisions);
    }
    long endNanos = System.nanoTime() + policy.askTimeout().toNanos();
    return Multi.createFrom()
        .iterable(open)
        .onItem()
        .transformToUni(
            channel ->
                askUntil(endNanos, action, channel).map(decision -> Map.entry(channel, decision)))
        .merge(ASKED_AT_ONCE)
        .collect()
        .asList()
        .emitOn(here())
        .map(
            answered -> {
              answered.forEach(each -> decisions.put(each.getKey(), each.getValue()));
              return confirm(decisions);
            });
  }

  private Uni<Decision> askUntil(long endNanos, Action action, Channel channel) {
    Duration left = Duration.ofNanos(endNanos - System.nanoTime());
    Decision undecided = new Decision.Refused(Refusal.UNDECIDED);
    return left.isNegative() || left.isZero()
        ? Uni.createFrom().item(undecided)
        : ask(action, channel).ifNoItem().after(left).recoverWithItem(undecided);
  }

  /** What was decided a while ago, unless the token has come to its end since. */
  public Map<Channel, Decision> confirm(Map<Channel, Decision> decided) {
    Map<Channel, Decision> confirmed = new LinkedHashMap<>(decided);
    confirmed.replaceAll((channel, decision) -> policy.confirm(identity, decision));
    return confirmed;
  }

  /**
   * Does what needs the right, at once if the token itself gives it, else later on the context of
   * the caller, who is on one. Fails with a {@link ProblemException} without the right.
   */
  public <T> Uni<T> with(Action action, Channel channel, Function<Grant, Uni<T>> use) {
    Decision own = decide(action, channel);
    if (own instanceof Decision.Granted granted) {
      return use.apply(granted.grant());
    }
    if (!mayAsk()) {
      throw refused(own);
    }
    return ask(action, channel)
        .emitOn(here())
        .map(decision -> policy.confirm(identity, decision))
        .chain(
            decision -> {
              if (decision instanceof Decision.Granted granted) {
                return use.apply(granted.grant());
              }
              throw refused(decision);
            });
  }

  private static ProblemException refused(Decision decision) {
    return new ProblemException(ProblemDetails.of((Decision.Refused) decision));
  }

  private static Executor here() {
    Context context = Objects.requireNonNull(Vertx.currentContext(), "requests have a context");
    return task -> context.runOnContext(on -> task.run());
  }

  /**
   * The right to what concerns everyone.
   *
   * @throws ProblemException without it
   */
  public AdminGrant admin() {
    return policy.admin(identity).orElseThrow(() -> refused(policy.notAdmin(identity)));
  }
}
