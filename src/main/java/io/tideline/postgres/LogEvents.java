package io.tideline.postgres;

/** What the log tells whoever counts. Called from any thread: O(1), and never throws. */
public interface LogEvents {
  LogEvents NONE = new LogEvents() {};

  /** The answer to an append got lost, and it has been found out what became of it. */
  default void answerLost(boolean wasStored) {}

  /** Publications from SQL were stored. */
  default void outboxMoved(int messages) {}

  /** A publication from SQL couldn't be stored and was put aside. */
  default void outboxRefused() {}

  /** Rows that retention or a purge had hidden are gone. */
  default void pruned(long messages) {}
}
