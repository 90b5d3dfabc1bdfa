package io.tideline.door.rest;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.tideline.testing.CommonProfile;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RestCase;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestEventStream;
import io.tideline.testing.TestSocket;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a REST client may send, and what it is answered at each edge of that. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(CommonProfile.class)
class RestContractTest {
  private static final String LISTED = CommonProfile.ORIGIN;
  private static final String FOREIGN = "https://evil.example.org";
  private static final String ALL = TestTokens.all();
  private static final int MESSAGE_BYTES_MAX = 64 << 10;
  private static final int BATCH_BYTES_MAX = 1 << 20;

  /** Beyond any limit that the platform has by itself. */
  private static final int HUGE_BYTES = 12 << 20;

  private static final int ANSWER_MILLIS_MAX = 10_000;

  private static final HttpClient HTTP = client(HttpClient.Version.HTTP_1_1);
  private static final HttpClient HTTP_2 = client(HttpClient.Version.HTTP_2);

  @TestHTTPResource("/")
  URI base;

  private TestClient client;
  private final String channel = "rest:" + UUID.randomUUID();

  @BeforeEach
  void connect() {
    client = TestClient.of(base.getPort(), ALL);
  }

  static Stream<RestCase> channelNames() {
    return Stream.of(
        publish("the longest name", "a".repeat(200)).answers(201),
        publish("one character more", "a".repeat(201)).refuses(400, "invalid-channel"),
        publish("every character that may be", "aZ09_.:@~-").answers(201),
        publish("a dash at its beginning", "-a").refuses(400, "invalid-channel"),
        publish("a dot at its beginning", ".a").refuses(400, "invalid-channel"),
        publish("an encoded slash", "a%2Fb").refuses(400, "invalid-channel"),
        publish("an encoded traversal", "a%2F..%2Fb").refuses(400, "invalid-channel"),
        publish("a NUL", "a%00").refuses(400, "invalid-channel"),
        publish("a line break", "a%0D%0Ab").refuses(400, "invalid-channel"),
        publish("a space", "a%20b").refuses(400, "invalid-channel"),
        publish("a letter with an accent", "a%C3%A9").refuses(400, "invalid-channel"),
        publish("a percent sign", "a%25").refuses(400, "invalid-channel"));
  }

  static Stream<RestCase> types() {
    return Stream.of(
        typed("the longest", "t".repeat(100)).answers(201),
        typed("one character more", "t".repeat(101)).refuses(400, "invalid-type"),
        typed("every character that may be", "aZ09_.:-").answers(201),
        typed("a space", "a b").refuses(400, "invalid-type"),
        typed("'open'", "open").refuses(400, "invalid-type"),
        typed("'error'", "error").refuses(400, "invalid-type"),
        typed("'message'", "message").refuses(400, "invalid-type"),
        typed("one of ours", "tideline.gap").refuses(400, "invalid-type"),
        typed("two of them", "a").header("Tideline-Type", "b").refuses(400, "invalid-type"));
  }

  static Stream<RestCase> keysAndConditions() {
    return Stream.of(
        keyed("the longest key", "k".repeat(255)).answers(201),
        keyed("one character more", "k".repeat(256)).refuses(400, "invalid-key"),
        keyed("an empty key", "").refuses(400, "invalid-key"),
        keyed("two keys", "a").header("Idempotency-Key", "b").refuses(400, "invalid-key"),
        keyed("a key in quotes", "\"abc\"").answers(201),
        keyed("a key in quotes, with escapes", "\"a\\\\b\\\"c\"").answers(201),
        keyed("a quote that doesn't end", "\"abc").refuses(400, "invalid-key"),
        keyed("nothing in quotes", "\"\"").refuses(400, "invalid-key"),
        conditional("no quotes", "earliest").refuses(400, "invalid-position"),
        conditional("no position", "\"x\"").refuses(400, "invalid-position"),
        conditional("a weak tag", "W/\"x\"").refuses(400, "invalid-position"),
        conditional("anything", "*").refuses(400, "invalid-position"),
        publish("a key on an ephemeral channel", "live:a")
            .header("Idempotency-Key", "k")
            .refuses(422, "not-on-ephemeral"),
        publish("an ephemeral channel", "live:a").answers(202).member("position", null));
  }

  static Stream<RestCase> payloads() {
    String path = "POST /v1/channels/payloads/messages";
    return Stream.of(
        RestCase.of("no JSON", path).token(ALL).json("{").refuses(422, "invalid-json"),
        RestCase.of("no value", path).token(ALL).json("").refuses(422, "invalid-json"),
        RestCase.of("two values", path).token(ALL).json("1 2").refuses(422, "invalid-json"),
        RestCase.of("a byte order mark", path)
            .token(ALL)
            .json("\ufeff1")
            .refuses(422, "invalid-json"),
        RestCase.of("nested 64 deep", path)
            .token(ALL)
            .json("[".repeat(64) + "]".repeat(64))
            .answers(201),
        RestCase.of("nested 65 deep", path)
            .token(ALL)
            .json("[".repeat(65) + "]".repeat(65))
            .refuses(422, "invalid-json"),
        RestCase.of("JSON that names its charset", path)
            .token(ALL)
            .body("Application/JSON; charset=utf-8", "{")
            .refuses(422, "invalid-json"),
        RestCase.of("nothing", path).token(ALL).answers(201),
        RestCase.of("a form, as curl sends it", path)
            .token(ALL)
            .body("application/x-www-form-urlencoded", "{\"a\":1}")
            .refuses(415, "unsupported-media-type")
            .and(detail("curl -H 'Content-Type: application/json' -d '{\"a\":1}'")),
        RestCase.of("a form in any case", path)
            .token(ALL)
            .body("Application/X-WWW-Form-URLEncoded; charset=utf-8", "a=1")
            .refuses(415, "unsupported-media-type"),
        RestCase.of("a form in parts", path)
            .token(ALL)
            .body("multipart/form-data; boundary=x", "--x--")
            .refuses(415, "unsupported-media-type"),
        RestCase.of("two types", path)
            .token(ALL)
            .header("Content-Type", "text/plain")
            .body("application/json", "{")
            .refuses(400, "invalid-parameter"),
        RestCase.of("two codings in two lines", path)
            .token(ALL)
            .header("Content-Encoding", "identity")
            .header("Content-Encoding", "gzip")
            .json("1")
            .refuses(415, "unsupported-media-type"),
        RestCase.of("a misspelt header of ours", path)
            .token(ALL)
            .header("Tideline-Typ", "a")
            .json("1")
            .refuses(400, "unknown-field")
            .and(detail("Tideline-Type")),
        RestCase.of("a key as a parameter", path + "?key=a")
            .token(ALL)
            .json("1")
            .refuses(400, "invalid-parameter")
            .and(detail("Idempotency-Key")),
        RestCase.of("a header of its own", path)
            .token(ALL)
            .header("Tideline-Header-A", "b")
            .answers(201),
        RestCase.of("headers that are too long", path)
            .token(ALL)
            .header("Tideline-Header-A", "b".repeat(4096))
            .refuses(400, "invalid-headers"),
        RestCase.of("the largest", path).token(ALL).bytes(MESSAGE_BYTES_MAX).answers(201),
        RestCase.of("the largest, in chunks", path)
            .token(ALL)
            .chunks(MESSAGE_BYTES_MAX)
            .answers(201),
        RestCase.of("one byte more", path)
            .token(ALL)
            .bytes(MESSAGE_BYTES_MAX + 1)
            .refuses(413, "message-too-large"),
        RestCase.of("one byte more, in chunks", path)
            .token(ALL)
            .chunks(MESSAGE_BYTES_MAX + 1)
            .refuses(413, "message-too-large"),
        RestCase.of("far too large", path)
            .token(ALL)
            .bytes(HUGE_BYTES)
            .refuses(413, "message-too-large"),
        RestCase.of("far too large, in chunks", path)
            .token(ALL)
            .chunks(HUGE_BYTES)
            .refuses(413, "message-too-large"));
  }

