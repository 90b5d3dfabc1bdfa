package io.tideline.identity;

import io.tideline.access.TokenFault;
import io.tideline.access.TokenRefusal;

/** The refusal of a token; it says nothing of where in the code, only what is wrong with it. */
public final class TokenRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient TokenRefusal refusal;

  TokenRefusedException(TokenRefusal refusal) {
    super(refusal.text(), null, false, false);
    this.refusal = refusal;
  }

  TokenRefusedException(TokenFault fault, String text) {
    this(new TokenRefusal(fault, text));
  }

  public TokenRefusal refusal() {
    return refusal;
  }
}
