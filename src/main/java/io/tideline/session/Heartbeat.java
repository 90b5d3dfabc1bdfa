package io.tideline.session;

import java.util.function.BooleanSupplier;

/**
 * The heartbeat of one connection; on its lane only.
 *
 * <pre>
 * RESTING  until the interval since the last one is over
 * LEAVING  the heartbeat waits behind what the client hasn't read; dead after the standstill
 * AWAITED  it has left, and is to be answered; dead after the time for that
 * </pre>
 */
public final class Heartbeat {
  private enum State {
    RESTING,
    LEAVING,
    AWAITED
  }

  private final HeartbeatSettings pulse;
  private State state = State.RESTING;
  private long sinceNanos;
  private long beatNanos;

  public Heartbeat(HeartbeatSettings pulse, long nowNanos) {
    this.pulse = pulse;
    this.sinceNanos = nowNanos;
    this.beatNanos = nowNanos;
  }

  /**
   * Beats if it is time to.
   *
   * @param beat the bytes of one, as {@link ConnectionWriter#beat} takes them
   * @param isAnswered whether the last heartbeat was
   * @return false: the client is dead
   */
  public boolean tick(
      ConnectionWriter out, byte[] beat, BooleanSupplier isAnswered, long nowNanos) {
    long nanos = nowNanos - sinceNanos;
    switch (state) {
      case RESTING -> {
        if (nowNanos - beatNanos >= pulse.interval().toNanos()) {
          out.beat(beat);
          beatNanos = nowNanos;
          enter(State.LEAVING, nowNanos);
        }
      }
      case LEAVING -> {
        if (out.isBeatGone()) {
          enter(pulse.answer().isZero() ? State.RESTING : State.AWAITED, nowNanos);
        } else {
          return nanos < pulse.standstill().toNanos();
        }
      }
      case AWAITED -> {
        if (isAnswered.getAsBoolean()) {
          enter(State.RESTING, nowNanos);
        } else {
          return nanos < pulse.answer().toNanos();
        }
      }
    }
    return true;
  }

  private void enter(State next, long nowNanos) {
    state = next;
    sinceNanos = nowNanos;
  }
}
