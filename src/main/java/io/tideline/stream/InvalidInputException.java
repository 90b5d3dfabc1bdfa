package io.tideline.stream;

/**
 * A value from outside breaks a rule of the contract; the message says which rule and what to send
 * instead.
 */
public final class InvalidInputException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final Subject subject;

  public InvalidInputException(Subject subject, String message) {
    super(message);
    this.subject = subject;
  }

  public Subject subject() {
    return subject;
  }

  /** What was wrong; each has its own problem type. */
  public enum Subject {
    CHANNEL,
    POSITION,
    TYPE,
    KEY,
    HEADERS,
    CONTENT,
    PARAMETER
  }
}
