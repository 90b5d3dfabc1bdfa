package io.tideline.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeLeaseTest extends PgTest {
  private static final Duration TERM = Duration.ofSeconds(15);
  private static final Duration SHORT = Duration.ofMillis(900);

  private final NodeLease first = history.lease(SHORT);
  private final NodeLease second = other.lease(SHORT);
  private final AtomicInteger lapses = new AtomicInteger();

  @AfterEach
  void stopAll() {
    first.stop(Duration.ZERO);
    second.stop(Duration.ZERO);
    eventually(() -> count("node_lease") == 0);
  }

  @Test
  void nodesKnowOfEachOtherWhileTheyLive() {
    first.start(lapses::incrementAndGet);
    eventually(() -> count("node_lease") == 1);
    assertEquals(0, first.others());
    second.start(lapses::incrementAndGet);
    eventually(() -> second.others() == 1);
    eventually(() -> first.others() == 1);
    second.stop(Duration.ZERO);
    eventually(() -> first.others() == 0);
    assertEquals(0, lapses.get());
  }

  @Test
  void whoIsSilentIsNotCounted() {
    database.execute(
        "insert into tideline.node_lease (id, node, until) values"
            + " (-1, 'silent', now() - interval '1 ms')");
    first.start(lapses::incrementAndGet);
    eventually(() -> first.current() != 0);
    assertEquals(0, first.others());
    eventually(() -> count("node_lease where node = 'silent'") == 0);
  }

  /** As after a pause, or when the database was away: the lease that ended never counts again. */
  @Test
  void aLeaseThatHasEndedIsReplacedAndThatIsTold() {
    first.start(lapses::incrementAndGet);
    eventually(() -> first.current() != 0);
    long before = first.current();
    database.execute("update tideline.node_lease set until = now() - interval '1 ms'");
    eventually(() -> lapses.get() == 1);
    assertNotEquals(before, first.current());
  }

  /** A crash of the server empties the table. */
  @Test
  void aLeaseThatWasLostIsReplacedAndThatIsTold() {
    first.start(lapses::incrementAndGet);
    eventually(() -> first.current() != 0);
    database.execute("truncate tideline.node_lease");
    eventually(() -> lapses.get() == 1);
  }

  @Test
  void itIsRenewedLongBeforeItEnds() {
    NodeLease steady = history.lease(TERM);
    steady.start(lapses::incrementAndGet);
    eventually(() -> steady.current() != 0);
    steady.renew();
    eventually(
        () ->
            count("node_lease where until > clock_timestamp() + interval '14 s'") == 1
                && count("node_lease where steady_since < renewed_at") == 1);
    steady.stop(Duration.ZERO);
    assertEquals(0, lapses.get());
  }
}
