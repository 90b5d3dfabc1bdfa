package io.tideline.protocol;

import io.tideline.access.AccessPolicy.Decision;
import io.tideline.stream.InvalidInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * One occurrence of a {@link Problem}: the value of every refusal, and the body of every HTTP error
 * (RFC 9457).
 *
 * @param detail null, or what was wrong this time
 * @param extensions further members, already JSON
 */
public record ProblemDetails(Problem problem, String detail, List<Extension> extensions) {
  public static final String MEDIA_TYPE = "application/problem+json";

  public ProblemDetails {
    Objects.requireNonNull(problem);
    extensions = List.copyOf(extensions);
  }

  public static ProblemDetails of(Problem problem) {
    return new ProblemDetails(problem, null, List.of());
  }

  public static ProblemDetails of(Problem problem, String detail) {
    return new ProblemDetails(problem, detail, List.of());
  }

  public static ProblemDetails of(InvalidInputException refused) {
    return of(Problem.of(refused.subject()), refused.getMessage());
  }

  public static ProblemDetails of(Decision.Refused refused) {
    return of(Problem.of(refused.refusal()), refused.detail());
  }

  public ProblemDetails with(String name, String value) {
    return with(name, new JsonBuffer(value.length() + 8).string(value));
  }

  public ProblemDetails with(String name, long value) {
    return with(name, new JsonBuffer(20).number(value));
  }

  public ProblemDetails with(String name, ProblemDetails value) {
    JsonBuffer json = new JsonBuffer(256);
    value.write(json);
    return with(name, json);
  }

  private ProblemDetails with(String name, JsonBuffer value) {
    List<Extension> more = new ArrayList<>(extensions);
    more.add(new Extension(name, value.toBytes()));
    return new ProblemDetails(problem, detail, more);
  }

  public int status() {
    return problem.status();
  }

  /** One sentence for the one who reads it: what was wrong, or else what to do. */
  public String message() {
    return detail == null ? problem.advice() : detail;
  }

  /** The problem object. */
  public byte[] json() {
    JsonBuffer out = new JsonBuffer(384);
    write(out);
    return out.toBytes();
  }

  void write(JsonBuffer out) {
    out.raw("{\"type\":\"").raw(problem.type().toString()).raw("\",\"title\":");
    out.string(problem.title()).raw(",\"status\":").number(problem.status());
    if (detail != null) {
      out.raw(",\"detail\":").string(detail);
    }
    out.raw(",\"code\":\"").raw(problem.code()).raw("\",\"retry\":");
    out.raw(Boolean.toString(problem.retry()));
    out.raw(",\"advice\":").string(problem.advice());
    writeExtensions(out);
    out.raw('}');
  }

  /** The error object of a WebSocket reply. */
  public void writeBrief(String channel, JsonBuffer out) {
    out.raw("{\"code\":\"").raw(problem.code()).raw("\",\"message\":").string(message());
    out.raw(",\"retry\":").raw(Boolean.toString(problem.retry()));
    if (channel != null) {
      out.raw(",\"channel\":").string(channel);
    }
    writeExtensions(out);
    out.raw('}');
  }

  private void writeExtensions(JsonBuffer out) {
    for (Extension extension : extensions) {
      out.raw(",\"").raw(extension.name).raw("\":").raw(extension.json);
    }
  }

  /** A member beside the standard ones. */
  public static final class Extension {
    private final String name;
    private final byte[] json;

    private Extension(String name, byte[] json) {
      this.name = name;
      this.json = json;
    }
  }
}
