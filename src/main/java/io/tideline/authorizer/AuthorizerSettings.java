package io.tideline.authorizer;

import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * How the application is asked.
 *
 * @param url {@code http} or {@code https}
 * @param token sent as a bearer token, so that the application knows who asks
 * @param timeout of one question, waiting included; then it counts as not answered
 * @param requestsMax at once
 * @param waitersMax callers that wait for an answer at once; beyond it they get none
 * @param waitersPerSubjectMax of them who ask about one subject; strangers are one
 * @param answersMax that are kept
 * @param grace see {@link io.tideline.access.Authorizer#grace()}
 * @param anonymous whether it is asked about strangers
 */
public record AuthorizerSettings(
    URI url,
    Optional<String> token,
    Duration timeout,
    int requestsMax,
    int waitersMax,
    int waitersPerSubjectMax,
    int answersMax,
    Duration grace,
    boolean anonymous) {
  /** Bytes of an answer's body. */
  static final int ANSWER_BYTES_MAX = 4096;

  public AuthorizerSettings {
    Objects.requireNonNull(url);
    Objects.requireNonNull(token);
    Objects.requireNonNull(timeout);
    Objects.requireNonNull(grace);
  }
}
