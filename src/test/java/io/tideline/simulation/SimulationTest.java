package io.tideline.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tideline.testing.Slow;
import org.junit.jupiter.api.Test;

class SimulationTest {
  private static final long FIRST_SEED = Long.getLong("simulation.seed", 1);
  private static final int RUNS =
      Integer.getInteger(
          "simulation.runs", System.getProperty("simulation.seed") == null ? 2_000 : 1);

  /** As many as everybody has time for. */
  private static final int FIRST_RUNS = Math.min(RUNS, 400);

  @Test
  void promisesHoldWhateverHappens() {
    run(0, FIRST_RUNS);
  }

  @Slow
  @Test
  void promisesHoldFarLonger() {
    run(FIRST_RUNS, RUNS);
  }

  @Test
  void aSeedDoesTheSameAgain() {
    Simulation once = new Simulation(FIRST_SEED, true);
    Simulation again = new Simulation(FIRST_SEED, true);
    assertEquals(once.run(), again.run());
    assertEquals(once.trace(), again.trace());
  }

  private static void run(int from, int until) {
    for (int i = from; i < until; i++) {
      run(FIRST_SEED + i);
    }
  }

  private static void run(long seed) {
    try {
      new Simulation(seed, false).run();
    } catch (Violation | RuntimeException broken) {
      throw new AssertionError(
          "seed %d, again: ./mvnw test -Dtest=SimulationTest -Dsimulation.seed=%d%n%s"
              .formatted(seed, seed, traced(seed)),
          broken);
    }
  }

  private static String traced(long seed) {
    Simulation again = new Simulation(seed, true);
    try {
      again.run();
      return "did not happen again";
    } catch (Violation | RuntimeException broken) {
      return broken.getMessage() + "\n" + again.trace() + "\n";
    }
  }
}
