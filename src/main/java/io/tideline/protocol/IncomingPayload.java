package io.tideline.protocol;

import io.tideline.stream.InvalidInputException;
import io.tideline.stream.Payload;

/** A payload on its way in: checked, or refused. */
public sealed interface IncomingPayload {
  record Valid(Payload payload) implements IncomingPayload {}

  record Refused(ProblemDetails problem) implements IncomingPayload {}

  /**
   * The payload that a request body is. What says that it is {@code application/json} must be, and
   * carries no content type from then on.
   *
   * @param contentType as the client named it; null if it didn't: {@code application/octet-stream}
   */
  static IncomingPayload of(String contentType, byte[] body, WireLimits limits) {
    try {
      return new Valid(new PayloadReader(limits).read(contentType, body));
    } catch (UnreadableException e) {
      return new Refused(e.problem());
    } catch (InvalidInputException e) {
      return new Refused(ProblemDetails.of(e));
    }
  }
}
