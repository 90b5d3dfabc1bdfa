package io.tideline.authorizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.tideline.access.Authorizer;
import io.tideline.access.Identity;
import io.tideline.access.Revocation;
import io.tideline.limit.OnceInAWhile;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * Asks by POST, once for all who want to know the same. {@code 200} with {@code {"allow":true}} is
 * a yes, with {@code false} a no, as is {@code 403} whatever its body; all else is no answer:
 * another status, a redirect, a body that is too large or can't be read, a connection that fails,
 * none in time.
 */
public final class HttpAuthorizer implements Authorizer {
  private static final Logger LOG = Logger.getLogger(HttpAuthorizer.class);

  private static final JsonFactory JSON = new JsonFactory();

  private static final Duration COMPLAINT_PAUSE = Duration.ofMinutes(1);

  /** Below what servers keep idle connections for, lest a question meets one that is closing. */
  private static final int IDLE_SECONDS_MAX = 4;

  private final Vertx vertx;
  private final Context context;
  private final HttpClient client;
  private final AuthorizerSettings settings;
  private final AuthorizerEvents events;
  private final LongSupplier nanoTime;
  private final RequestOptions target;
  private final AnswerCache answers;

  // On the context only.
  private final Map<Question, PendingQuestion> flights = new HashMap<>();
  private final QuestionQueue queue = new QuestionQueue();
  private final Map<String, Integer> waitersBySubject = new HashMap<>();
  private int waiters;
  private int requests;
  private final OnceInAWhile<String> complaints;

  /** Makes one that asks with a client of its own. */
  public HttpAuthorizer(Vertx vertx, AuthorizerSettings settings, AuthorizerEvents events) {
    this(vertx, settings, events, System::nanoTime);
  }

