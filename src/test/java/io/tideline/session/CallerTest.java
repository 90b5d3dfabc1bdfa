package io.tideline.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.mutiny.Uni;
import io.tideline.access.AccessPolicy;
import io.tideline.access.AccessPolicy.Decision;
import io.tideline.access.Action;
import io.tideline.access.Identity;
import io.tideline.access.Revocation;
import io.tideline.access.Revocations;
import io.tideline.access.Rights;
import io.tideline.stream.Channel;
import io.tideline.stream.Durability;
import io.tideline.stream.Namespace;
import io.tideline.stream.Namespaces;
import io.tideline.stream.Retention;
import io.tideline.stream.SlowConsumer;
import io.tideline.testing.PatientAuthorizer;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class CallerTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static final Duration TIMEOUT = Duration.ofMillis(400);
  private static final Channel OWN = new Channel("mine:1");
  private static final Channel ASKED = new Channel("asked:1");

  private static final Namespaces NAMESPACES =
      new Namespaces(
          Map.of(
              Channel.DEFAULT_NAMESPACE,
              new Namespace(
                  Channel.DEFAULT_NAMESPACE,
                  Durability.DURABLE,
                  new Retention(Duration.ofDays(1), 10),
                  SlowConsumer.CATCH_UP,
                  false,
                  false)));

  private final PatientAuthorizer authorizer = new PatientAuthorizer(TIMEOUT);
  private final Revocations revocations = new Revocations();
  private final Caller caller =
      new Caller(
          new Identity(
              "anna",
              null,
              Instant.now().minusSeconds(1),
              Instant.MAX,
              Rights.of(
                  Map.of(
                      Action.SUBSCRIBE, List.of(OWN.name()), Action.PUBLISH, List.of(OWN.name())),
                  "anna")),
          new AccessPolicy(NAMESPACES, revocations, authorizer, Clock.systemUTC()));

  @AfterAll
  static void close() {
    VERTX.close().toCompletionStage().toCompletableFuture().join();
  }

  @Test
  void aRevocationBetweenTheAnswerAndItsUseCounts() {
    CompletableFuture<String> used =
        start(() -> caller.with(Action.SUBSCRIBE, ASKED, grant -> Uni.createFrom().item("used")));
    String outcome =
        used.handle((result, failure) -> result != null ? result : failure.toString()).join();
    assertTrue(outcome.contains("token-revoked"), outcome);
  }

  @Test
  void aRevocationWhileSomeAreAskedAboutIsOneOfAll() {
    Map<Channel, Decision> decisions =
        start(() -> caller.ask(Action.SUBSCRIBE, Set.of(OWN, ASKED))).join();
    for (Channel channel : List.of(OWN, ASKED)) {
      Decision.Refused refused =
          assertInstanceOf(Decision.Refused.class, decisions.get(channel), channel::name);
      assertEquals(AccessPolicy.Refusal.TOKEN_REVOKED, refused.refusal());
    }
  }

  /** One that is silent must not be waited for again and again, some channels at a time. */
  @Test
  void allThatIsAskedAboutTogetherTakesNoLongerThanOneQuestion() {
    Set<Channel> many = new LinkedHashSet<>();
    for (int i = 0; i < 200; i++) {
      many.add(new Channel("asked:" + i));
    }
    CompletableFuture<Map<Channel, Decision>> result = new CompletableFuture<>();
    long began = System.nanoTime();
    onContext(
        () -> {
          caller.ask(Action.SUBSCRIBE, many).subscribe().with(result::complete);
          authorizer.allow();
        });
    Map<Channel, Decision> decisions = result.orTimeout(20, TimeUnit.SECONDS).join();
    long millis = (System.nanoTime() - began) / 1_000_000;
    assertTrue(millis < 4 * TIMEOUT.toMillis(), "took " + millis + " ms");
    assertEquals(many, decisions.keySet());
    assertInstanceOf(Decision.Granted.class, decisions.get(new Channel("asked:0")));
    decisions.remove(new Channel("asked:0"));
    Decision undecided = new Decision.Refused(AccessPolicy.Refusal.UNDECIDED);
    assertEquals(Set.of(undecided), Set.copyOf(decisions.values()));
  }

  @Test
  void noMoreThanSoMuchWaitsForTheAnswers() {
    WaitingBodies waiting = new WaitingBodies(TransportEvents.NONE);
    CompletableFuture<String> first = publish(waiting, (int) WaitingBodies.BYTES_MAX, ASKED);
    CompletableFuture<String> second = publish(waiting, 1, ASKED);
    assertEquals("overloaded", second.join());
    assertEquals("published", publish(waiting, 1, OWN).join(), "nobody is asked");
    assertFalse(first.isDone());
    onContext(authorizer::allow);
    assertEquals("published", first.join());
    CompletableFuture<String> third = publish(waiting, 1, ASKED);
    onContext(authorizer::allow);
    assertEquals("published", third.join());
  }

  private CompletableFuture<String> publish(WaitingBodies waiting, int bytes, Channel channel) {
    CompletableFuture<String> result = new CompletableFuture<>();
    Supplier<Uni<String>> publish =
        () -> caller.with(Action.PUBLISH, channel, grant -> Uni.createFrom().item("published"));
    onContext(
        () -> {
          try {
            waiting
                .hold(bytes, caller, Set.of(channel), publish)
                .subscribe()
                .with(result::complete, result::completeExceptionally);
          } catch (ProblemException refused) {
            result.complete(refused.problem().problem().code());
          }
        });
    return result.orTimeout(20, TimeUnit.SECONDS);
  }

  /**
   * Asks; then comes the answer, and then, before the caller's context gets to it, a revocation.
   */
  private <T> CompletableFuture<T> start(Supplier<Uni<T>> asking) {
    CompletableFuture<T> result = new CompletableFuture<>();
    onContext(
        () -> {
          asking.get().subscribe().with(result::complete, result::completeExceptionally);
          authorizer.allow();
          revocations.add(
              new Revocation(
                  Revocation.Kind.SUBJECT, "anna", Instant.now(), Instant.now().plusSeconds(9)));
        });
    return result.orTimeout(20, TimeUnit.SECONDS);
  }

  private static void onContext(Runnable task) {
    VERTX.getOrCreateContext().runOnContext(on -> task.run());
  }
}
