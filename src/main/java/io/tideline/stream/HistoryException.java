package io.tideline.stream;

/** The log can't answer now. */
public abstract sealed class HistoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private HistoryException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The operation had no effect; try again later. */
  public static final class Unavailable extends HistoryException {
    private static final long serialVersionUID = 1L;

    public Unavailable(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * The operation may or may not have been carried out; repeat it with the same idempotency key.
   */
  public static final class OutcomeUnknown extends HistoryException {
    private static final long serialVersionUID = 1L;

    public OutcomeUnknown(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
