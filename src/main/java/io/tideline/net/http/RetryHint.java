package io.tideline.net.http;

import io.tideline.session.LiveSettings;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.random.RandomGenerator;

/**
 * When to come back, each time another: clients that were sent away together don't come back
 * together. Any thread.
 */
@Singleton
public final class RetryHint {
  private final long millis;
  private final RandomGenerator random;

  @Inject
  RetryHint(LiveSettings settings) {
    this(settings.retry(), new Random());
  }

  /**
   * Makes a hint.
   *
   * @param typical what it is about, from half to one and a half
   */
  RetryHint(Duration typical, RandomGenerator random) {
    this.millis = Math.max(2, typical.toMillis());
    this.random = Objects.requireNonNull(random);
  }

  public Duration next() {
    return Duration.ofMillis(random.nextLong(millis / 2, millis / 2 + millis + 1));
  }

  /** For {@code Retry-After}: whole seconds, at least one. */
  public long nextSeconds() {
    return (next().toMillis() + 999) / 1000;
  }
}
