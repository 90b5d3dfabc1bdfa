package io.tideline.identity;

import java.io.IOException;

/** A key that can't be used as it is configured or given; the message says why and what to do. */
public final class UnusableKeyException extends IOException {
  private static final long serialVersionUID = 1L;

  public UnusableKeyException(String message) {
    super(message);
  }

  public UnusableKeyException(String message, Throwable cause) {
    super(message, cause);
  }
}
