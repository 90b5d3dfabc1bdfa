package parts;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import parts.Findings.Kind;

/**
 * Publishes without end, one operation after the other: single messages, batches and over
 * WebSocket. What has a key is repeated until the answer is known, as the contract asks; what has
 * none and whose answer is lost may appear or not.
 */
public final class Publisher implements Runnable {
  private static final int BATCH_MAX = 40;
  private static final int REMEMBERED_MAX = 500;
  private static final long BACKOFF_MILLIS_MAX = 1_000;

  /** A message on its way, with all that a repetition needs. */
  private record Draft(ChannelLog log, Message message, Payload payload, String key, String type) {
    String line() {
      return "{\"channel\":\""
          + log.name
          + "\",\"key\":\""
          + key
          + "\","
          + (type == null ? "" : "\"type\":\"" + type + "\",")
          + payload.members()
          + "}";
    }
  }

  private final String name;
  private final List<ChannelLog> logs;
  private final Api api;
  private final Findings findings;
  private final Tally tally;
  private final Random random;
  private final long intervalNanos;
  private final List<Draft> remembered = new ArrayList<>();
  private Socket socket;
  private long count;
  private long commands;
  private volatile boolean stopping;
  private volatile boolean givingUp;
  private volatile boolean stopped;

  public Publisher(
      String name,
      List<ChannelLog> logs,
      Api api,
      Findings findings,
      Tally tally,
      Random random,
      double perSecond) {
    this.name = name;
    this.logs = logs;
    this.api = api;
    this.findings = findings;
    this.tally = tally;
    this.random = random;
    this.intervalNanos = (long) (1e9 / perSecond);
  }

  /** Lets the operation in hand come to its end, repetitions included. */
  public void stop() {
    stopping = true;
  }

  /** Leaves what is still open unknown: the server had time enough to answer. */
  public void giveUp() {
    givingUp = true;
  }

  public boolean stopped() {
    return stopped;
  }

  @Override
  public void run() {
    long due = System.nanoTime() + anyInterval();
    while (!stopping) {
      pauseUntil(due);
      long before = count;
      publishSomething();
      // an outage isn't made up for: the rate is a ceiling
      due =
          Math.max(due, System.nanoTime() - 1_000_000_000)
              + Math.max(1, count - before) * anyInterval();
    }
    close();
    stopped = true;
  }

  /**
   * Of any length, as of a Poisson process: after an outage all publishers go on at once, and with
   * equal intervals they would stay in step, and all be silent in between.
   */
  private long anyInterval() {
    return (long) (-Math.log(1 - random.nextDouble()) * intervalNanos);
  }

  /** A batch is paid for by a pause of many messages' length, which the end doesn't wait for. */
  private void pauseUntil(long due) {
    long left = (due - System.nanoTime()) / 1_000_000;
    while (left > 0 && !stopping) {
      Threads.pause(Math.min(left, 100));
      left = (due - System.nanoTime()) / 1_000_000;
    }
  }

  /**
   * Batches are few, as the rate is one of messages, and a silence should be the server's, not one of
   * chance: also while two of three nodes can't store, there must be many tries a second.
   */
  private void publishSomething() {
    int dice = random.nextInt(100);
    if (dice < 57) {
      untilKnown(List.of(draft(this::anyPayload, true)), this::overRest);
    } else if (dice < 63) {
      withoutKey(draft(this::anyPayload, false));
    } else if (dice < 66) {
      untilKnown(batch(), this::overBatch);
    } else if (dice < 95) {
      untilKnown(List.of(draft(this::jsonPayload, true)), this::overWebSocket);
    } else {
      again();
    }
  }

  /** Tries drafts; gives back those whose outcome isn't known or that were not stored. */
  private interface Way {
    List<Draft> send(List<Draft> drafts) throws IOException;
  }

  private void untilKnown(List<Draft> drafts, Way way) {
    List<Draft> open = drafts;
    for (int tries = 0; !open.isEmpty() && !givingUp; tries++) {
      if (tries > 0) {
        tally.repeated.add(open.size());
        Threads.pause(
            Math.min(BACKOFF_MILLIS_MAX, 20L << Math.min(tries, 6)) / 2 + random.nextInt(50));
      }
      try {
        // after a first failure by REST: the key must hold across the ways to publish
        open = tries > 0 && open.size() == 1 ? overRest(open) : way.send(open);
      } catch (IOException lost) {
        tally.lostAnswers.increment();
      } catch (IllegalArgumentException e) {
        findings.add(Kind.PROTOCOL, name + ": answer not understood: " + e.getMessage());
        return;
      }
    }
  }

  private List<Draft> overRest(List<Draft> drafts) throws IOException {
    Draft draft = drafts.get(0);
    HttpResponse<String> answer = api.publish(draft.log.name, draft.payload, draft.key, draft.type);
    return switch (answer.statusCode()) {
      case 201 -> {
        acknowledged(draft, Json.parse(answer.body()));
        yield List.of();
      }
      default -> {
        if (Api.passes(answer.statusCode())) {
          yield drafts;
        }
        unexpected("publish", answer);
        yield List.of();
      }
    };
  }

