package io.tideline.presence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.stream.Channel;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Goal: what is told is one state after the other, and what was missed is read, never guessed. */
class ChannelPresenceTest {
  private static final Channel CHANNEL = new Channel("room:1");
  private static final int NAMED_MAX = 3;

  private final ChannelPresence follower = new ChannelPresence(at(0, 0), NAMED_MAX);

  @Test
  void theStateComesFirst() {
    assertTrue(follower.isUnread());
    assertEquals(Optional.empty(), follower.news());
    follower.read(roster(7, "bob", "alice"));
    PresenceNews news = follower.news().orElseThrow();
    assertEquals(roster(7, "alice", "bob"), news.state());
    assertNull(news.step());
    assertEquals(Optional.empty(), follower.news());
  }

  @Test
  void changesAreToldTogether() {
    told(roster(1, "alice", "bob"));
    follower.apply(change(1, 2, List.of("carol"), List.of(), 3));
    follower.apply(change(2, 5, List.of(), List.of("bob"), 2));
    PresenceNews news = follower.news().orElseThrow();
    assertEquals(roster(5, "alice", "carol"), news.state());
    assertEquals(
        new PresenceNews.Step(1, at(5, 2), List.of("carol"), List.of("bob"), false), news.step());
  }

  @Test
  void whoComesAndGoesBetweenTwoNewsIsNotMentioned() {
    told(roster(1, "alice"));
    follower.apply(change(1, 2, List.of("bob"), List.of(), 2));
    follower.apply(change(2, 3, List.of(), List.of("bob"), 1));
    assertEquals(Optional.empty(), follower.news());
    follower.apply(change(3, 4, List.of("carol"), List.of(), 2));
    assertEquals(1, follower.news().orElseThrow().step().after(), "goes on from what was told");
  }

  @Test
  void aMissedChangeIsNoticedAndTheStateReadAnew() {
    told(roster(1, "alice"));
    // Bob came for Alice meanwhile, so the number alone tells nothing.
    follower.apply(change(2, 3, List.of("carol"), List.of(), 2));
    assertTrue(follower.isUnread());
    assertEquals(Optional.empty(), follower.news());
    follower.read(roster(3, "bob", "carol"));
    assertEquals(
        new PresenceNews.Step(1, at(3, 2), List.of("bob", "carol"), List.of("alice"), false),
        follower.news().orElseThrow().step());
  }

  @Test
  void whatIsKnownAlreadyDoesNoHarm() {
    told(roster(5, "alice"));
    follower.apply(change(1, 2, List.of("bob"), List.of(), 2));
    follower.apply(change(2, 5, List.of(), List.of("bob"), 1));
    assertFalse(follower.isUnread());
    assertEquals(Optional.empty(), follower.news());
  }

  /** The store forgets channels that nobody is in; what is told goes on. */
  @Test
  void theFirstChangeOfAChannelThatWasForgottenFollowsAnEmptyState() {
    told(roster(50));
    follower.apply(change(0, 60, List.of("alice"), List.of(), 1));
    assertEquals(
        new PresenceNews.Step(50, at(60, 1), List.of("alice"), List.of(), true),
        follower.news().orElseThrow().step());
    follower.apply(change(0, 90, List.of("bob"), List.of(), 1));
    assertTrue(follower.isUnread(), "it was not empty when it was forgotten");
  }

  @Test
  void occupiedAndVacated() {
    follower.read(roster(0));
    follower.news();
    follower.apply(change(0, 1, List.of("alice"), List.of(), 1));
    assertTrue(follower.news().orElseThrow().step().occupied());
    follower.apply(change(1, 2, List.of(), List.of("alice"), 0));
    assertTrue(follower.news().orElseThrow().step().occupancy().isVacant());
  }

  @Test
  void aLargeChannelIsCountedAndASmallOneNamedAgain() {
    told(roster(1, "a", "b", "c"));
    follower.apply(change(1, 2, List.of("d"), List.of(), 4));
    PresenceNews grown = follower.news().orElseThrow();
    assertEquals(new MemberList(at(2, 4), null), grown.state());
    assertNull(grown.step());
    follower.apply(change(2, 3, List.of("e"), List.of(), 5));
    assertEquals(5, follower.news().orElseThrow().state().occupancy().count());
    assertFalse(follower.isUnread());
    follower.apply(change(3, 4, List.of(), List.of("a", "b"), 3));
    assertTrue(follower.isUnread(), "who they are isn't known");
    follower.read(roster(4, "c", "d", "e"));
    assertEquals(roster(4, "c", "d", "e"), follower.news().orElseThrow().state());
  }

  /** A frame of it must fit into what a connection may hold. */
  @Test
  void namesThatAreTooLongTogetherAreCounted() {
    ChannelPresence many = new ChannelPresence(at(0, 0), 1000);
    List<String> names = IntStream.range(0, 400).mapToObj(i -> "n".repeat(200) + i).toList();
    many.read(new MemberList(at(1, 400), names));
    assertNull(many.news().orElseThrow().state().members());
  }

  @Test
  void whenMostHaveChangedTheStateIsTold() {
    told(roster(1, "a", "b", "c"));
    follower.apply(change(1, 2, List.of("d"), List.of("a", "b", "c"), 1));
    assertNull(follower.news().orElseThrow().step());
  }

  /** In a crash of the store nobody has left: whoever is still there stays without a word. */
  @Test
  void whatTheStoreLostIsToldAsTheDifference() {
    told(roster(5, "alice", "bob"));
    follower.forget();
    follower.apply(change(0, 6, List.of("alice"), List.of(), 1));
    assertEquals(Optional.empty(), follower.news());
    follower.read(roster(8, "alice", "carol"));
    assertEquals(
        new PresenceNews.Step(5, at(8, 2), List.of("carol"), List.of("bob"), false),
        follower.news().orElseThrow().step());
  }

  private void told(MemberList state) {
    follower.read(state);
    follower.news();
  }

  private static Occupancy at(long version, long count) {
    return new Occupancy(CHANNEL, version, count, 0);
  }

  private static MemberList roster(long version, String... members) {
    return new MemberList(at(version, members.length), List.of(members));
  }

  private static PresenceChange change(
      long after, long version, List<String> joined, List<String> gone, long count) {
    return new PresenceChange(after, at(version, count), joined, gone);
  }
}
