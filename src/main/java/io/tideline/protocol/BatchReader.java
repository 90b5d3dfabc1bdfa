package io.tideline.protocol;

import io.tideline.stream.InvalidInputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Reads the body of a batch: a JSON array, or lines of JSON. Never throws. */
public final class BatchReader {
  public static final String LINES_MEDIA_TYPE = "application/x-ndjson";

  private static final String OWNER = "item";

  /** Inside its item's object, and in an array inside that too. */
  private static final int ENCLOSING_DEPTH_LINE = 1;

  private static final int ENCLOSING_DEPTH_ARRAY = 2;

  private final WireLimits limits;
  private final MessageReader messages;

  public BatchReader(WireLimits limits) {
    this.limits = limits;
    this.messages = new MessageReader(limits);
  }

  /** A JSON array of items. */
  public Batch readArray(byte[] body) {
    if (body.length > limits.batchBytesMax()) {
      return tooLarge();
    }
    Optional<JsonCheck.Fault> fault =
        JsonCheck.fault(body, limits.jsonDepthMax() + ENCLOSING_DEPTH_ARRAY);
    if (fault.isPresent()) {
      return notJson(fault.get());
    }
    JsonValue root = JsonValue.of(body);
    if (!root.isArray()) {
      return new Batch.Refused(
          ProblemDetails.of(Problem.INVALID_JSON, "The body is not a JSON array of messages."));
    }
    List<JsonValue> elements = root.elements(limits.batchMessagesMax());
    return elements.size() > limits.batchMessagesMax()
        ? tooLarge()
        : new Batch.Items(elements.stream().map(this::item).toList());
  }

  /** An item a line; empty lines are skipped. */
  public Batch readLines(byte[] body) {
    if (body.length > limits.batchBytesMax()) {
      return tooLarge();
    }
    List<Batch.Item> items = new ArrayList<>();
    int start = 0;
    while (start < body.length) {
      int end = endOfLine(body, start);
      byte[] line = Arrays.copyOfRange(body, start, end);
      if (!isBlank(line)) {
        if (items.size() == limits.batchMessagesMax()) {
          return tooLarge();
        }
        items.add(line(line));
      }
      start = end + 1;
    }
    return new Batch.Items(items);
  }

  private Batch.Item line(byte[] line) {
    return JsonCheck.fault(line, limits.jsonDepthMax() + ENCLOSING_DEPTH_LINE)
        .<Batch.Item>map(
            fault ->
                new Batch.Item.Refused(ProblemDetails.of(Problem.INVALID_JSON, fault.message())))
        .orElseGet(() -> item(JsonValue.of(line)));
  }

  private Batch.Item item(JsonValue value) {
    try {
      return new Batch.Item.Valid(messages.read(OWNER, value));
    } catch (UnreadableException e) {
      return new Batch.Item.Refused(e.problem());
    } catch (InvalidInputException e) {
      return new Batch.Item.Refused(ProblemDetails.of(e));
    }
  }

  private static Batch notJson(JsonCheck.Fault fault) {
    return new Batch.Refused(ProblemDetails.of(Problem.INVALID_JSON, fault.message()));
  }

  private Batch tooLarge() {
    return new Batch.Refused(
        ProblemDetails.of(
            Problem.BATCH_TOO_LARGE,
            "A batch has at most "
                + limits.batchMessagesMax()
                + " messages and "
                + limits.batchBytesMax()
                + " bytes."));
  }

  private static int endOfLine(byte[] body, int start) {
    int end = start;
    while (end < body.length && body[end] != '\n') {
      end++;
    }
    return end;
  }

  private static boolean isBlank(byte[] line) {
    for (byte b : line) {
      if (!JsonCheck.isSpace(b)) {
        return false;
      }
    }
    return true;
  }
}
