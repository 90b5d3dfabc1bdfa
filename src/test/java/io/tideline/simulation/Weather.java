package io.tideline.simulation;

import io.tideline.stream.MemoryHistory.Fault;
import java.util.Random;

/** How much goes wrong between the parts; calm in the end, so that all can come to rest. */
final class Weather {
  private static final long CALM_MICROS_MAX = 5_000;

  private final Random random;
  private final double faults;
  private final long answerMicrosMax;
  private final double losses;
  private final long transitMicrosMax;
  private final boolean isBackplaneDownForGood;
  private boolean isCalm;
  private boolean isDatabaseAway;
  private boolean isBackplaneDown;

  Weather(Random random) {
    this.random = random;
    this.faults = random.nextInt(3) == 0 ? 0 : random.nextDouble() * 0.3;
    this.answerMicrosMax = 1_000L << random.nextInt(12);
    this.losses = random.nextInt(3) == 0 ? 0 : random.nextDouble() * 0.5;
    this.transitMicrosMax = 1_000L << random.nextInt(12);
    this.isBackplaneDownForGood = random.nextInt(8) == 0;
    this.isBackplaneDown = isBackplaneDownForGood;
  }

  void calm() {
    isCalm = true;
    isDatabaseAway = false;
    isBackplaneDown = isBackplaneDownForGood;
  }

  boolean isCalm() {
    return isCalm;
  }

  void databaseAway(boolean isAway) {
    isDatabaseAway = isAway && !isCalm;
  }

  void backplaneDown(boolean isDown) {
    isBackplaneDown = isBackplaneDownForGood || (isDown && !isCalm);
  }

  boolean isBackplaneDown() {
    return isBackplaneDown;
  }

  Fault fault() {
    if (isDatabaseAway) {
      return Fault.UNAVAILABLE;
    }
    if (isCalm || random.nextDouble() >= faults) {
      return Fault.NONE;
    }
    return switch (random.nextInt(4)) {
      case 0 -> Fault.ANSWER_FOUND;
      case 1 -> Fault.ANSWER_LOST;
      default -> Fault.UNAVAILABLE;
    };
  }

  /** What an answer takes at most, if nothing is wrong, also one that began before the calm. */
  long answerMicrosMax() {
    return answerMicrosMax;
  }

  long answerMicros() {
    return random.nextLong(isCalm ? CALM_MICROS_MAX : answerMicrosMax);
  }

  boolean losesAnnouncement() {
    return isBackplaneDown || (!isCalm && random.nextDouble() < losses);
  }

  boolean repeatsAnnouncement() {
    return !isCalm && random.nextDouble() < losses;
  }

  /** Some come without their publications, as those do that are too large for a connector. */
  boolean stripsAnnouncement() {
    return random.nextInt(5) == 0;
  }

  long transitMicros() {
    return random.nextLong(isCalm ? CALM_MICROS_MAX : transitMicrosMax);
  }
}
