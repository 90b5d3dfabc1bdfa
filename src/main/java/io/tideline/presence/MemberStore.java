package io.tideline.presence;

import io.smallrye.mutiny.Uni;
import io.tideline.stream.Channel;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where all nodes keep who is present through them. Never blocks; any thread. Everything fails with
 * {@link io.tideline.stream.HistoryException} if the store can't be reached now, or has lost what
 * it had and the nodes are still writing it anew.
 */
public interface MemberStore {
  /** Rows written together. */
  int ROWS_MAX = 1000;

  /** Seats of one list. */
  int SEATS_MAX = 10_000;

  /** Rosters read together. */
  int ROSTERS_MAX = 256;

  /** Members of one page. */
  int PAGE_MEMBERS_MAX = 256;

  /**
   * The lease that this node holds now; 0 for none. What was written under another one is gone, or
   * will be.
   */
  long lease();

  /**
   * Keeps these members and seats under the lease, all or none. False if the lease has run out:
   * then nothing was written, and it is being renewed, or a new one taken. Fails while another
   * write of this node is under way, also one whose caller was told that it failed.
   *
   * @param rows at most {@value #ROWS_MAX}
   */
  Uni<Boolean> write(long lease, PresenceWrite rows);

  /**
   * Does what one node does for all, in a small step: removes members of nodes whose lease has
   * ended, and forgets old changes. Whether there may be more to do at once.
   */
  Uni<Boolean> keep(long lease);

  /**
   * The states of these channels, at most {@value #ROSTERS_MAX}.
   *
   * @param namedMax members up to which they are named
   */
  Uni<Rosters> rosters(Collection<Channel> channels, int namedMax);

  /**
   * What has changed after a place that was given before.
   *
   * @param channels of which at least; empty for all
   */
  Uni<Changes> changesSince(Place place, Collection<Channel> channels);

  /**
   * Members whose names come after this one.
   *
   * @param after empty for the first page
   * @param limit at most {@value #PAGE_MEMBERS_MAX}; 0 for the numbers alone
   */
  Uni<MemberPage> page(Channel channel, String after, int limit);

  /**
   * Who has a seat in a channel.
   *
   * @param limit at most {@value #SEATS_MAX}; 0 for the numbers alone
   */
  Uni<SeatList> seats(Channel channel, int limit);

  /**
   * What has become of seats after a place that was given before.
   *
   * @param place null to begin with what comes from now on
   * @param channels of which at least; empty for all
   */
  Uni<SeatChanges> seatsSince(@Nullable Place place, Collection<Channel> channels);

  /**
   * How far changes were read.
   *
   * @param incarnation of the store; it loses all that it has in a crash, and begins anew
   */
  record Place(String incarnation, long version) {}

  /**
   * States.
   *
   * @param place where to read changes from, for these and for all that was read before
   */
  record Rosters(List<MemberList> rosters, Place place) {
    public Rosters {
      rosters = List.copyOf(rosters);
    }
  }

  /**
   * What has become of seats, in the order in which it happened.
   *
   * @param next where to go on
   * @param isAll whether this is all that there was
   * @param isComplete false if something before it is no longer known, or of another incarnation
   */
  record SeatChanges(List<SeatChange> changes, Place next, boolean isAll, boolean isComplete) {
    public SeatChanges {
      changes = List.copyOf(changes);
    }
  }

  /**
   * What has changed.
   *
   * @param next where to go on
   * @param isAll whether this is all that there was
   * @param isComplete false if something before it is no longer known, or of another incarnation:
   *     states must be read anew
   */
  record Changes(List<PresenceChange> changes, Place next, boolean isAll, boolean isComplete) {
    public Changes {
      changes = List.copyOf(changes);
    }
  }
}
