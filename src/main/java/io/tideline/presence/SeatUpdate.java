package io.tideline.presence;

import io.tideline.stream.Channel;
import java.util.List;
import java.util.function.Function;

/**
 * An update of a channel's seats on its way to all who watch them on this node, with the bytes that
 * were made of it. Any thread.
 */
public final class SeatUpdate {
  private final Channel channel;
  private final boolean isComplete;
  private final EncodedOnce<List<SeatChange>> changes;

  /**
   * Makes an update.
   *
   * @param isComplete false if something before it is missing
   */
  SeatUpdate(Channel channel, List<SeatChange> changes, boolean isComplete) {
    this.channel = channel;
    this.isComplete = isComplete;
    this.changes = new EncodedOnce<>(List.copyOf(changes));
  }

  public Channel channel() {
    return channel;
  }

  /** In the order in which they happened. */
  public List<SeatChange> changes() {
    return changes.news();
  }

  /** False if changes before it are not told: the list of seats says what came of them. */
  public boolean isComplete() {
    return isComplete;
  }

  SeatUpdate afterLoss() {
    return new SeatUpdate(channel, changes(), false);
  }

  /** The bytes of its changes, made once per format. */
  public byte[] bytes(Object format, Function<List<SeatChange>, byte[]> encode) {
    return changes.bytes(format, encode);
  }
}
