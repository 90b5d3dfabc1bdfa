package io.tideline.postgres;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.presence.MemberCount;
import io.tideline.presence.PresenceWrite;
import io.tideline.presence.Seat;
import io.tideline.presence.SeatChange;
import io.tideline.stream.Channel;
import io.tideline.stream.Message;
import java.time.Duration;
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

    long read = rowsRead("channel", "message");
    assertTrue(read < 20_000, read + " rows, of which some 11,000 are looked up");
  }

  @Test
  void norDoesWhatIsReadForPresence() {
    NodeLease lease = history.lease(Duration.ofSeconds(30));
    PgMemberStore store = history.members(lease);
    lease.start(() -> {});
    eventually(() -> lease.current() != 0);
    Channel first = channel("plans-");
    for (int round = 0; round < 2; round++) {
      database.execute("vacuum analyze");
      IntStream.range(0, TIMES).forEach(time -> comeAndGo(store, List.of(first)));
    }

    List<Channel> channels = IntStream.range(0, CHANNELS).mapToObj(n -> channel("plans-")).toList();
    for (int from = 0; from < CHANNELS; from += AT_ONCE) {
      write(store, channels.subList(from, from + AT_ONCE), 1);
    }
    List<Channel> few = channels.subList(CHANNELS / 2, CHANNELS / 2 + FEW);
    IntStream.range(0, TIMES).forEach(time -> comeAndGo(store, few));
    lease.stop(Duration.ZERO);

    long read = rowsRead("member", "presence", "seat");
    assertTrue(read < 5_000, read + " rows, of which some 2,000 are looked up");
  }

  private static void comeAndGo(PgMemberStore store, List<Channel> channels) {
    write(store, channels, 2);
    write(store, channels, 0);
    await(store.rosters(channels, 10));
  }

  private static void write(PgMemberStore store, List<Channel> channels, int connections) {
    List<MemberCount> members =
        channels.stream().map(c -> new MemberCount(c, "anna", connections)).toList();
    Seat seat = new Seat("connection", "anna", new byte[8]);
    List<SeatChange> seats =
        channels.stream().map(c -> new SeatChange(c, seat, connections > 0)).toList();
    assertTrue(await(store.write(store.lease(), new PresenceWrite(members, List.of()))));
    assertTrue(await(store.write(store.lease(), new PresenceWrite(List.of(), seats))));
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
  private static long rowsRead(String... tables) {
    String ended =
        database.query(
            "select string_agg(pid::text, ',') from ("
                + "select pid from pg_stat_activity where backend_type = 'client backend'"
                + " and pid <> pg_backend_pid() offset 0) other where pg_terminate_backend(pid)");
    eventually(
        () ->
            database
                .query("select count(*) from pg_stat_activity where pid in (" + ended + ")")
                .equals("0"));
    return Long.parseLong(
        database.query(
            "select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) from pg_stat_user_tables"
                + " where schemaname = 'tideline' and relname in ('"
                + String.join("', '", tables)
                + "')"));
  }
}
