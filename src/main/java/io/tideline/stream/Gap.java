package io.tideline.stream;

/**
 * What a reader lost, told before its next message.
 *
 * @param from first offset lost; 0 where it can't be known ({@link Reason#EPOCH}, ephemeral
 *     channels)
 * @param to last offset lost, inclusive; 0 likewise
 * @param count how many were lost; 0 where it can't be known
 * @param position where the reader stands now; null on ephemeral channels
 */
public record Gap(
    Channel channel, long from, long to, long count, Reason reason, Position position) {

  /** Offsets {@code from} to {@code to} are gone; the reader goes on after them. */
  public static Gap of(Channel channel, long epoch, long from, long to, Reason reason) {
    if (from < 1 || to < from) {
      throw new IllegalArgumentException("no gap from " + from + " to " + to);
    }
    return new Gap(channel, from, to, to - from + 1, reason, new Position(epoch, to));
  }

  /**
   * The reader's position is of another incarnation: it goes on from the head and reloads its
   * state.
   *
   * @param head null on an ephemeral channel, which has no positions any more
   */
  public static Gap ofEpoch(Channel channel, Position head) {
    return new Gap(channel, 0, 0, 0, Reason.EPOCH, head);
  }

  /** An ephemeral channel dropped {@code count} publications for this reader. */
  public static Gap ofEphemeral(Channel channel, long count) {
    return new Gap(channel, 0, 0, count, Reason.SKIPPED, null);
  }

  /** Why it was lost. */
  public enum Reason {
    RETENTION,
    EPOCH,
    SKIPPED,
    PURGED
  }
}
