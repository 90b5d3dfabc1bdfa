package io.tideline.stream;

/**
 * A channel's log as a reader sees it at one moment.
 *
 * @param head the newest offset, 0 for a channel that nobody has used
 * @param first the first retained offset: 1 at the beginning, {@code head + 1} when nothing is left
 * @param purgedThrough the highest offset that was removed by a purge rather than by retention, 0
 *     for none
 */
public record ChannelState(Channel channel, long epoch, long head, long first, long purgedThrough) {
  public ChannelState {
    if (head < 0 || first < 1 || first > head + 1 || purgedThrough >= first) {
      throw new IllegalArgumentException(
          "head " + head + ", first " + first + ", purged " + purgedThrough);
    }
  }

  public static ChannelState unused(Channel channel, long epoch) {
    return new ChannelState(channel, epoch, 0, 1, 0);
  }

  public Position headPosition() {
    return new Position(epoch, head);
  }

  /** Why offsets up to {@code to} are gone. */
  public Gap.Reason reasonOf(long to) {
    return to <= purgedThrough ? Gap.Reason.PURGED : Gap.Reason.RETENTION;
  }
}