  static Stream<RestCase> batches() {
    return Stream.of(
        batch("no array").json("{}").refuses(422, "invalid-json"),
        batch("no JSON").json("[").refuses(422, "invalid-json"),
        batch("nothing").json("[]").answers(200).and(results(List.of())),
        batch("items each for itself")
            .json(
                """
                [{"channel":"batch:a","data":1},{"channel":"-","data":1},{"data":1},
                 {"channel":"batch:a","data":1,"more":1},{"channel":"batch:a","data":1,"data_base64":""},
                 {"channel":"batch:a","data_base64":"?"},{"channel":"live:a","data":1,"key":"k"},7]
                """)
            .answers(200)
            .and(results(List.of(201, 400, 400, 400, 400, 422, 422, 400))),
        batch("lines, some of them empty")
            .body("application/x-ndjson", "\n{\"channel\":\"batch:a\",\"data\":1}\n\r\n{\n")
            .answers(200)
            .and(results(List.of(201, 422))),
        batch("the most items")
            .body("application/x-ndjson", "{\"channel\":\"live:a\",\"data\":1}\n".repeat(1000))
            .answers(200),
        batch("one item more")
            .body("application/x-ndjson", "{}\n".repeat(1001))
            .refuses(413, "batch-too-large"),
        batch("the most bytes").json("[]" + " ".repeat(BATCH_BYTES_MAX - 2)).answers(200),
        batch("one byte more")
            .json("[]" + " ".repeat(BATCH_BYTES_MAX - 1))
            .refuses(413, "batch-too-large"),
        batch("one byte more, in chunks")
            .header("Content-Type", "application/json")
            .chunks(BATCH_BYTES_MAX + 1)
            .refuses(413, "batch-too-large"),
        batch("far too many bytes, in chunks")
            .header("Content-Type", "application/json")
            .chunks(HUGE_BYTES)
            .refuses(413, "batch-too-large"),
        batch("another media type").body("text/plain", "[]").refuses(415, "unsupported-media-type"),
        batch("one key for all")
            .header("Idempotency-Key", "k")
            .json("[]")
            .refuses(400, "invalid-key")
            .and(detail("'key'")),
        batch("one condition for all")
            .header("If-Match", "\"x\"")
            .json("[]")
            .refuses(400, "invalid-position"),
        batch("one type for all")
            .header("Tideline-Type", "t")
            .json("[]")
            .refuses(400, "unknown-field"),
        RestCase.of("a misspelt parameter", "POST /v1/messages?atomc=true")
            .token(ALL)
            .json("[]")
            .refuses(400, "invalid-parameter")
            .and(detail("atomic")),
        RestCase.of("neither atomic nor not", "POST /v1/messages?atomic=maybe")
            .token(ALL)
            .json("[]")
            .refuses(400, "invalid-parameter"),
        RestCase.of("atomic with an item that is refused", "POST /v1/messages?atomic=true")
            .token(ALL)
            .json("[{\"channel\":\"batch:b\",\"data\":1},{\"channel\":\"-\",\"data\":1}]")
            .refuses(409, "withdrawn")
            .member("item", 1),
        RestCase.of("atomic with an ephemeral channel", "POST /v1/messages?atomic=true")
            .token(ALL)
            .json("[{\"channel\":\"batch:b\",\"data\":1},{\"channel\":\"live:b\",\"data\":1}]")
            .refuses(409, "withdrawn")
            .member("item", 1),
        RestCase.of("what was withdrawn isn't there", "GET /v1/channels/batch:b")
            .token(ALL)
            .answers(200)
            .member("head", 0));
  }