  private List<Draft> overBatch(List<Draft> drafts) throws IOException {
    StringBuilder lines = new StringBuilder();
    drafts.forEach(draft -> lines.append(draft.line()).append('\n'));
    HttpResponse<String> answer = api.publishBatch(lines.toString());
    if (Api.passes(answer.statusCode())) {
      return drafts;
    }
    if (answer.statusCode() != 200) {
      unexpected("batch", answer);
      return List.of();
    }
    List<Json> results = Json.parse(answer.body()).get("results").items();
    if (results.size() != drafts.size()) {
      findings.add(
          Kind.PROTOCOL,
          name + ": " + drafts.size() + " items, but " + results.size() + " results");
      return drafts;
    }
    List<Draft> open = new ArrayList<>();
    for (int i = 0; i < drafts.size(); i++) {
      long status = results.get(i).get("status").number();
      if (status == 201) {
        acknowledged(drafts.get(i), results.get(i));
      } else if (status == 429 || status == 503 || status == 504) {
        open.add(drafts.get(i));
      } else {
        findings.add(Kind.PROTOCOL, name + ": batch item answered " + results.get(i).raw());
      }
    }
    if (open.isEmpty()) {
      checkOrder(drafts, results);
    }
    return open;
  }

  /** Items of one channel that were stored by this one request keep their order. */
  private void checkOrder(List<Draft> drafts, List<Json> results) {
    for (ChannelLog log : logs) {
      long last = 0;
      for (int i = 0; i < drafts.size(); i++) {
        if (drafts.get(i).log != log || results.get(i).get("duplicate").truth()) {
          continue;
        }
        long offset = results.get(i).get("offset").number();
        if (offset <= last) {
          findings.add(
              Kind.OUT_OF_ORDER,
              "%s: a batch's item got %d after one with %d".formatted(log.name, offset, last));
        }
        last = offset;
      }
    }
  }

  private List<Draft> overWebSocket(List<Draft> drafts) throws IOException {
    Draft draft = drafts.get(0);
    if (socket == null) {
      socket = api.socket();
    }
    long id = ++commands;
    try {
      String line = draft.line();
      socket.send("{\"id\":" + id + ",\"publish\":" + line + "}");
      for (long until = System.nanoTime() + api.patience().toNanos(); System.nanoTime() < until; ) {
        Json frame = socket.receive(500);
        if (frame != null && frame.has("reply") && frame.get("reply").number() == id) {
          return replied(draft, frame);
        }
      }
      throw new IOException("no reply");
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private List<Draft> replied(Draft draft, Json frame) {
    if (frame.has("ok")) {
      acknowledged(draft, frame.get("ok"));
      return List.of();
    }
    Json error = frame.get("error");
    if (!error.get("retry").truth()) {
      findings.add(Kind.PROTOCOL, name + ": WebSocket publish answered " + frame.raw());
      return List.of();
    }
    return List.of(draft);
  }

  private void withoutKey(Draft draft) {
    try {
      HttpResponse<String> answer = api.publish(draft.log.name, draft.payload, null, draft.type);
      switch (answer.statusCode()) {
        case 201 -> acknowledged(draft, Json.parse(answer.body()));
        case 429, 503 -> {
          tally.refused.increment();
          draft.log.refused(draft.message);
        }
        case 502, 504 -> tally.lostAnswers.increment();
        default -> unexpected("publish", answer);
      }
    } catch (IOException lost) {
      tally.lostAnswers.increment();
    }
  }

  /**
   * Repeats one that was acknowledged long ago, perhaps before some crashes: the same offset must
   * be answered.
   */
  private void again() {
    if (remembered.isEmpty()) {
      return;
    }
    Draft draft = remembered.get(random.nextInt(remembered.size()));
    long offset = draft.message.offset;
    untilKnown(List.of(draft), this::overRest);
    if (draft.message.offset != offset) {
      findings.add(
          Kind.TWICE,
          draft.log.name + ": a repeated key moved from " + offset + " to " + draft.message.offset);
    }
  }

  private void acknowledged(Draft draft, Json answer) {
    boolean first = !draft.message.acknowledged();
    boolean duplicate = answer.get("duplicate").truth();
    if (!first && !duplicate) {
      findings.add(
          Kind.TWICE, draft.log.name + ": a repeated key was answered as new: " + answer.raw());
    }
    if (duplicate) {
      tally.duplicates.increment();
    }
    draft.log.acknowledged(draft.message, answer.get("offset").number());
    tally.acknowledge();
    if (first && draft.key != null && remembered.size() < REMEMBERED_MAX) {
      remembered.add(draft);
    }
  }

  private List<Draft> batch() {
    List<Draft> drafts = new ArrayList<>();
    for (int left = 2 + random.nextInt(BATCH_MAX - 1); left > 0; left--) {
      drafts.add(draft(this::anyPayload, true));
    }
    return drafts;
  }

  private Draft draft(Function<String, Payload> payloads, boolean keyed) {
    ChannelLog log = logs.get(random.nextInt(logs.size()));
    String label = name + "-" + ++count;
    Payload payload = payloads.apply(label);
    tally.published.increment();
    return new Draft(
        log,
        log.tried(label, payload.bytes()),
        payload,
        keyed ? "key-" + label : null,
        random.nextInt(4) == 0 ? "soak.tick" : null);
  }

  private Payload anyPayload(String label) {
    return Payload.random(label, random);
  }

  private Payload jsonPayload(String label) {
    return Payload.json(label, random);
  }

  private void unexpected(String what, HttpResponse<String> answer) {
    String body = answer.body();
    findings.add(
        Kind.PROTOCOL,
        name
            + ": "
            + what
            + " answered "
            + answer.statusCode()
            + " "
            + body.substring(0, Math.min(300, body.length())));
  }

  private void close() {
    if (socket != null) {
      socket.close();
      socket = null;
    }
  }
}
