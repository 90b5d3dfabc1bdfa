package io.tideline.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.access.Revocation.Kind;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RevocationsTest {
  private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");
  private static final Instant MUCH_LATER = NOON.plusSeconds(10_000);

  private final Revocations revocations = new Revocations();

  @Test
  void whatWasIssuedBeforeIsCoveredAndNothingElse() {
    revocations.add(new Revocation(Kind.SUBJECT, "alice", NOON, MUCH_LATER));
    assertTrue(revocations.cover(issued("alice", "1", NOON.minusNanos(1))));
    assertFalse(revocations.cover(issued("alice", "2", NOON)));
    assertFalse(revocations.cover(issued("Alice", "3", NOON.minusSeconds(1))));
    assertFalse(revocations.cover(issued("bob", "alice", NOON.minusSeconds(1))));
    assertFalse(revocations.cover(Identity.ANONYMOUS));
  }

  @Test
  void aTokenIsKnownByItsId() {
    revocations.add(new Revocation(Kind.TOKEN_ID, "1", NOON, MUCH_LATER));
    assertTrue(revocations.cover(issued("alice", "1", NOON.minusSeconds(1))));
    assertFalse(revocations.cover(issued("alice", "2", NOON.minusSeconds(1))));
    assertFalse(revocations.cover(issued("1", null, NOON.minusSeconds(1))));
  }

  @Test
  void everyoneIsEveryoneWithAToken() {
    revocations.add(new Revocation(Kind.ALL, null, NOON, MUCH_LATER));
    assertTrue(revocations.cover(issued("alice", null, NOON.minusSeconds(1))));
    assertFalse(revocations.cover(issued("alice", null, NOON)));
    assertFalse(revocations.cover(Identity.ANONYMOUS));
  }

  @Test
  void anEarlierOneTakesNothingBack() {
    revocations.add(new Revocation(Kind.SUBJECT, "alice", NOON, MUCH_LATER));
    revocations.add(
        new Revocation(Kind.SUBJECT, "alice", NOON.minusSeconds(60), NOON.plusSeconds(1)));
    revocations.forget(NOON.plusSeconds(2));
    assertTrue(revocations.cover(issued("alice", "1", NOON.minusSeconds(1))));
  }

  @Test
  void whatCannotMatterAnyMoreIsForgotten() {
    revocations.add(new Revocation(Kind.SUBJECT, "alice", NOON, MUCH_LATER));
    revocations.add(new Revocation(Kind.TOKEN_ID, "1", NOON, NOON.plusSeconds(5)));
    revocations.forget(NOON.plusSeconds(5));
    assertEquals(2, revocations.size());
    revocations.forget(NOON.plusSeconds(6));
    assertEquals(1, revocations.size());
  }

  private static Identity issued(String subject, String tokenId, Instant at) {
    return new Identity(subject, tokenId, at, Instant.MAX, Rights.NONE);
  }
}
