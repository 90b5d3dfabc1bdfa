package io.tideline.net.out;

import io.tideline.loop.Lane;
import io.tideline.session.ConnectionWriter;
import java.util.Objects;

/**
 * A writer through the public API of Vert.x, message by message, which counts what hasn't left yet.
 * It flushes by itself, so it can't gather what a wake brings; it stands where the pipeline can't
 * be written to: HTTP/2, HTTP/1.0, compressed responses, or another Vert.x.
 */
public abstract class VertxWriter implements ConnectionWriter {
  private final Lane lane;
  private final Runnable writable;
  private int waiting;

  /** Whether someone was told less than all the room that there is. */
  private boolean wanted;

  private boolean beatWaits;

  public VertxWriter(Lane lane, Runnable writable) {
    this.lane = lane;
    this.writable = Objects.requireNonNull(writable, "writable");
  }

  /** Whether more may be written; false once the connection is ending. */
  public abstract boolean isOpen();

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
  public final void waits(int bytes) {
    waiting += bytes;
  }

  /** Called when they have left, or never will; on the lane. */
  public final void left(int bytes) {
    waiting -= bytes;
    if (wanted && waiting == 0) {
      wanted = false;
      // Later: a write may be done before it returns, amid the wake that it belongs to.
      lane.execute(writable);
    }
  }

  public final void beatWaits() {
    beatWaits = true;
  }

  public final void beatLeft() {
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
