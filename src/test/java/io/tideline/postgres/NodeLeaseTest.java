package io.tideline.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.presence.NodeStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
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
    eventually(() -> count("node_lease where not is_leaving and until > now()") == 0);
    database.execute("delete from tideline.node_lease");
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

  /** As a node of an older version does, whoever says nothing of itself is listed all the same. */
  @Test
  void eachNodeListsAllThatLiveWithWhatTheyLastSaid() {
    AtomicInteger connections = new AtomicInteger(1);
    first.describe(
        () ->
            "{\"since\":1000,\"version\":\"1\",\"address\":null,\"draining\":true,\"connections\":"
                + connections
                + ",\"connector\":\"nats\",\"backplane\":\"down\",\"lag\":7}");
    first.start(lapses::incrementAndGet);
    second.start(lapses::incrementAndGet);
    eventually(() -> count("node_lease where until > now()") == 2);
    List<NodeStatus> listed = other.nodes().list().await().indefinitely();
    assertEquals(2, listed.size());
    NodeStatus told = listed.stream().filter(each -> each.info() != null).findFirst().get();
    assertEquals(Instant.ofEpochSecond(1), told.info().since());
    assertTrue(told.info().isDraining());
    assertEquals(new NodeStatus.Link("nats", "down", 7L), told.info().backplane());
    connections.set(2);
    first.renew();
    eventually(() -> count("node_lease where info->>'connections' = '2'") == 1);
    first.stop(Duration.ZERO);
    eventually(() -> other.nodes().list().await().indefinitely().size() == 1);
  }

  @Test
  void whoIsSilentIsNotCounted() {
    database.execute(
        "insert into tideline.node_lease (id, node, until) values"
            + " (-1, 'silent', now() - interval '2 hours')");
    first.start(lapses::incrementAndGet);
    eventually(() -> first.current() != 0);
    assertEquals(0, first.others());
    eventually(() -> count("node_lease where node = 'silent'") == 0);
  }

  /** As when the database was away: nobody has removed anything, so it lives on. */
  @Test
  void aLeaseThatRanOutLivesOnAndThatIsTold() {
    first.start(lapses::incrementAndGet);
    eventually(() -> first.current() != 0);
    long before = first.current();
    database.execute("update tideline.node_lease set until = now() - interval '1 ms'");
    eventually(() -> lapses.get() == 1);
    assertEquals(before, first.current());
  }

  /** As after a pause: what was kept under it is being removed. */
  @Test
  void aLeaseThatWasEndedIsReplacedAndThatIsTold() {
    first.start(lapses::incrementAndGet);
    eventually(() -> first.current() != 0);
    long before = first.current();
    database.execute("update tideline.node_lease set until = '-infinity'");
    eventually(() -> lapses.get() == 1);
    assertNotEquals(before, first.current());
  }

  /** Goal: however long an outage is, one renewal at a time is tried, with a pause between. */
  @Test
  void anOutageIsNotTheBeginningOfEverMoreRenewals() throws Exception {
    first.start(lapses::incrementAndGet);
    eventually(() -> first.current() != 0);
    String working = database.query("select pg_get_functiondef('tideline.renew_lease'::regproc)");
    database.execute("create sequence tideline.renewals");
    database.execute(
        "create or replace function tideline.renew_lease(p_lease bigint, p_node text, p_term interval)"
            + " returns table (lease bigint, others bigint, had_ended boolean) language plpgsql as"
            + " $$ begin perform nextval('tideline.renewals'); raise exception 'away'; end $$");
    try {
      Thread.sleep(Duration.ofSeconds(3).toMillis());
      long tried = Long.parseLong(database.query("select last_value from tideline.renewals"));
      assertTrue(tried >= 5 && tried <= 21, tried + " renewals, at least 150 ms apart");
    } finally {
      database.execute(working);
      database.execute("drop sequence tideline.renewals");
    }
    eventually(() -> count("node_lease where until > now()") == 1);
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
