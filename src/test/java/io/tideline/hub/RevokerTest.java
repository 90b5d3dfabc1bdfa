package io.tideline.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.mutiny.Uni;
import io.tideline.access.Authorizer;
import io.tideline.access.Identity;
import io.tideline.access.Revocation;
import io.tideline.access.Revocation.Kind;
import io.tideline.access.RevocationLog;
import io.tideline.access.Revocations;
import io.tideline.access.Rights;
import io.tideline.app.ProductDefaults;
import io.tideline.loop.ManualLane;
import io.tideline.stream.HistoryException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class RevokerTest {
  private final Instant now = Instant.now();
  private static final Duration LOOK = Duration.ofMillis(500);
  private final Identity alice =
      new Identity("alice", "1", now.minusSeconds(10), now.plusSeconds(600), Rights.NONE);
  private final Identity bob =
      new Identity("bob", "2", now.minusSeconds(10), now.plusSeconds(600), Rights.NONE);

  private final HubNode node = new HubNode(2, ProductDefaults.hubLimits());
  private final Log log = new Log();
  private final Revocations known = new Revocations();
  private final Revoker revoker =
      new Revoker(
          log, known, Authorizer.NONE, node.hub, node.lanes, Duration.ofDays(1), Clock.systemUTC());

  @Test
  void whatWasRevokedBeforeIsKnownAtTheBeginning() {
    log.rows.add(of(alice));
    CompletableFuture<Void> began = revoker.start().toCompletableFuture();
    node.runAll();
    assertTrue(began.isDone());
    assertTrue(known.cover(alice));
  }

  @Test
  void whatAnotherNodeRevokesEndsWithinTheNextLook() {
    RecordingOutlet ofAlice = connect(0, alice);
    RecordingOutlet alsoAlice = connect(1, alice);
    RecordingOutlet ofBob = connect(1, bob);
    var unused = revoker.start();
    node.runAll();
    log.rows.add(of(alice));
    node.pass(LOOK);
    assertEquals(List.of(Disconnect.TOKEN_REVOKED), ofAlice.closed);
    assertEquals(List.of(Disconnect.TOKEN_REVOKED), alsoAlice.closed);
    assertEquals(List.of(), ofBob.closed);
  }

  @Test
  void aLogOutEndsHereAtOnceAndThisTokenOnly() {
    RecordingOutlet ofAlice = connect(1, alice);
    Identity another = new Identity("alice", "3", alice.issuedAt(), alice.expiresAt(), Rights.NONE);
    RecordingOutlet withAnother = connect(1, another);
    revoker.logOut(alice).await().indefinitely();
    node.runAll();
    assertEquals(List.of(Disconnect.TOKEN_REVOKED), ofAlice.closed);
    assertEquals(List.of(), withAnother.closed);
    assertEquals(alice.expiresAt(), log.rows.get(0).until());
  }

  @Test
  void whileTheLogIsAwayTheKnownOnesHoldAndItIsAskedAgain() {
    log.rows.add(of(alice));
    var unused = revoker.start();
    node.runAll();
    log.isAway = true;
    node.pass(LOOK.multipliedBy(4));
    assertTrue(known.cover(alice));
    log.rows.add(of(bob));
    log.isAway = false;
    assertFalse(known.cover(bob));
    node.pass(LOOK);
    assertTrue(known.cover(bob));
  }

  @Test
  void aLogThatIsAwayAtTheBeginningIsAskedAgain() {
    log.isAway = true;
    CompletableFuture<Void> began = revoker.start().toCompletableFuture();
    node.pass(LOOK);
    assertFalse(began.isDone());
    log.isAway = false;
    node.pass(LOOK);
    assertTrue(began.isDone());
  }

  private RecordingOutlet connect(int lane, Identity identity) {
    RecordingOutlet outlet = new RecordingOutlet();
    ManualLane on = node.lanes.get(lane);
    on.does(() -> node.hub.connect(on, outlet, identity));
    return outlet;
  }

  private Revocation of(Identity identity) {
    return new Revocation(Kind.SUBJECT, identity.subject(), now, now.plusSeconds(600));
  }

  /** In memory, told one at a time. */
  private static final class Log implements RevocationLog {
    private final List<Revocation> rows = new ArrayList<>();
    private boolean isAway;

    @Override
    public Uni<Void> add(Revocation revocation) {
      rows.add(revocation);
      return Uni.createFrom().voidItem();
    }

    @Override
    public Uni<News> since(Cursor cursor) {
      if (isAway) {
        return Uni.createFrom().failure(new HistoryException.Unavailable("away", null));
      }
      int from = (int) cursor.id();
      int to = Math.min(from + 1, rows.size());
      return Uni.createFrom()
          .item(new News(rows.subList(from, to), new Cursor(to, "mark"), to == rows.size()));
    }
  }
}
