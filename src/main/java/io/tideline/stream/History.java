package io.tideline.stream;

import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/**
 * The log of all durable channels, kept where every node can read it.
 *
 * <p>Methods may be called from any thread, don't block, do nothing until subscribed to, and
 * complete on whatever thread the implementation likes. Every failure is a {@link
 * HistoryException}: {@link HistoryException.Unavailable} says that the operation had no effect and
 * may be tried later, {@link HistoryException.OutcomeUnknown} (only from {@link #append}) that it
 * may have had.
 */
public interface History {
  /** Messages a batch, at most. */
  int BATCH_MESSAGES_MAX = 1000;

  /** Channels a call of {@link #states}, at most. */
  int STATES_MAX = 256;

  /** Ranges a call of {@link #readAll}, at most. */
  int RANGES_MAX = 256;

  /** Publications a call of {@link #readAll}, at most. */
  int RANGES_MESSAGES_MAX = 2048;

  /** Publications a page, at most. */
  int PAGE_MESSAGES_MAX = 256;

  /**
   * Payload and header bytes a page, at most; one publication is always returned, however large.
   */
  int PAGE_BYTES_MAX = 1 << 20;

  /**
   * Stores messages in one transaction and returns when it is durable, with an outcome a message,
   * in order. Under the lock of each channel, in queue order: keys are resolved first (also among
   * the batch itself), then {@code ifMatch}, and what remains gets the next offsets. Channels come
   * into being by this. Two calls for the same channel must not overlap if their order matters.
   *
   * @param atomic if any message is refused, none is stored, and the others are {@link
   *     AppendOutcome.Withdrawn}
   */
  Uni<List<AppendOutcome>> append(List<Message> messages, boolean atomic);

  /**
   * Reads retained publications from offset {@code from} (inclusive) to {@code to} (inclusive) in
   * one snapshot, as many as {@link #PAGE_MESSAGES_MAX} and {@link #PAGE_BYTES_MAX} allow, together
   * with the channel's state of that snapshot.
   */
  Uni<Page> read(Channel channel, long from, long to);

  /** Offsets of a channel, both inclusive. */
  record Range(Channel channel, long from, long to) {}

  /**
   * Reads up to {@link #RANGES_MAX} ranges at once and in one snapshot, as {@link #read} would
   * each, but all together at most {@link #RANGES_MESSAGES_MAX} publications and {@link
   * #PAGE_BYTES_MAX}. The answer has the pages of the first ranges, in the order asked, at least of
   * one; the last of them may end early, as a page of many bytes does, but not be emptied by that.
   * Ranges beyond the answer were not read: ask again.
   */
  Uni<List<Page>> readAll(List<Range> ranges);

  /**
   * The states of up to {@link #STATES_MAX} channels, in the order asked; unused channels are
   * reported as such, not left out.
   */
  Uni<List<ChannelState>> states(Collection<Channel> channels);

  /** The first retained offset whose time is at or after {@code time}, or head + 1. O(log n). */
  Uni<Long> offsetSince(Channel channel, Instant time);

  /**
   * Removes everything up to {@code through} (inclusive, at most the head); offsets are never
   * reset. Returns the new state. After a failure it may have been carried out all the same;
   * repeating it is harmless.
   */
  Uni<ChannelState> purge(Channel channel, long through);

  /**
   * Channels whose name begins with {@code prefix} and comes after {@code after} (exclusive; ""
   * from the start), by name.
   */
  Uni<List<ChannelState>> list(String prefix, String after, int limit);

  /**
   * What other nodes (and, while one of this node's appends is unresolved, this one) changed since
   * the last call with the cursor that it returned. Nothing that commits is ever skipped; something
   * may be reported twice. The first call has {@link ChangeCursor#NONE} and reports nothing but a
   * cursor.
   */
  Uni<Changes> changesSince(ChangeCursor cursor);

  /** A place in the sequence of changes; opaque to callers. */
  record ChangeCursor(String value) {
    public static final ChangeCursor NONE = new ChangeCursor("");
  }

  /**
   * What changed.
   *
   * @param states the newest state of each channel that changed
   * @param complete false: the cursor is older than what is kept, so compare the heads of all
   *     channels of interest
   */
  record Changes(ChangeCursor next, List<ChannelState> states, boolean complete) {}
}
