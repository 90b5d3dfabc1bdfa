package io.tideline.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.mutiny.Uni;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History;
import io.tideline.stream.History.ChangeCursor;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BacklogTest {
  private static final Channel ONE = channel(1);
  private static final Channel TWO = channel(2);

  private final World world = new World();
  private final Backlog backlog =
      new Backlog(true, channel -> !channel.name().startsWith("other"), world);

  @Test
  void afterALookAtAllTheChangesTell() {
    world.behind.add(ONE.name());
    refreshAll();
    assertEquals(List.of(ONE), first(10));
    assertFalse(backlog.isLooking());
    assertTrue(backlog.contains(ONE));
    backlog.taken(ONE);
    assertFalse(backlog.contains(ONE));
    world.changed(TWO, new Channel("other:1"));
    refresh();
    assertEquals(List.of(TWO), first(10));
    assertEquals(List.of("begin", "changes", "behind", "changes"), world.asked.subList(0, 4));
  }

  @Test
  void whatCantBeToldByTheChangesIsLookedFor() {
    refreshAll();
    world.behind.add(TWO.name());
    world.isCut = true;
    refresh();
    assertTrue(backlog.isLooking(), "somebody may be behind");
    world.isCut = false;
    refresh();
    assertEquals(List.of(TWO), first(10));
  }

  @Test
  void moreChannelsThanItHoldsAreFoundNevertheless() {
    int channels = 2 * Backlog.CHANNELS_MAX + 1;
    IntStream.range(0, channels).forEach(i -> world.behind.add(channel(i).name()));
    int carried = 0;
    while (backlog.isLooking() || backlog.size() > 0) {
      refresh();
      assertTrue(backlog.size() <= Backlog.CHANNELS_MAX);
      for (Channel each : first(256)) {
        assertTrue(world.behind.remove(each.name()), "none is found twice");
        backlog.taken(each);
        carried++;
      }
    }
    assertEquals(channels, carried);
  }

  @Test
  void moreChangesThanItHoldsAreFoundNevertheless() {
    refreshAll();
    Channel[] all =
        IntStream.rangeClosed(0, Backlog.CHANNELS_MAX)
            .mapToObj(BacklogTest::channel)
            .toArray(Channel[]::new);
    for (Channel each : all) {
      world.behind.add(each.name());
    }
    world.changed(all);
    refresh();
    assertTrue(backlog.size() <= Backlog.CHANNELS_MAX);
    refresh();
    assertFalse(first(1).isEmpty());
  }

  @Test
  void whoHasMoreGoesBehindTheOthers() {
    refreshAll();
    world.changed(ONE, TWO);
    refresh();
    backlog.taken(ONE);
    backlog.add(ONE);
    assertEquals(List.of(TWO, ONE), first(2));
  }

  @Test
  void whoMayNotBeTakenHoldsUpNobody() {
    refreshAll();
    world.changed(ONE, TWO);
    refresh();
    assertEquals(List.of(TWO), backlog.first(1, channel -> !channel.equals(ONE)));
    assertEquals(List.of(ONE), first(1));
  }

  @Test
  void aLookThatHasNoRoomIsNotUnderWay() {
    IntStream.rangeClosed(0, Backlog.CHANNELS_MAX)
        .forEach(i -> world.behind.add(channel(i).name()));
    for (int i = 0; i < 10; i++) {
      refresh();
    }
    assertFalse(backlog.isLooking());
    first(Backlog.CHANNELS_MAX).forEach(backlog::taken);
    assertTrue(backlog.isLooking());
  }

  @Test
  void whatIsForgottenIsLookedForAnew() {
    refreshAll();
    world.changed(ONE);
    refresh();
    backlog.forget();
    assertEquals(0, backlog.size());
    assertTrue(backlog.isLooking());
    world.behind.add(TWO.name());
    refreshAll();
    assertEquals(List.of(TWO), first(10));
  }

  private List<Channel> first(int channels) {
    return backlog.first(channels, channel -> true);
  }

  private void refreshAll() {
    for (int i = 0; i < 4; i++) {
      refresh();
    }
  }

  private void refresh() {
    backlog.refresh().await().indefinitely();
  }

  private static Channel channel(int number) {
    return new Channel("orders:%06d".formatted(number));
  }

  /** Channels that are behind, and what the journal tells. */
  private static final class World extends NoCursors {
    final TreeSet<String> behind = new TreeSet<>();
    final List<String> asked = new ArrayList<>();
    boolean isCut;
    private List<ChannelState> news = List.of();
    private int cursor;

    void changed(Channel... channels) {
      news =
          List.of(channels).stream().map(channel -> new ChannelState(channel, 7, 1, 1, 0)).toList();
    }

    @Override
    public Uni<String> begin(boolean isEarliest, String after, int limit) {
      asked.add("begin");
      return Uni.createFrom().nullItem();
    }

    @Override
    public Uni<Behind> behind(String after, int limit) {
      asked.add("behind");
      List<Channel> next =
          behind.tailSet(after, false).stream().limit(limit).map(Channel::new).toList();
      boolean isLast = next.size() < limit;
      return Uni.createFrom().item(new Behind(isLast ? null : next.get(limit - 1).name(), next));
    }

    @Override
    public Uni<History.Changes> changesSince(ChangeCursor since) {
      asked.add("changes");
      List<ChannelState> states = since.equals(ChangeCursor.NONE) ? List.of() : news;
      news = List.of();
      return Uni.createFrom()
          .item(new History.Changes(new ChangeCursor("c" + ++cursor), states, !isCut));
    }
  }
}