  static Stream<RestCase> pages() {
    return Stream.of(
        page("no position", "after=x").refuses(400, "invalid-position"),
        page("an empty position", "after=").refuses(400, "invalid-position"),
        page("last below nothing", "last=-1").refuses(400, "invalid-parameter"),
        page("last that is no number", "last=x").refuses(400, "invalid-parameter"),
        page("since that is no time", "since=yesterday").refuses(400, "invalid-parameter"),
        page("since with a plus", "since=2026-11-21T06:00:00+01:00")
            .refuses(400, "invalid-parameter"),
        page("two beginnings", "after=now&last=1").refuses(400, "invalid-parameter"),
        page("a page of nothing", "limit=0").refuses(400, "invalid-parameter"),
        page("the largest page", "limit=256").answers(200),
        page("a larger page", "limit=257").refuses(400, "invalid-parameter"),
        page("presence that is neither", "presence=null").refuses(400, "invalid-parameter"),
        page("presence that is nothing", "presence=").refuses(400, "invalid-parameter"),
        page("an envelope that is neither", "envelope=1").refuses(400, "invalid-parameter"),
        page("what is for streams", "presence=true&envelope=false").answers(200),
        page("a wait without a unit", "wait=5").refuses(400, "invalid-parameter"),
        page("a wait in minutes", "wait=1m").refuses(400, "invalid-parameter"),
        page("a wait below nothing", "wait=-1s").refuses(400, "invalid-parameter"),
        page("a misspelt parameter", "lats=1")
            .refuses(400, "invalid-parameter")
            .and(detail("after, envelope, last, lastEventId, limit, presence, since, wait")),
        page("another case", "Limit=1").refuses(400, "invalid-parameter"),
        page("no name", "=1").refuses(400, "invalid-parameter"),
        page("one twice", "limit=1&limit=2").refuses(400, "invalid-parameter"),
        page("what is for streams alone", "lastEventId=now").refuses(400, "invalid-parameter"),
        page("a header that is for publishing", "")
            .header("Tideline-Type", "a")
            .refuses(400, "unknown-field"),
        page("no wait at all", "wait=0s").answers(200).member("more", false),
        page("a wait for nothing", "wait=50ms").answers(200).lacks("ETag"),
        page("a bad name beats all", "after=x", "-").refuses(400, "invalid-channel"),
        page("an unused channel", "after=earliest").answers(200).member("gap", null),
        page("what may be cached", "after=earliest")
            .answers(200)
            .has("Cache-Control", "private, no-cache")
            .and(RestContractTest::variesByWhoAsks),
        page("anything accepted", "").header("Accept", "*/*").answers(200),
        page("JSON among others", "")
            .header("Accept", "text/html;q=0.9, application/json;q=0.1")
            .answers(200),
        page("JSON in another case", "").header("Accept", "Application/JSON").answers(200),
        page("no JSON", "").header("Accept", "application/json;q=0").refuses(406, "not-acceptable"),
        page("rather JSON", "")
            .header("Accept", "application/json;q=1, text/event-stream;q=0.1")
            .answers(200)
            .has("Content-Type", "application/json"),
        page("no stream", "")
            .header("Accept", "application/json, text/event-stream;q=0")
            .answers(200)
            .has("Content-Type", "application/json"),
        page("HTML alone", "").header("Accept", "text/html").refuses(406, "not-acceptable"));
  }

  static Stream<RestCase> streams() {
    String one = "GET /v1/channels/open:a/messages?";
    return Stream.of(
        stream("no channel", "GET /v1/stream").refuses(400, "invalid-parameter"),
        stream("a bad name", "GET /v1/stream?channel=-").refuses(400, "invalid-channel"),
        stream("65 channels", "GET /v1/stream?" + "channel=a&".repeat(65))
            .refuses(400, "too-many-channels"),
        stream("no position", "GET /v1/stream?channel=a&after=x").refuses(400, "invalid-position"),
        stream("one channel, no position", one + "after=x").refuses(400, "invalid-position"),
        stream("no envelope", one + "envelope=1").refuses(400, "invalid-parameter"),
        stream("the last id beats a parameter", one + "after=earliest")
            .header("Last-Event-ID", "x")
            .refuses(400, "invalid-position"),
        stream("the last id as a parameter beats another", one + "after=earliest&lastEventId=x")
            .refuses(400, "invalid-position"),
        stream("a last id that nobody gave", one)
            .header("Last-Event-ID", "0")
            .refuses(400, "invalid-position"),
        stream("two last ids", one)
            .header("Last-Event-ID", "now")
            .header("Last-Event-ID", "earliest")
            .refuses(400, "invalid-parameter"),
        stream("a misspelt last id", one + "last_event_id=x")
            .refuses(400, "invalid-parameter")
            .and(detail("lastEventId")),
        stream("a last id in another case", one + "lastEventID=x")
            .refuses(400, "invalid-parameter"),
        stream("a misspelt parameter of several", "GET /v1/stream?channels=a")
            .refuses(400, "invalid-parameter"),
        stream("what is for pages", one + "limit=1").refuses(400, "invalid-parameter"),
        stream("what is for polls", one + "wait=1s").refuses(400, "invalid-parameter"),
        head("the last id from the beginning", one, "earliest"),
        head("the last id from now on", one, "now"),
        head("no last id", one, ""),
        head("the last id of several", "GET /v1/stream?channel=open:a", "earliest"),
        RestCase.of("rather a stream, in another line", "HEAD /v1/channels/open:a/messages")
            .header("Accept", "application/json;q=0.1")
            .header("Accept", "TEXT/EVENT-STREAM")
            .answers(200)
            .has("Content-Type", "text/event-stream"),
        RestCase.of("no stream of several", "HEAD /v1/stream?channel=open:a")
            .header("Accept", "text/event-stream;q=0, */*")
            .refuses(406, "not-acceptable"));
  }

  static Stream<RestCase> channels() {
    return Stream.of(
        RestCase.of("a bad name", "GET /v1/channels/-").token(ALL).refuses(400, "invalid-channel"),
        RestCase.of("one that nobody used", "GET /v1/channels/info:unused")
            .token(ALL)
            .answers(200)
            .member("head", 0)
            .member("first", 1)
            .member("namespace", "default")
            .member("durability", "durable")
            .member("subscribers", 0),
        RestCase.of("an ephemeral one", "GET /v1/channels/live:a")
            .token(ALL)
            .answers(200)
            .member("durability", "ephemeral")
            .member("head", null)
            .member("position", null),
        list("a prefix that no name has", "prefix=-").refuses(400, "invalid-parameter"),
        list("a place that is no name", "after=a%20b").refuses(400, "invalid-parameter"),
        list("no channel a page", "limit=0").refuses(400, "invalid-parameter"),
        list("too many a page", "limit=257").refuses(400, "invalid-parameter"),
        list("a misspelt parameter", "prefx=a").refuses(400, "invalid-parameter"),
        RestCase.of("a parameter of one channel", "GET /v1/channels/a?last=1")
            .token(ALL)
            .refuses(400, "invalid-parameter"),
        RestCase.of("a misspelt parameter of presence", "GET /v1/channels/a/presence?counts")
            .token(ALL)
            .refuses(400, "invalid-parameter"),
        RestCase.of("a parameter of a WebSocket", "GET /v1/ws?channel=a")
            .refuses(400, "invalid-parameter"),
        RestCase.of("a parameter of a log-in", "POST /v1/session?token=a")
            .refuses(400, "invalid-parameter"),
        purge("a misspelt parameter", "?trough=x").refuses(400, "invalid-parameter"),
        purge("no position", "").refuses(400, "invalid-parameter"),
        purge("a wrong position", "?through=x").refuses(400, "invalid-position"),
        purge("earliest", "?through=earliest").refuses(400, "invalid-position"),
        RestCase.of("a purge by whoever may only publish", "DELETE /v1/channels/a/messages")
            .token(TestTokens.publishing("p", "*"))
            .refuses(400, "invalid-parameter"),
        RestCase.of(
                "a purge by whoever has no right to", "DELETE /v1/channels/a/messages?through=x")
            .token(TestTokens.publishing("p", "*"))
            .refuses(403, "forbidden"));
  }

