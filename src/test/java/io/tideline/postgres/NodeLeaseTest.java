package io.tideline.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class NodeLeaseTest extends PgTest {
  @Test
  void nodesKnowOfEachOtherWhileTheyLive() {
    NodeLease first = history.lease();
    NodeLease second = other.lease();
    first.start();
    eventually(() -> count("node") == 1);
    assertEquals(0, first.others());
    second.start();
    eventually(() -> second.others() == 1);
    eventually(() -> first.others() == 1);
    second.stop();
    eventually(() -> first.others() == 0);
    first.stop();
    eventually(() -> count("node") == 0);
  }

  @Test
  void whoIsSilentIsNotCounted() {
    database.execute(
        "insert into tideline.node (id, seen_at) values"
            + " ('silent', now() - interval '16 s'), ('gone', now() - interval '2 days')");
    NodeLease lease = history.lease();
    lease.start();
    eventually(() -> count("node where id = 'gone'") == 0);
    assertEquals(0, lease.others());
    lease.stop();
    database.execute("delete from tideline.node");
  }
}
