package io.tideline.door.rest;

import io.tideline.net.http.ProblemAnswer;
import jakarta.inject.Singleton;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Whatever goes wrong in a REST method, or before one is found, as a problem. */
@Singleton
final class ProblemMappers {
  private final Responses answers;

  ProblemMappers(Responses answers) {
    this.answers = answers;
  }

  @ServerExceptionMapper
  Response framework(WebApplicationException refused) {
    Response meant = refused.getResponse();
    Response answer = answers.problem(ProblemAnswer.of(meant.getStatus()));
    meant
        .getHeaders()
        .getOrDefault("Allow", List.of())
        .forEach(allowed -> answer.getHeaders().add("Allow", allowed));
    return answer;
  }

  @ServerExceptionMapper
  Response failure(Throwable failure) {
    return answers.problem(ProblemAnswer.of(failure));
  }
}
