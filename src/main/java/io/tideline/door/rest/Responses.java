package io.tideline.door.rest;

import io.tideline.net.http.ProblemAnswer;
import io.tideline.protocol.BatchAnswer;
import io.tideline.protocol.ProblemDetails;
import io.tideline.protocol.PublishAnswer;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;

/** The responses of REST methods. */
@Singleton
final class Responses {
  private final ProblemAnswer problems;

  Responses(ProblemAnswer problems) {
    this.problems = problems;
  }

  Response published(PublishAnswer answer) {
    if (answer instanceof PublishAnswer.Refused refused) {
      return problem(refused.problem());
    }
    return json(answer.status(), answer.json());
  }

  /** A result an item. */
  Response batch(List<PublishAnswer> results) {
    return json(200, BatchAnswer.json(results));
  }

  /** Likewise, or why nothing was stored. */
  Response atomic(List<PublishAnswer> results) {
    return BatchAnswer.refusal(results).map(this::problem).orElseGet(() -> batch(results));
  }

  Response problem(ProblemDetails details) {
    Response.ResponseBuilder answer = Response.status(details.status()).entity(details.json());
    problems.refuse(details).forEach(answer::header);
    return answer.build();
  }

  static Response json(int status, byte[] body) {
    return Response.status(status)
        .type(MediaType.APPLICATION_JSON_TYPE)
        .header("Cache-Control", "no-store")
        .entity(body)
        .build();
  }
}