  static Stream<RestCase> rights() {
    String read = "GET /v1/channels/closed/messages";
    String publish = "POST /v1/channels/closed/messages";
    Map<String, List<String>> none = Map.of();
    String expired = TestTokens.expiringAt("late", none, Instant.now().minusSeconds(120));
    Instant longAgo = Instant.now().minus(Duration.ofDays(367));
    return Stream.of(
        RestCase.of("no token", read)
            .refuses(401, "unauthenticated")
            .has("WWW-Authenticate", "Bearer"),
        RestCase.of("no token where all may read", "GET /v1/channels/open:a/messages").answers(200),
        RestCase.of("all may read, not publish", "POST /v1/channels/open:a/messages")
            .refuses(401, "unauthenticated"),
        RestCase.of("no JWT", read).token("x").refuses(401, "unauthenticated"),
        RestCase.of("no JWT where all may read", "GET /v1/channels/open:a/messages")
            .token("x")
            .refuses(401, "unauthenticated"),
        RestCase.of("a token behind '?', which isn't switched on", read + "?access_token=" + ALL)
            .refuses(401, "unauthenticated"),
        RestCase.of("another scheme", read)
            .header("Authorization", "Basic YTpi")
            .refuses(401, "unauthenticated"),
        RestCase.of("an expired token", read)
            .token(expired)
            .refuses(401, "token-expired")
            .has("WWW-Authenticate", "Bearer error=\"invalid_token\""),
        RestCase.of("a token that is too old, whatever it says", read)
            .token(TestTokens.between("old", none, longAgo, Instant.now().plusSeconds(3600)))
            .refuses(401, "token-expired"),
        RestCase.of("a token without grants", read)
            .token(TestTokens.withGrants("s", none))
            .refuses(403, "forbidden"),
        RestCase.of("a token to read publishes", publish)
            .token(TestTokens.subscribing("s", "*"))
            .refuses(403, "forbidden"),
        RestCase.of("a token to publish reads", read)
            .token(TestTokens.publishing("s", "*"))
            .refuses(403, "forbidden"),
        RestCase.of("a look-alike", "GET /v1/channels/orders/messages")
            .token(TestTokens.subscribing("s", "orders:*"))
            .refuses(403, "forbidden"),
        RestCase.of("another case", "GET /v1/channels/Orders:1/messages")
            .token(TestTokens.subscribing("s", "orders:*"))
            .refuses(403, "forbidden"));
  }

  static Stream<RestCase> methods() {
    String messages = "GET, HEAD, POST, DELETE, OPTIONS";
    return Stream.of(
        refusedMethod("PUT /v1/channels/a/messages", messages),
        refusedMethod("PATCH /v1/channels/a/messages", messages),
        refusedMethod("TRACE /v1/channels/a/messages", messages),
        refusedMethod("PUT /v1/channels/a", "GET, HEAD, OPTIONS"),
        refusedMethod("DELETE /v1/channels/a", "GET, HEAD, OPTIONS"),
        refusedMethod("POST /v1/channels", "GET, HEAD, OPTIONS"),
        refusedMethod("GET /v1/messages", "POST, OPTIONS"),
        refusedMethod("HEAD /v1/messages", "POST, OPTIONS"),
        refusedMethod("POST /v1/stream", "GET, HEAD, OPTIONS"),
        refusedMethod("POST /v1/ws", "GET, OPTIONS"),
        allowed("/v1/channels/a/messages", messages),
        allowed("/v1/messages", "POST, OPTIONS"),
        allowed("/v1/stream", "GET, HEAD, OPTIONS"),
        refusedMethod("GET /v1/session", "POST, DELETE, OPTIONS"),
        allowed("/v1/ws", "GET, OPTIONS"),
        RestCase.of("HEAD of a page", "HEAD /v1/channels/open:a/messages")
            .answers(200)
            .has("Content-Type", "application/json")
            .and(answer -> assertTrue(answer.headers().firstValue("ETag").isPresent())),
        RestCase.of("HEAD of a channel", "HEAD /v1/channels/open:a").answers(200),
        RestCase.of("HEAD of a stream", "HEAD /v1/channels/open:a/messages")
            .header("Accept", "text/event-stream")
            .answers(200)
            .has("Content-Type", "text/event-stream"),
        RestCase.of("HEAD of a stream of several", "HEAD /v1/stream?channel=open:a")
            .answers(200)
            .has("Content-Type", "text/event-stream"),
        RestCase.of("HEAD without a right", "HEAD /v1/stream?channel=closed")
            .refuses(401, "unauthenticated"),
        RestCase.of("no such resource", "GET /v1/nothing").refuses(404, "not-found"),
        RestCase.of("the root", "GET /v1/").refuses(404, "not-found"),
        RestCase.of("nothing of a channel", "GET /v1/channels/a/nothing").refuses(404, "not-found"),
        RestCase.of("a slash too many", "GET /v1/channels/open:a/messages/")
            .refuses(404, "not-found"),
        RestCase.of("a slash too many, published to", "POST /v1/messages/")
            .token(ALL)
            .json("[]")
            .refuses(404, "not-found"));
  }

