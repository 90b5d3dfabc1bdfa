package io.tideline.protocol;

import io.tideline.access.Revocation;
import io.tideline.stream.InvalidInputException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** A revocation on its way in: understood, or refused. */
public sealed interface IncomingRevocation {
  /**
   * Whose tokens are to be refused.
   *
   * @param value null for {@link Revocation.Kind#ALL}
   * @param before null if none is named
   */
  record Valid(Revocation.Kind kind, String value, Instant before) implements IncomingRevocation {}

  record Refused(ProblemDetails problem) implements IncomingRevocation {}

  /** Reads the body of a request. */
  static IncomingRevocation of(byte[] body) {
    try {
      return Reading.read(body);
    } catch (UnreadableException e) {
      return new Refused(e.problem());
    } catch (InvalidInputException e) {
      return new Refused(ProblemDetails.of(e));
    }
  }

  /** How it is read. */
  final class Reading {
    private static final int DEPTH_MAX = 1;
    private static final Map<String, Revocation.Kind> KINDS =
        Map.of(
            "subject", Revocation.Kind.SUBJECT,
            "tokenId", Revocation.Kind.TOKEN_ID,
            "everyone", Revocation.Kind.ALL);
    private static final Set<String> KNOWN = Set.of("subject", "tokenId", "everyone", "before");

    private Reading() {}

    private static Valid read(byte[] body) {
      Optional<JsonCheck.Fault> fault = JsonCheck.fault(body, DEPTH_MAX);
      if (fault.isPresent()) {
        throw new UnreadableException(Problem.INVALID_JSON, fault.get().message());
      }
      Fields fields = Fields.of("revocation", JsonValue.of(body), KNOWN);
      String named = whom(fields);
      String time = fields.text("before");
      return new Valid(
          KINDS.get(named),
          value(fields, named),
          time == null ? null : Starts.time("before", time));
    }

    private static String whom(Fields fields) {
      String[] named =
          Stream.of("subject", "tokenId", "everyone")
              .filter(name -> fields.get(name) != null)
              .toArray(String[]::new);
      if (named.length != 1) {
        throw new UnreadableException(
            Problem.INVALID_COMMAND,
            "A revocation names exactly one of 'subject', 'tokenId' and 'everyone': true.");
      }
      return named[0];
    }

    private static String value(Fields fields, String named) {
      if (named.equals("everyone")) {
        if (!fields.flag(named)) {
          throw UnreadableException.parameter("'everyone' must be true, or left out.");
        }
        return null;
      }
      String value = fields.needText(named);
      boolean isGood =
          !value.isEmpty()
              && value.length() <= Revocation.VALUE_CHARS_MAX
              && value.indexOf('\0') < 0
              && StandardCharsets.UTF_8.newEncoder().canEncode(value);
      if (!isGood) {
        throw UnreadableException.parameter(
            "'"
                + named
                + "' has 1 to "
                + Revocation.VALUE_CHARS_MAX
                + " characters, none of them NUL.");
      }
      return value;
    }
  }
}
