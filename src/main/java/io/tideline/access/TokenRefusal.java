package io.tideline.access;

import java.util.Objects;

/**
 * One refusal of a token.
 *
 * @param text what is wrong and what is expected, as the rest of a sentence; nothing of the token
 *     itself stands there, so that it may be logged
 */
public record TokenRefusal(TokenFault fault, String text) {
  public TokenRefusal {
    Objects.requireNonNull(fault);
    Objects.requireNonNull(text);
  }
}
