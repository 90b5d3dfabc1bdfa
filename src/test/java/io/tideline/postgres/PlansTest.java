package io.tideline.postgres;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.stream.Channel;
import io.tideline.stream.Message;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A session keeps the plans that it made while there was next to nothing in the log. */
class PlansTest extends PgTest {
  private static final int CHANNELS = 4096;
  private static final int AT_ONCE = 512;
  private static final int FEW = 16;
  private static final int TIMES = 20;

  @Test
  void whatIsReadDoesNotGrowWithTheLog() {
    Channel first = channel("plans-");
    database.execute("vacuum analyze");
    IntStream.range(0, TIMES).forEach(time -> useAll(List.of(first)));
    database.execute("vacuum analyze");
    IntStream.range(0, TIMES).forEach(time -> useAll(List.of(first)));

    List<Channel> channels = IntStream.range(0, CHANNELS).mapToObj(n -> channel("plans-")).toList();
    for (int from = 0; from < CHANNELS; from += AT_ONCE) {
      publish(channels.subList(from, from + AT_ONCE));
    }

    List<Channel> few = channels.subList(CHANNELS / 2, CHANNELS / 2 + FEW);
    IntStream.range(0, TIMES).forEach(time -> useAll(few));

    long read = rowsRead();
    assertTrue(read < 20_000, read + " rows, of which some 11,000 are looked up");
  }

  /** What is done all the time: publishing, and looking up and reading what was missed. */
  private static void useAll(List<Channel> channels) {
    publish(channels);
    await(history.states(channels));
    channels.forEach(channel -> await(history.read(channel, 1, 2)));
  }

  private static void publish(List<Channel> channels) {
    await(
        history.append(channels.stream().<Message>map(channel -> m(channel, "x")).toList(), false));
  }

  /** Through indexes or without. Sessions tell what they read at their end at the latest. */
  private static long rowsRead() {
    String others =
        " from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()";
    database.query("select count(pg_terminate_backend(pid))" + others);
    eventually(() -> database.query("select count(*)" + others).equals("0"));
    return Long.parseLong(
        database.query(
            "select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) from pg_stat_user_tables"
                + " where schemaname = 'tideline' and relname in ('channel', 'message')"));
  }
}