  HttpAuthorizer(
      Vertx vertx, AuthorizerSettings settings, AuthorizerEvents events, LongSupplier nanoTime) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.settings = settings;
    this.events = events;
    this.nanoTime = nanoTime;
    this.complaints = new OnceInAWhile<>(COMPLAINT_PAUSE, 1, nanoTime);
    this.answers = new AnswerCache(settings.answersMax(), nanoTime);
    this.client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setMaxPoolSize(settings.requestsMax())
                .setKeepAliveTimeout(IDLE_SECONDS_MAX)
                .setConnectTimeout(Math.toIntExact(settings.timeout().toMillis())));
    this.target =
        new RequestOptions()
            .setMethod(HttpMethod.POST)
            .setAbsoluteURI(settings.url().toString())
            .setFollowRedirects(false)
            .setConnectTimeout(settings.timeout().toMillis())
            .putHeader("Content-Type", "application/json")
            .putHeader("Accept", "application/json");
    settings.token().ifPresent(token -> target.putHeader("Authorization", "Bearer " + token));
  }

  @Override
  public boolean isAskedAbout(Identity identity) {
    return settings.anonymous() || !identity.isAnonymous();
  }

  @Override
  public Duration grace() {
    return settings.grace();
  }

  @Override
  public Duration timeout() {
    return settings.timeout();
  }

  @Override
  public Uni<Answer> ask(Question question) {
    Answer kept = answers.get(question);
    return kept != null
        ? Uni.createFrom().item(kept)
        : Uni.createFrom().emitter(waiter -> context.runOnContext(on -> join(question, waiter)));
  }

  /** Also of what is answered while this is done: hence twice. */
  @Override
  public void forget(Collection<Revocation> revoked) {
    RevokedIdentities whose = new RevokedIdentities(revoked);
    answers.forget(whose);
    context.runOnContext(on -> outdate(whose));
  }

  private void outdate(RevokedIdentities revoked) {
    answers.forget(revoked);
    Iterator<PendingQuestion> each = flights.values().iterator();
    while (each.hasNext()) {
      PendingQuestion flight = each.next();
      if (revoked.has(flight.question())) {
        flight.outdate();
        each.remove();
      }
    }
  }

  private void join(Question question, UniEmitter<? super Answer> waiter) {
    Answer kept = answers.get(question);
    if (kept != null) {
      waiter.complete(kept);
    } else if (waiters == settings.waitersMax()) {
      unanswered("more than " + waiters + " wait");
      waiter.complete(Answer.UNKNOWN);
    } else if (waiting(question) == settings.waitersPerSubjectMax()) {
      unanswered("more than " + waiting(question) + " of one subject wait");
      waiter.complete(Answer.UNKNOWN);
    } else {
      waiters++;
      waitersBySubject.merge(question.subject(), 1, Integer::sum);
      flights.computeIfAbsent(question, this::begin).add(waiter);
      sendNext();
    }
  }

  private int waiting(Question question) {
    return waitersBySubject.getOrDefault(question.subject(), 0);
  }

  private PendingQuestion begin(Question question) {
    PendingQuestion flight = new PendingQuestion(question, nanoTime.getAsLong());
    flight.timer(vertx.setTimer(settings.timeout().toMillis(), id -> expire(flight)));
    queue.add(flight);
    return flight;
  }

  private void expire(PendingQuestion flight) {
    fail(flight, "no answer in time");
    flight.abandon();
  }

  private void sendNext() {
    while (requests < settings.requestsMax()) {
      PendingQuestion next = queue.take();
      if (next == null) {
        return;
      }
      requests++;
      send(next);
    }
  }

  /**
   * A request counts until its connection is free again, or was given up, however early its
   * question is over: else the client would be asked for ever more connections by questions that
   * are none any more, to a host that doesn't even refuse them.
   */
  private void send(PendingQuestion flight) {
    var unused =
        client
            .request(target)
            .compose(request -> send(flight, request))
            .compose(response -> receive(flight, response))
            .onComplete(
                received -> {
                  vertx.cancelTimer(flight.timer());
                  requests--;
                  if (received.failed()) {
                    fail(flight, received.cause().toString());
                    flight.abandon();
                  }
                  sendNext();
                });
  }

  private Future<HttpClientResponse> send(PendingQuestion flight, HttpClientRequest request) {
    flight.request(request);
    if (flight.isOver()) {
      flight.abandon();
      return Future.failedFuture("too late");
    }
    return request.send(body(flight.question()));
  }

  private static Buffer body(Question question) {
    return new JsonObject()
        .put("subject", question.subject())
        .put("tokenId", question.tokenId())
        .put("anonymous", question.subject() == null)
        .put("action", question.action().name().toLowerCase(Locale.ROOT))
        .put("channel", question.channel().name())
        .toBuffer();
  }

  /** Completes when nothing of the answer is to come any more. */
  private Future<Void> receive(PendingQuestion flight, HttpClientResponse response) {
    response.exceptionHandler(failure -> {}); // Else Vert.x logs that it was reset.
    if (flight.isOver()) {
      return Future.failedFuture("too late");
    }
    return switch (response.statusCode()) {
      case 200 -> body(flight, response).onSuccess(body -> read(flight, body, response)).mapEmpty();
      case 403 -> {
        land(flight, Verdict.DENIED, response);
        yield body(flight, response).mapEmpty();
      }
      default -> {
        fail(flight, "status " + response.statusCode());
        yield Future.failedFuture("no answer");
      }
    };
  }

  private Future<Buffer> body(PendingQuestion flight, HttpClientResponse response) {
    Promise<Buffer> whole = flight.receives();
    Buffer body = Buffer.buffer();
    response
        .exceptionHandler(whole::tryFail)
        .handler(
            part -> {
              if (body.length() + part.length() > AuthorizerSettings.ANSWER_BYTES_MAX) {
                fail(
                    flight,
                    "a body of more than " + AuthorizerSettings.ANSWER_BYTES_MAX + " bytes");
                whole.tryFail("too large");
              } else {
                body.appendBuffer(part);
              }
            })
        .endHandler(end -> whole.tryComplete(body));
    return whole.future();
  }

  private void read(PendingQuestion flight, Buffer body, HttpClientResponse response) {
    Optional<Boolean> allow = allow(body);
    if (allow.isPresent()) {
      land(flight, allow.get() ? Verdict.ALLOWED : Verdict.DENIED, response);
    } else {
      fail(flight, "200 without one {\"allow\":true} or {\"allow\":false}");
    }
  }

  private static Optional<Boolean> allow(Buffer body) {
    try (JsonParser json = JSON.createParser(body.getBytes())) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        return Optional.empty();
      }
      List<JsonToken> found = new ArrayList<>();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        boolean isIt = json.currentName().equals("allow");
        JsonToken value = json.nextToken();
        json.skipChildren();
        if (isIt) {
          found.add(value);
        }
      }
      // Of two that differ nobody can say which one was meant.
      boolean isWhole = json.currentToken() == JsonToken.END_OBJECT && json.nextToken() == null;
      return isWhole && found.size() == 1 ? truth(found.get(0)) : Optional.empty();
    } catch (IOException notJson) {
      return Optional.empty();
    }
  }

  private static Optional<Boolean> truth(JsonToken value) {
    return value.isBoolean() ? Optional.of(value == JsonToken.VALUE_TRUE) : Optional.empty();
  }

  private void land(PendingQuestion flight, Verdict verdict, HttpClientResponse response) {
    if (flight.isOver()) {
      return;
    }
    Duration fresh =
        Freshness.of(response.headers().getAll("Cache-Control"), response.headers().get("Age"));
    long age = nanoTime.getAsLong() - flight.askedNanos();
    if (!fresh.isZero() && !flight.isOutdated()) {
      answers.put(flight.question(), verdict, flight.askedNanos() + fresh.toNanos());
    }
    Duration counts = fresh.isZero() ? ANSWER_MAX : fresh;
    Duration left = counts.minusNanos(age);
    events.answered(verdict, age);
    end(flight, new Answer(verdict, left.isNegative() ? Duration.ZERO : left));
  }

  private void fail(PendingQuestion flight, String why) {
    if (!flight.isOver()) {
      unanswered(why);
      end(flight, Answer.UNKNOWN);
    }
  }

  private void end(PendingQuestion flight, Answer answer) {
    flights.remove(flight.question(), flight);
    queue.remove(flight);
    waiters -= flight.waiters();
    waitersBySubject.computeIfPresent(
        flight.question().subject(),
        (subject, count) -> count == flight.waiters() ? null : count - flight.waiters());
    flight.land(answer);
  }

  private void unanswered(String why) {
    events.unanswered();
    if (complaints.isDue("unanswered")) {
      LOG.warnf(
          "The authorizer doesn't answer (%s), so its decisions are refusals for now; logged again in"
              + " %d s if it goes on",
          why, COMPLAINT_PAUSE.toSeconds());
    }
  }

  /** Answers that are kept; any thread. */
  public long kept() {
    return answers.size();
  }
}
