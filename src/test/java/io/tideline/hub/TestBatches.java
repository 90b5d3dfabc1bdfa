package io.tideline.hub;

import java.util.List;

/** Runs without publications, for tests of what carries them. */
public final class TestBatches {
  private TestBatches() {}

  public static FrameBatch of(byte[]... frames) {
    return new FrameBatch(null, List.of(), frames);
  }

  /** As the hub does at the end of a wake. */
  public static void release(FrameBatch run) {
    run.release();
  }
}
