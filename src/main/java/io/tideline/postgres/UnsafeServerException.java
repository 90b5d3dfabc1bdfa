package io.tideline.postgres;

/** This PostgreSQL would lose what it has confirmed; the message says which setting to change. */
public final class UnsafeServerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnsafeServerException(String message) {
    super(message);
  }
}
