package io.tideline.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.access.Identity;
import io.tideline.access.Rights;
import io.tideline.hub.FrameBatch;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HeartbeatTest {
  private static final HeartbeatSettings PULSE =
      new HeartbeatSettings(Duration.ofSeconds(25), Duration.ofSeconds(10), Duration.ofSeconds(60));

  private static final byte[] BEAT = {1};

  private final Wire wire = new Wire();
  private boolean isAnswered;

  private boolean tick(Heartbeat heart, int second) {
    return heart.tick(wire, BEAT, () -> isAnswered, TimeUnit.SECONDS.toNanos(second));
  }

  @Test
  void beatsOnceAnInterval() {
    Heartbeat heart = new Heartbeat(PULSE, 0);
    isAnswered = true;
    for (int second = 0; second <= 125; second++) {
      assertTrue(tick(heart, second));
    }
    assertEquals(5, wire.beats);
  }

  @Test
  void whoDoesNotAnswerInTimeIsDead() {
    Heartbeat heart = new Heartbeat(PULSE, 0);
    assertTrue(tick(heart, 25));
    assertTrue(tick(heart, 26));
    assertTrue(tick(heart, 35));
    assertFalse(tick(heart, 36));
  }

  @Test
  void whoReadsSlowlyHasUntilTheStandstill() {
    Heartbeat heart = new Heartbeat(PULSE, 0);
    wire.isGone = false;
    assertTrue(tick(heart, 25));
    assertTrue(tick(heart, 84), "the ping hasn't left, so nobody could answer");
    assertFalse(tick(heart, 85));
  }

  @Test
  void theTimeToAnswerBeginsWhenThePingHasLeft() {
    Heartbeat heart = new Heartbeat(PULSE, 0);
    wire.isGone = false;
    assertTrue(tick(heart, 25));
    assertTrue(tick(heart, 80));
    wire.isGone = true;
    assertTrue(tick(heart, 81));
    assertTrue(tick(heart, 90));
    assertFalse(tick(heart, 91));
  }

  @Test
  void aStreamIsNotAskedForAnAnswer() {
    Heartbeat heart =
        new Heartbeat(
            new HeartbeatSettings(Duration.ofSeconds(20), Duration.ZERO, Duration.ofSeconds(60)),
            0);
    for (int second = 0; second <= 100; second++) {
      assertTrue(tick(heart, second));
    }
    assertTrue(wire.beats >= 4);
  }

  @Test
  void expiryIsToldOnceAToken() {
    Instant now = Instant.parse("2026-11-21T12:00:00Z");
    ExpiryNotice notice =
        new ExpiryNotice(Clock.fixed(now, ZoneOffset.UTC), Duration.ofSeconds(30));
    assertNull(notice.due(Identity.ANONYMOUS));
    assertNull(notice.due(until(now.plusSeconds(31))));
    assertEquals(Duration.ofSeconds(30), notice.due(until(now.plusSeconds(30))));
    assertNull(notice.due(until(now.plusSeconds(30))));
    assertEquals(Duration.ofSeconds(20), notice.due(until(now.plusSeconds(20))), "a renewed token");
  }

  private static Identity until(Instant expiresAt) {
    return new Identity("anna", null, Instant.MIN, expiresAt, Rights.NONE);
  }

  /** Counts what is asked of it. */
  private static final class Wire implements ConnectionWriter {
    private int beats;
    private boolean isGone = true;

    @Override
    public int room() {
      return BYTES_MAX;
    }

    @Override
    public boolean isDrained() {
      return true;
    }

    @Override
    public void write(FrameBatch run) {}

    @Override
    public void write(byte[]... parts) {}

    @Override
    public void flush() {}

    @Override
    public void beat(byte[] frame) {
      beats++;
    }

    @Override
    public boolean isBeatGone() {
      return isGone;
    }

    @Override
    public void drop() {}
  }
}
