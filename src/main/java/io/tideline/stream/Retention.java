package io.tideline.stream;

import java.time.Duration;
import java.util.Objects;

/**
 * How long a channel's publications are kept: until either bound is passed. Pruning follows in the
 * background.
 *
 * @param age at least one second
 * @param count at least one
 */
public record Retention(Duration age, long count) {
  public Retention {
    Objects.requireNonNull(age);
    if (age.compareTo(Duration.ofSeconds(1)) < 0 || count < 1) {
      throw new IllegalArgumentException(
          "retention needs an age of at least 1s and a count of at least 1");
    }
  }
}
