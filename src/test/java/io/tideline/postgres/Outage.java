package io.tideline.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;

/** From its beginning to its end PostgreSQL is away; it goes down without a word. */
final class Outage {
  private Outage() {}

  static Outage begin() {
    try {
      TestDatabase.control().takeAway();
      return new Outage();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void end() {
    try {
      TestDatabase.control().giveBack();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
