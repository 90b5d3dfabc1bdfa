package io.tideline.transport;

import io.tideline.hub.Lane;
import java.util.Objects;

/**
 * Writes through the public API of Vert.x, message by message, and counts what hasn't left yet. It
 * flushes by itself, so it can't gather what a wake brings; it stands where the pipeline can't be
 * written to: HTTP/2, HTTP/1.0, compressed responses, or another Vert.x.
 */
abstract class PlainOut implements WayOut {
  private final Lane lane;
  private final Runnable writable;
  private int waiting;

  /** Whether someone was told less than all the room that there is. */
  private boolean wanted;

  private boolean beatWaits;

  PlainOut(Lane lane, Runnable writable) {
    this.lane = lane;
    this.writable = Objects.requireNonNull(writable, "writable");
  }

  /** Whether more may be written; false once the connection is ending. */
  abstract boolean isOpen();

  @Override
  public final int room() {
    wanted |= waiting > 0;
    return isOpen() ? Math.max(0, BYTES_MAX - waiting) : 0;
  }

  @Override
  public final boolean isDrained() {
    return waiting == 0 && isOpen();
  }

  /** Called before bytes are given to Vert.x. */
  final void waits(int bytes) {
    waiting += bytes;
  }

  /** Called when they have left, or never will; on the lane. */
  final void left(int bytes) {
    waiting -= bytes;
    if (wanted && waiting == 0) {
      wanted = false;
      // Later: a write may be done before it returns, amid the wake that it belongs to.
      lane.execute(writable);
    }
  }

  final void beatWaits() {
    beatWaits = true;
  }

  final void beatLeft() {
    beatWaits = false;
  }

  @Override
  public final boolean isBeatGone() {
    return !beatWaits;
  }

  /** What was written is on its way already. */
  @Override
  public final void flush() {}
}