  static Stream<RestCase> origins() {
    String read = "GET /v1/channels/open:a/messages";
    return Stream.of(
        RestCase.of("none", read)
            .answers(200)
            .lacks("Access-Control-Allow-Origin")
            .and(RestContractTest::variesByOrigin),
        shared(RestCase.of("a listed one", read).origin(LISTED).answers(200)),
        shared(RestCase.of("a listed one, refused", "GET /v1/nothing").origin(LISTED))
            .refuses(404, "not-found"),
        shared(RestCase.of("a listed one, with a bad token", read).origin(LISTED).token("x"))
            .refuses(401, "unauthenticated"),
        shared(RestCase.of("a listed one, published to", "POST /v1/messages").origin(LISTED))
            .token(ALL)
            .json("[]")
            .answers(200),
        RestCase.of("a subdomain of a listed one", read)
            .origin("https://a.example.net")
            .answers(200)
            .has("Access-Control-Allow-Origin", "https://a.example.net"),
        RestCase.of("a foreign one", read)
            .origin(FOREIGN)
            .refuses(403, "origin-refused")
            .and(detail("Pages of " + FOREIGN + " "))
            .lacks("Access-Control-Allow-Origin")
            .lacks("Access-Control-Allow-Credentials")
            .and(RestContractTest::variesByOrigin),
        RestCase.of("a foreign one with a token of its own may ask, not read", read)
            .origin(FOREIGN)
            .token(ALL)
            .answers(200)
            .lacks("Access-Control-Allow-Origin")
            .lacks("Access-Control-Allow-Credentials"),
        RestCase.of("a sandboxed page", read).origin("null").refuses(403, "origin-refused"),
        RestCase.of("two at once", read)
            .origin(LISTED)
            .origin(LISTED)
            .refuses(403, "origin-refused")
            .lacks("Access-Control-Allow-Origin"),
        RestCase.of("a foreign stream", "GET /v1/stream?channel=open:a")
            .origin(FOREIGN)
            .refuses(403, "origin-refused")
            .lacks("Access-Control-Allow-Origin"),
        shared(RestCase.of("a listed long-poll", read + "?wait=50ms").origin(LISTED).answers(200)),
        shared(preflight("of a publish", "/v1/channels/closed/messages", LISTED, "POST"))
            .header("Access-Control-Request-Headers", "authorization,tideline-header-a")
            .answers(204)
            .has("Access-Control-Allow-Methods", "GET, HEAD, POST, DELETE")
            .has("Access-Control-Allow-Headers", "authorization,tideline-header-a")
            .has("Access-Control-Max-Age", "7200")
            .and(RestContractTest::variesByOrigin),
        shared(preflight("of a stream", "/v1/stream", LISTED, "GET"))
            .answers(204)
            .has("Access-Control-Allow-Methods", "GET, HEAD"),
        preflight("of a foreign page", "/v1/messages", FOREIGN, "POST")
            .refuses(403, "origin-refused")
            .lacks("Access-Control-Allow-Origin")
            .lacks("Access-Control-Allow-Methods"));
  }

  static Stream<RestCase> sessions() {
    String cookie = "tideline=" + ALL;
    String read = "GET /v1/channels/closed/messages";
    String expired = TestTokens.expiringAt("late", Map.of(), Instant.now().minusSeconds(120));
    return Stream.of(
        RestCase.of("logged in", "POST /v1/session")
            .origin(LISTED)
            .token(ALL)
            .answers(204)
            .and(RestContractTest::keepsTheToken),
        RestCase.of("no browser", "POST /v1/session").token(ALL).answers(204),
        RestCase.of("logged in without a token", "POST /v1/session")
            .refuses(401, "unauthenticated"),
        RestCase.of("logged in with a bad token", "POST /v1/session")
            .token("x")
            .refuses(401, "unauthenticated")
            .lacks("Set-Cookie"),
        RestCase.of("logged in with the cookie", "POST /v1/session")
            .origin(LISTED)
            .header("Cookie", cookie)
            .refuses(401, "unauthenticated"),
        RestCase.of("logged in by a foreign page", "POST /v1/session")
            .origin(FOREIGN)
            .token(ALL)
            .refuses(403, "origin-refused")
            .lacks("Set-Cookie"),
        RestCase.of("logged in with a token that no cookie can hold", "POST /v1/session")
            .token(TestTokens.subscribing("s", "a".repeat(200), "b".repeat(3000)))
            .refuses(400, "invalid-parameter"),
        RestCase.of("a cookie and a listed origin", read)
            .header("Cookie", cookie)
            .origin(LISTED)
            .answers(200),
        RestCase.of("a cookie and the browser's word", read)
            .header("Cookie", cookie)
            .header("Sec-Fetch-Site", "same-origin")
            .answers(200),
        RestCase.of("a cookie alone", read)
            .header("Cookie", cookie)
            .refuses(401, "unauthenticated"),
        RestCase.of("a cookie from another site", read)
            .header("Cookie", cookie)
            .header("Sec-Fetch-Site", "cross-site")
            .refuses(401, "unauthenticated"),
        RestCase.of("a cookie and a foreign origin", read)
            .header("Cookie", cookie)
            .origin(FOREIGN)
            .refuses(403, "origin-refused"),
        RestCase.of("the cookie of HTTPS on plain HTTP", read)
            .header("Cookie", "__Host-tideline=" + ALL)
            .origin(LISTED)
            .refuses(401, "unauthenticated"),
        RestCase.of("an expired cookie", "GET /v1/channels/open:a/messages")
            .header("Cookie", "tideline=" + expired)
            .origin(LISTED)
            .refuses(401, "token-expired"),
        RestCase.of("a bearer token beats a cookie", read)
            .header("Cookie", cookie)
            .origin(LISTED)
            .token(TestTokens.publishing("p", "*"))
            .refuses(403, "forbidden"),
        loggedOut("nobody"),
        loggedOut("with an expired cookie").header("Cookie", "tideline=" + expired).origin(LISTED),
        RestCase.of("logged out by a foreign page", "DELETE /v1/session")
            .header("Cookie", cookie)
            .origin(FOREIGN)
            .refuses(403, "origin-refused")
            .lacks("Set-Cookie"));
  }

