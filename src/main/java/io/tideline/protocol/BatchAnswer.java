package io.tideline.protocol;

import java.util.List;
import java.util.Optional;

/** What the publisher of a batch is answered. */
public final class BatchAnswer {
  private BatchAnswer() {}

  /** The body of a batch whose items stand for themselves: a result an item, in order. */
  public static byte[] json(List<PublishAnswer> answers) {
    JsonBuffer out = new JsonBuffer(32 + 200 * answers.size()).raw("{\"results\":[");
    for (int i = 0; i < answers.size(); i++) {
      if (i > 0) {
        out.raw(',');
      }
      writeResult(answers.get(i), out);
    }
    return out.raw("]}").toBytes();
  }

  /**
   * Why nothing of an atomic batch was stored, naming the first item that was refused; empty if all
   * of it was stored. What will pass by itself is told as such: then no item is to blame.
   */
  public static Optional<ProblemDetails> refusal(List<PublishAnswer> answers) {
    for (int i = 0; i < answers.size(); i++) {
      if (answers.get(i) instanceof PublishAnswer.Refused refused
          && refused.problem().problem() != Problem.WITHDRAWN) {
        return Optional.of(refusal(i, refused.problem()));
      }
    }
    return Optional.empty();
  }

  private static ProblemDetails refusal(int item, ProblemDetails why) {
    if (why.problem().retry()) {
      return why;
    }
    return ProblemDetails.of(Problem.WITHDRAWN, "Item " + item + " was refused: " + why.message())
        .with("item", item)
        .with("error", why);
  }

  private static void writeResult(PublishAnswer answer, JsonBuffer out) {
    out.raw("{\"status\":").number(answer.status()).raw(',');
    if (answer instanceof PublishAnswer.Refused refused) {
      out.raw("\"error\":").raw(refused.json()).raw('}');
    } else {
      byte[] json = answer.json();
      out.raw(json, 1, json.length);
    }
  }
}
