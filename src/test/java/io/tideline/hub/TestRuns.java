package io.tideline.hub;

import java.util.List;

/** Runs without publications, for tests of what carries them. */
public final class TestRuns {
  private TestRuns() {}

  public static Run of(byte[]... frames) {
    return new Run(null, List.of(), frames);
  }

  /** As the hub does at the end of a wake. */
  public static void release(Run run) {
    run.release();
  }
}