  static Stream<RestCase> revocations() {
    return Stream.of(
        revocation("a subject", "{\"subject\":\"nobody\"}").answers(204),
        revocation("a token", "{\"tokenId\":\"none\",\"before\":\"2020-01-01T00:00:00Z\"}")
            .answers(204),
        revocation(
                "what was issued long ago",
                "{\"everyone\":true,\"before\":\"2020-01-01T00:00:00Z\"}")
            .answers(204),
        revocation("nobody", "{}").refuses(400, "invalid-command"),
        revocation("two at once", "{\"subject\":\"a\",\"tokenId\":\"b\"}")
            .refuses(400, "invalid-command"),
        revocation("not everyone", "{\"everyone\":false}").refuses(400, "invalid-parameter"),
        revocation("an empty subject", "{\"subject\":\"\"}").refuses(400, "invalid-parameter"),
        revocation("a NUL", "{\"subject\":\"a\\u0000\"}").refuses(400, "invalid-parameter"),
        revocation("half a character", "{\"subject\":\"\\ud800\"}")
            .refuses(400, "invalid-parameter"),
        revocation("the longest subject", "{\"subject\":\"" + "a".repeat(1000) + "\"}")
            .answers(204),
        revocation("one character more", "{\"subject\":\"" + "a".repeat(1001) + "\"}")
            .refuses(400, "invalid-parameter"),
        revocation("a number", "{\"subject\":1}").refuses(400, "invalid-parameter"),
        revocation("no time", "{\"subject\":\"a\",\"before\":\"now\"}")
            .refuses(400, "invalid-parameter"),
        revocation("the future", "{\"subject\":\"a\",\"before\":\"2999-01-01T00:00:00Z\"}")
            .refuses(400, "invalid-parameter"),
        revocation("an unknown field", "{\"subject\":\"a\",\"after\":1}")
            .refuses(400, "unknown-field"),
        revocation("no JSON", "{").refuses(422, "invalid-json"),
        revocation("no object", "[]").refuses(400, "invalid-command"),
        RestCase.of("a revocation of another media type", "POST /v1/revocations")
            .token(ALL)
            .body("text/plain", "{}")
            .refuses(415, "unsupported-media-type"),
        RestCase.of("a revocation without a token", "POST /v1/revocations")
            .json("{\"subject\":\"a\"}")
            .refuses(401, "unauthenticated"),
        RestCase.of("a revocation by the admin of some channels", "POST /v1/revocations")
            .token(TestTokens.withGrants("s", Map.of("admin", List.of("a*", "b"))))
            .json("{\"subject\":\"a\"}")
            .refuses(403, "forbidden"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({
    "channelNames",
    "types",
    "keysAndConditions",
    "payloads",
    "batches",
    "pages",
    "streams",
    "channels",
    "rights",
    "methods",
    "origins",
    "sessions",
    "revocations"
  })
  void holds(RestCase each) throws Exception {
    each.run(HTTP, base);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"payloads", "methods"})
  void holdsOverHttp2(RestCase each) throws Exception {
    each.run(HTTP_2, base);
  }

  @Test
  void aWebSocketMustBeAskedFor() throws Exception {
    RestCase.of("no upgrade", "GET /v1/ws").refuses(426, "upgrade-required").run(HTTP, base);
  }

  @Test
  void whoAsksFirstNeedntSendWhatIsTooLarge() throws Exception {
    assertEquals("HTTP/1.1 413 Request Entity Too Large", statusLine(MESSAGE_BYTES_MAX + 1));
    assertEquals("HTTP/1.1 100 Continue", statusLine(MESSAGE_BYTES_MAX));
  }

  @Test
  void whatIsTooLargeIsRefusedBeforeItsEnd() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), base.getPort())) {
      socket.setSoTimeout(ANSWER_MILLIS_MAX);
      String head =
          """
          POST /v1/channels/endless/messages HTTP/1.1
          Host: localhost
          Authorization: Bearer %s
          Transfer-Encoding: chunked

          %x
          """
              .formatted(ALL, MESSAGE_BYTES_MAX + 1);
      socket.getOutputStream().write(head.replace("\n", "\r\n").getBytes(US_ASCII));
      socket.getOutputStream().write(new byte[MESSAGE_BYTES_MAX + 1]);
      assertEquals("HTTP/1.1 413 Request Entity Too Large", firstLine(socket));
    }
  }

  /** What a client is told that waits for it before it sends so much. */
  private String statusLine(int bytes) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), base.getPort())) {
      socket.setSoTimeout(ANSWER_MILLIS_MAX);
      String head =
          """
          POST /v1/channels/asked/messages HTTP/1.1
          Host: localhost
          Authorization: Bearer %s
          Expect: 100-continue
          Content-Length: %d

          """
              .formatted(ALL, bytes);
      socket.getOutputStream().write(head.replace("\n", "\r\n").getBytes(US_ASCII));
      return firstLine(socket);
    }
  }

  private static String firstLine(Socket socket) throws IOException {
    return new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII)).readLine();
  }

  @Test
  void aRepeatedKeyIsStoredOnce() {
    Map<String, String> key = Map.of("Idempotency-Key", "k");
    String messages = TestClient.messages(channel);
    JsonObject first = RestCase.json(client.post(messages, "a", key));
    JsonObject again = RestCase.json(client.post(messages, "a", key));
    assertFalse(first.getBoolean("duplicate"));
    assertEquals(first.copy().put("duplicate", true), again);
    HttpResponse<String> other = client.post(messages, "b", key);
    assertEquals(422, other.statusCode());
    assertEquals("key-conflict", RestCase.json(other).getString("code"));
    assertEquals(1, RestCase.json(client.get("channels/" + channel, Map.of())).getInteger("head"));
  }

  /** As a structured field writes strings. */
  @Test
  void aKeyIsTheSameWithAndWithoutQuotes() {
    String messages = TestClient.messages(channel);
    client.post(messages, "a", Map.of("Idempotency-Key", "k"));
    JsonObject quoted =
        RestCase.json(client.post(messages, "a", Map.of("Idempotency-Key", "\"k\"")));
    assertTrue(quoted.getBoolean("duplicate"));
  }

  /** What was wrong this time, and what to do about such things. */
  @Test
  void noProblemSaysTheSameTwice() {
    List<HttpResponse<String>> refused =
        List.of(
            client.get("channels/-/messages", Map.of()),
            client.get("channels/a/messages?after=x", Map.of()),
            client.post("channels/a/messages", "", Map.of("Tideline-Type", "open")),
            client.post("channels/a/messages", "", Map.of("Idempotency-Key", "")),
            client.get("channels/a/messages?x=1", Map.of()));
    for (HttpResponse<String> each : refused) {
      JsonObject problem = RestCase.json(each);
      assertEquals(400, each.statusCode());
      assertFalse(problem.getString("detail").contains("characters of A-Z"), each.body());
      assertFalse(problem.getString("detail").contains("exactly as"), each.body());
    }
  }

  /** Libraries that stand in for an EventSource can't set the header. */
  @Test
  void theLastIdMayComeAsAParameter() {
    List<JsonObject> sent =
        Stream.of("1", "2", "3").map(text -> client.publish(channel, text)).toList();
    String messages = TestClient.messages(channel);
    String second = sent.get(1).getString("position");
    String first = sent.get(0).getString("position");
    try (TestEventStream stream =
            client.stream(messages + "?after=earliest&lastEventId=" + second, Map.of());
        TestEventStream several =
            client.stream(
                "stream?channel=" + channel + "&after=now&lastEventId=earliest", Map.of());
        TestEventStream newer =
            client.stream(messages + "?lastEventId=" + first, Map.of("Last-Event-ID", second));
        TestEventStream empty =
            client.stream(messages + "?after=earliest&lastEventId=", Map.of())) {
      assertEquals("3", stream.nextEvent().data());
      assertEquals(1, new JsonObject(several.nextEvent().data()).getInteger("data"));
      assertEquals("3", newer.nextEvent().data(), "the header is newer");
      assertEquals("1", empty.nextEvent().data(), "nothing was got yet");
    }
  }

  /** A position of a log that was: whoever has one must hear that it counts for nothing here. */
  @Test
  void aPositionOnAnEphemeralChannelIsToldAsAGap() {
    String position = client.publish(channel, "1").getString("position");
    String live = "live:" + UUID.randomUUID();
    JsonObject gap = client.page(live, "after=" + position).getJsonObject("gap");
    assertEquals("epoch", gap.getString("reason"));
    assertFalse(gap.containsKey("position") || gap.containsKey("count"), gap.encode());
    try (TestEventStream stream =
        client.stream(TestClient.messages(live) + "?after=" + position, Map.of())) {
      TestEventStream.Block event = stream.nextEvent();
      assertEquals("tideline.gap", event.event());
      assertEquals(gap, new JsonObject(event.data()));
      client.publish(live, "2");
      assertEquals("2", stream.nextEvent().data());
    }
    try (TestSocket socket = client.socket()) {
      socket.send(
          "{\"id\":1,\"subscribe\":{\"channel\":\"%s\",\"after\":\"%s\"}}"
              .formatted(live, position));
      assertTrue(socket.next().containsKey("ok"));
      assertEquals(gap, socket.next().getJsonObject("gap"));
    }
  }

  @Test
  void sinceGivesNothingEarlier() {
    String time = client.publish(channel, "1").getString("time");
    assertEquals(List.of(1), data(client.page(channel, "since=" + time)));
    assertEquals(
        List.of(), data(client.page(channel, "since=" + time.replace("Z", "001Z"))), "a bit later");
  }

  @Test
  void aConditionHoldsOnlyWhileThePositionIsTheHead() {
    String unused = client.page(channel, "after=now").getString("next");
    String messages = TestClient.messages(channel);
    JsonObject first =
        RestCase.json(client.post(messages, "a", Map.of("If-Match", '"' + unused + '"')));
    assertEquals(1, first.getInteger("offset"));
    HttpResponse<String> stale = client.post(messages, "b", Map.of("If-Match", '"' + unused + '"'));
    assertEquals(412, stale.statusCode());
    assertEquals("head-moved", RestCase.json(stale).getString("code"));
    assertEquals(first.getString("position"), RestCase.json(stale).getString("head"));
  }

  @Test
  void pagesBeginWhereTheyAreAskedTo() {
    List<JsonObject> sent =
        Stream.of("1", "2", "3", "4", "5").map(text -> client.publish(channel, text)).toList();
    assertEquals(List.of(1, 2, 3, 4, 5), data(client.page(channel, "")));
    assertEquals(List.of(4, 5), data(client.page(channel, "last=2")));
    assertEquals(List.of(), data(client.page(channel, "last=0")));
    assertEquals(List.of(1, 2, 3, 4, 5), data(client.page(channel, "last=99")));
    assertEquals(List.of(), data(client.page(channel, "after=now")));
    assertEquals(List.of(3, 4, 5), data(client.page(channel, after(sent.get(1)))));
    assertEquals(
        List.of(3, 4, 5), data(client.page(channel, "since=" + sent.get(2).getString("time"))));
    assertEquals(List.of(), data(client.page(channel, "since=2999-01-01T00:00:00Z")));

    JsonObject page = client.page(channel, "limit=2");
    assertEquals(List.of(1, 2), data(page));
    assertTrue(page.getBoolean("more"));
    JsonObject next = client.page(channel, "limit=2&after=" + page.getString("next"));
    assertEquals(List.of(3, 4), data(next));
    JsonObject end = client.page(channel, "limit=2&after=" + next.getString("next"));
    assertEquals(List.of(5), data(end));
    assertFalse(end.getBoolean("more"));
    assertEquals(sent.get(4).getString("position"), end.getString("next"));
  }

  @Test
  void anUnchangedPageIsNotSentAgain() {
    client.publish(channel, "1");
    String path = TestClient.messages(channel) + "?after=earliest";
    String tag = client.get(path, Map.of()).headers().firstValue("ETag").orElseThrow();
    HttpResponse<String> unchanged = client.get(path, Map.of("If-None-Match", tag));
    assertEquals(304, unchanged.statusCode());
    assertEquals("", unchanged.body());
    assertEquals(tag, unchanged.headers().firstValue("ETag").orElseThrow());
    variesByWhoAsks(unchanged);
    assertEquals(
        304,
        client.get(path, Map.of("If-None-Match", "\"x\", " + tag)).statusCode(),
        "one of many");
    assertEquals(304, client.get(path, Map.of("If-None-Match", "W/" + tag)).statusCode());
    assertEquals(304, client.get(path, Map.of("If-None-Match", "*")).statusCode());
    assertEquals(200, client.get(path, Map.of("If-None-Match", "\"x\"")).statusCode());
    assertEquals(
        403,
        client
            .with(TestTokens.publishing("p", "*"))
            .get(path, Map.of("If-None-Match", tag))
            .statusCode(),
        "rights come first");
    client.publish(channel, "2");
    assertEquals(200, client.get(path, Map.of("If-None-Match", tag)).statusCode());
  }

  @Test
  void whatIsPurgedIsToldAsAGap() {
    List<JsonObject> sent =
        Stream.of("1", "2", "3").map(text -> client.publish(channel, text)).toList();
    String through = sent.get(1).getString("position");
    HttpResponse<String> purged =
        client.delete(TestClient.messages(channel) + "?through=" + through);
    assertEquals(200, purged.statusCode());
    assertEquals(3, RestCase.json(purged).getInteger("first"));
    JsonObject page = client.page(channel, after(sent.get(0)));
    assertEquals(List.of(3), data(page));
    assertEquals("purged", page.getJsonObject("gap").getString("reason"));
    assertEquals(2, page.getJsonObject("gap").getInteger("from"));
    assertEquals(2, page.getJsonObject("gap").getInteger("to"));
    assertEquals(
        200, client.delete(TestClient.messages(channel) + "?through=" + through).statusCode());
  }

  @Test
  void aPollIsHeldUntilThereIsAMessageAndLosesNone() throws Exception {
    JsonObject nothing = client.page(channel, "wait=50ms");
    assertEquals(List.of(), data(nothing));
    client.publish(channel, "1");
    String next = nothing.getString("next");
    long asked = System.nanoTime();
    JsonObject page = client.page(channel, "wait=99999999999999999999s&after=" + next);
    assertEquals(List.of(1), data(page));
    assertTrue(System.nanoTime() - asked < 5_000_000_000L, "what is there isn't waited for");
  }

  @Test
  void theListHasWhatTheCallerMayRead() {
    String prefix = "list" + UUID.randomUUID() + ":";
    Stream.of("a", "b", "c").forEach(name -> client.publish(prefix + name, "1"));
    assertEquals(List.of(prefix + "a", prefix + "b"), names("?limit=2&prefix=" + prefix, client));
    assertEquals(List.of(prefix + "c"), names("?after=" + prefix + "b&prefix=" + prefix, client));
    TestClient narrow = client.with(TestTokens.subscribing("s", prefix + "b"));
    assertEquals(List.of(prefix + "b"), names("?prefix=" + prefix, narrow));
    assertEquals(List.of(), names("?prefix=" + prefix, client.with(null)));
  }

  @Test
  void anOriginMayReadItsStream() {
    try (TestEventStream stream =
        client.stream(TestClient.messages(channel), Map.of("Origin", LISTED))) {
      assertEquals(List.of(LISTED), stream.headers().allValues("Access-Control-Allow-Origin"));
      assertEquals(List.of("true"), stream.headers().allValues("Access-Control-Allow-Credentials"));
      assertTrue(stream.headers().allValues("Vary").contains("Origin"));
    }
  }

  private static HttpClient client(HttpClient.Version version) {
    return HttpClient.newBuilder().version(version).build();
  }

  // --- rows

  private static RestCase publish(String name, String channel) {
    return RestCase.of(name, "POST /v1/channels/" + channel + "/messages").token(ALL).json("1");
  }

  private static RestCase typed(String name, String type) {
    return publish("a type: " + name, "types").header("Tideline-Type", type);
  }

  private static RestCase keyed(String name, String key) {
    return publish(name, "keys").header("Idempotency-Key", key);
  }

  private static RestCase conditional(String name, String condition) {
    return publish("a condition: " + name, "keys").header("If-Match", condition);
  }

  private static RestCase batch(String name) {
    return RestCase.of("a batch: " + name, "POST /v1/messages").token(ALL);
  }

  private static RestCase page(String name, String query) {
    return page(name, query, "pages");
  }

  private static RestCase page(String name, String query, String channel) {
    return RestCase.of("a page: " + name, "GET /v1/channels/" + channel + "/messages?" + query)
        .token(ALL);
  }

  private static RestCase stream(String name, String request) {
    return RestCase.of("a stream: " + name, request)
        .token(ALL)
        .header("Accept", "text/event-stream");
  }

  private static RestCase head(String name, String request, String lastId) {
    return stream(name, request.replace("GET", "HEAD"))
        .header("Last-Event-ID", lastId)
        .answers(200)
        .has("Content-Type", "text/event-stream");
  }

  private static RestCase list(String name, String query) {
    return RestCase.of("a list: " + name, "GET /v1/channels?" + query).token(ALL);
  }

  private static RestCase purge(String name, String query) {
    return RestCase.of("a purge: " + name, "DELETE /v1/channels/purged/messages" + query)
        .token(ALL);
  }

  private static RestCase refusedMethod(String request, String allow) {
    return RestCase.of(request, request).refuses(405, "method-not-allowed").has("Allow", allow);
  }

  private static RestCase allowed(String path, String allow) {
    return RestCase.of("OPTIONS " + path, "OPTIONS " + path).answers(204).has("Allow", allow);
  }

  private static RestCase revocation(String name, String body) {
    return RestCase.of("a revocation: " + name, "POST /v1/revocations").token(ALL).json(body);
  }

  private static RestCase loggedOut(String name) {
    return RestCase.of("logged out: " + name, "DELETE /v1/session")
        .answers(204)
        .has("Set-Cookie", "tideline=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict");
  }

  private static RestCase preflight(String name, String path, String origin, String method) {
    return RestCase.of("a preflight " + name, "OPTIONS " + path)
        .origin(origin)
        .header("Access-Control-Request-Method", method);
  }

  /** What lets a listed page read the answer. */
  private static RestCase shared(RestCase each) {
    return each.has("Access-Control-Allow-Origin", LISTED)
        .has("Access-Control-Allow-Credentials", "true")
        .has("Access-Control-Expose-Headers", "ETag, Retry-After, Allow, WWW-Authenticate")
        .and(RestContractTest::variesByOrigin);
  }

  // --- answers

  private static void variesByOrigin(HttpResponse<String> answer) {
    assertTrue(String.join(", ", answer.headers().allValues("Vary")).contains("Origin"));
  }

  private static void variesByWhoAsks(HttpResponse<String> answer) {
    String vary = String.join(", ", answer.headers().allValues("Vary"));
    assertTrue(
        Stream.of("Authorization", "Accept", "Cookie", "Origin").allMatch(vary::contains), vary);
  }

  private static void keepsTheToken(HttpResponse<String> answer) {
    Matcher cookie =
        Pattern.compile("tideline=(.+); Max-Age=(\\d+); Path=/; HttpOnly; SameSite=Strict")
            .matcher(answer.headers().firstValue("Set-Cookie").orElseThrow());
    assertTrue(cookie.matches());
    assertEquals(ALL, cookie.group(1));
    int seconds = Integer.parseInt(cookie.group(2));
    assertTrue(seconds > 3000 && seconds <= 3600, "as long as the token: " + seconds);
  }

  private static RestCase.Expectation detail(String part) {
    return answer -> {
      String detail = RestCase.json(answer).getString("detail");
      assertTrue(detail.contains(part), detail);
    };
  }

  private static RestCase.Expectation results(List<Integer> statuses) {
    return answer ->
        assertEquals(
            statuses,
            RestCase.json(answer).getJsonArray("results").stream()
                .map(result -> ((JsonObject) result).getInteger("status"))
                .toList(),
            answer.body());
  }

  private static List<Integer> data(JsonObject page) {
    return page.getJsonArray("messages").stream()
        .map(message -> ((JsonObject) message).getInteger("data"))
        .toList();
  }

  private static String after(JsonObject published) {
    return "after=" + published.getString("position");
  }

  private static List<String> names(String query, TestClient asks) {
    return RestCase.json(asks.get("channels" + query, Map.of())).getJsonArray("channels").stream()
        .map(state -> ((JsonObject) state).getString("channel"))
        .toList();
  }
}
