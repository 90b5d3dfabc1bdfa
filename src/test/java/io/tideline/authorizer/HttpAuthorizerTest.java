package io.tideline.authorizer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.mutiny.Uni;
import io.tideline.access.Action;
import io.tideline.access.Authorizer.Answer;
import io.tideline.access.Authorizer.Question;
import io.tideline.access.Authorizer.Verdict;
import io.tideline.access.Identity;
import io.tideline.access.Revocation;
import io.tideline.stream.Channel;
import io.tideline.testing.TestApplication;
import io.tideline.testing.TestApplication.Script;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.metrics.MetricsOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.spi.metrics.ClientMetrics;
import io.vertx.core.spi.metrics.HttpClientMetrics;
import io.vertx.core.spi.metrics.VertxMetrics;
import io.vertx.core.spi.observability.HttpRequest;
import io.vertx.core.spi.observability.HttpResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpAuthorizerTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Channel CHANNEL = new Channel("orders:42");
  private static final int WAITERS_PER_SUBJECT = 10;

  private final TestApplication application = new TestApplication();
  private final List<Socket> unending = new CopyOnWriteArrayList<>();
  private final AtomicInteger unanswered = new AtomicInteger();
  private final AtomicLong aheadNanos = new AtomicLong();
  private final HttpAuthorizer authorizer = authorizer(application.url(), 4, 100);

  @AfterEach
  void close() throws IOException {
    application.close();
    for (Socket connection : unending) {
      connection.close();
    }
  }

  @AfterAll
  static void closeVertx() {
    VERTX.close().toCompletionStage().toCompletableFuture().join();
  }

  @Test
  void asksWithAllThatTheApplicationNeeds() {
    ask(authorizer, "anna");
    assertEquals(
        new JsonObject()
            .put("subject", "anna")
            .put("tokenId", "t1")
            .put("anonymous", false)
            .put("action", "subscribe")
            .put("channel", "orders:42"),
        application.last());
    assertEquals("Bearer secret", application.lastAuthorization());
    answer(authorizer.ask(new Question(null, null, Action.PUBLISH, CHANNEL)));
    assertNull(application.last().getString("subject"));
    assertTrue(application.last().getBoolean("anonymous"));
    assertEquals("publish", application.last().getString("action"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "200 | {\"allow\":true}                | ALLOWED",
        "200 | {\"allow\":true,\"why\":\"x\"}  | ALLOWED",
        "200 | {\"allow\":false}               | DENIED",
        "403 | not at all                      | DENIED",
        "200 | {\"allow\":\"true\"}            | UNKNOWN",
        "200 | {\"allow\":1}                   | UNKNOWN",
        "200 | {\"allow\":null}                | UNKNOWN",
        "200 | {}                              | UNKNOWN",
        "200 | {\"allow\":true,\"allow\":true}  | UNKNOWN",
        "200 | {\"allow\":false,\"allow\":true} | UNKNOWN",
        "200 | {\"allow\":true} {}             | UNKNOWN",
        "200 | {\"allow\":true                 | UNKNOWN",
        "200 | {\"a\":{\"allow\":true}}        | UNKNOWN",
        "200 | {\"a\":{\"allow\":0},\"allow\":true} | ALLOWED",
        "200 | true                            | UNKNOWN",
        "200 | <allow/>                        | UNKNOWN",
        "201 | {\"allow\":true}                | UNKNOWN",
        "302 | {\"allow\":true}                | UNKNOWN",
        "307 | {\"allow\":true}                | UNKNOWN",
        "401 | {\"allow\":true}                | UNKNOWN",
        "404 | {\"allow\":true}                | UNKNOWN",
        "500 | {\"allow\":true}                | UNKNOWN",
        "503 | {\"allow\":true}                | UNKNOWN",
      })
  void onlyAClearWordCounts(int status, String body, Verdict verdict) {
    application.script("anna", Script.answer(status, body));
    assertEquals(verdict, ask(authorizer, "anna").verdict());
    assertEquals(1, application.asked("anna"), "a redirect isn't followed");
    assertEquals(verdict == Verdict.UNKNOWN ? 1 : 0, unanswered.get());
  }

  @Test
  void anEmptyAndAHugeBodyAreNoAnswers() {
    application.script("anna", Script.answer(200, ""));
    assertEquals(Verdict.UNKNOWN, ask(authorizer, "anna").verdict());
    String huge = "{\"allow\":true,\"x\":\"" + "x".repeat(1 << 20) + "\"}";
    application.script("anna", Script.answer(200, huge));
    assertEquals(Verdict.UNKNOWN, ask(authorizer, "anna").verdict());
  }

  /** What a firewall in between says beside its no is nobody's business, however much it is. */
  @Test
  void aHugeBodyMakesNoLessOfANo() {
    application.script("anna", Script.answer(403, "x".repeat(1 << 20)));
    for (int i = 0; i < 12; i++) {
      assertEquals(Verdict.DENIED, ask(authorizer, "anna").verdict());
    }
    assertEquals(0, unanswered.get());
    application.script("bert", Script.allow(true, null));
    assertEquals(Verdict.ALLOWED, ask(authorizer, "bert").verdict(), "and keeps no connection");
  }

  /** Its body never ends: the answer is there, and the request is freed when its time is over. */
  @Test
  void aNoWhoseBodyDoesNotEndKeepsNoRequest() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread trickle = new Thread(() -> refuseWithoutEnd(server), "trickle");
      trickle.setDaemon(true);
      trickle.start();
      URI url = URI.create("http://127.0.0.1:" + server.getLocalPort() + "/");
      HttpAuthorizer one = authorizer(VERTX, url, Duration.ofMillis(500), 1, 100);
      assertEquals(Verdict.DENIED, ask(one, "anna").verdict());
      await().atMost(PATIENCE).until(() -> ask(one, "bert").verdict() == Verdict.DENIED);
    }
  }

  private void refuseWithoutEnd(ServerSocket server) {
    byte[] head = "HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\nno".getBytes(US_ASCII);
    try {
      while (true) {
        Socket connection = server.accept();
        unending.add(connection);
        connection.getOutputStream().write(head);
      }
    } catch (IOException over) {
      // The test is over.
    }
  }

  /** It doesn't even refuse connections, so each that is asked for takes its time. */
  @Test
  void aHostThatDropsPacketsIsAskedForNoMoreConnectionsThanConfigured() throws IOException {
    ConnectionsWanted wanted = new ConnectionsWanted();
    Vertx counting =
        Vertx.builder()
            .with(new VertxOptions().setMetricsOptions(new MetricsOptions().setEnabled(true)))
            .withMetrics(options -> wanted.metrics())
            .build();
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      List<Socket> fill = fill(full);
      URI url = URI.create("http://127.0.0.1:" + full.getLocalPort() + "/");
      HttpAuthorizer shut = authorizer(counting, url, Duration.ofMillis(500), 2, 100);
      List<CompletableFuture<Answer>> all = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        all.add(start(shut, "s" + i));
      }
      all.forEach(each -> assertEquals(Verdict.UNKNOWN, each.join().verdict()));
      assertTrue(wanted.most.get() > 0, "it has been tried");
      assertTrue(wanted.most.get() <= 2, wanted.most + " at once");
      for (Socket socket : fill) {
        socket.close();
      }
    } finally {
      counting.close().toCompletionStage().toCompletableFuture().join();
    }
  }

  /** So many connections that nobody accepts that the kernel drops what would be another one. */
  private static List<Socket> fill(ServerSocket server) throws IOException {
    List<Socket> sockets = new ArrayList<>();
    while (sockets.size() < 100) {
      Socket socket = new Socket();
      sockets.add(socket);
      try {
        socket.connect(server.getLocalSocketAddress(), 300);
      } catch (SocketTimeoutException dropped) {
        return sockets;
      }
    }
    throw new AssertionError("this kernel takes whatever comes");
  }

  /** Requests that wait for a connection, at the most. */
  private static final class ConnectionsWanted {
    private final AtomicInteger now = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    VertxMetrics metrics() {
      return new VertxMetrics() {
        @Override
        public HttpClientMetrics<?, ?, ?, ?> createHttpClientMetrics(HttpClientOptions options) {
          return new HttpClientMetrics<Object, Object, Object, Object>() {
            @Override
            public ClientMetrics<Object, Object, HttpRequest, HttpResponse> createEndpointMetrics(
                SocketAddress remote, int poolMax) {
              return counts();
            }
          };
        }
      };
    }

    private ClientMetrics<Object, Object, HttpRequest, HttpResponse> counts() {
      return new ClientMetrics<>() {
        @Override
        public Object enqueueRequest() {
          most.accumulateAndGet(now.incrementAndGet(), Math::max);
          return this;
        }

        @Override
        public void dequeueRequest(Object request) {
          now.decrementAndGet();
        }
      };
    }
  }

  @Test
  void noAnswerInTimeIsNone() {
    application.script("anna", Script.allow(true, null).after(5_000));
    long began = System.nanoTime();
    assertEquals(Verdict.UNKNOWN, ask(authorizer, "anna").verdict());
    assertTrue(System.nanoTime() - began < Duration.ofSeconds(4).toNanos());
    application.script("bert", Script.allow(true, null));
    assertEquals(Verdict.ALLOWED, ask(authorizer, "bert").verdict(), "others are asked for");
  }

  @Test
  void whereNobodyListensNothingIsAllowed() throws IOException {
    HttpAuthorizer dead = authorizer(URI.create("http://127.0.0.1:" + freePort() + "/"), 4, 100);
    assertEquals(Verdict.UNKNOWN, ask(dead, "anna").verdict());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void anAnswerIsKeptAsLongAsItSays() {
    application.script("anna", Script.allow(true, "max-age=10"));
    assertEquals(Verdict.ALLOWED, ask(authorizer, "anna").verdict());
    application.script("anna", Script.allow(false, "max-age=3600"));
    pass(Duration.ofSeconds(7));
    Answer kept = ask(authorizer, "anna");
    assertEquals(Verdict.ALLOWED, kept.verdict());
    assertTrue(kept.goodFor().compareTo(Duration.ofSeconds(3)) <= 0, "the rest: " + kept);
    assertEquals(1, application.asked("anna"));
    pass(Duration.ofSeconds(3));
    assertEquals(Verdict.DENIED, ask(authorizer, "anna").verdict());
    pass(Duration.ofSeconds(50));
    assertEquals(Verdict.DENIED, ask(authorizer, "anna").verdict());
    assertEquals(2, application.asked("anna"), "a no is kept, too");
    pass(Duration.ofSeconds(10));
    ask(authorizer, "anna");
    assertEquals(3, application.asked("anna"), "a minute at most");
  }

  @Test
  void anAnswerThatMayNotBeKeptIsForThisTime() {
    application.script("anna", Script.allow(true, "no-store"));
    Answer answer = ask(authorizer, "anna");
    assertTrue(answer.goodFor().compareTo(Duration.ofSeconds(50)) > 0, "live for a minute");
    ask(authorizer, "anna");
    assertEquals(2, application.asked("anna"));
    assertEquals(0, authorizer.kept());
  }

  @Test
  void anAnswerIsForThisVeryQuestion() {
    application.script("anna", Script.allow(true, "max-age=60"));
    answer(authorizer.ask(new Question("anna", "t1", Action.SUBSCRIBE, CHANNEL)));
    answer(authorizer.ask(new Question("anna", "t2", Action.SUBSCRIBE, CHANNEL)));
    answer(authorizer.ask(new Question("anna", "t1", Action.PUBLISH, CHANNEL)));
    answer(authorizer.ask(new Question("anna", "t1", Action.SUBSCRIBE, new Channel("orders"))));
    assertEquals(4, application.asked("anna"));
  }

  @Test
  void noMoreAnswersAreKeptThanConfigured() {
    for (int i = 0; i < 50; i++) {
      application.script("s" + i, Script.allow(true, "max-age=60"));
      ask(authorizer, "s" + i);
    }
    assertEquals(10, authorizer.kept());
  }

  @Test
  void aRevocationMakesItForget() {
    for (String subject : List.of("anna", "bert")) {
      application.script(subject, Script.allow(true, "max-age=60"));
      ask(authorizer, subject);
    }
    authorizer.forget(List.of(revocation(Revocation.Kind.SUBJECT, "anna")));
    ask(authorizer, "anna");
    ask(authorizer, "bert");
    assertEquals(2, application.asked("anna"));
    assertEquals(1, application.asked("bert"));
    authorizer.forget(List.of(revocation(Revocation.Kind.ALL, null)));
    ask(authorizer, "bert");
    assertEquals(2, application.asked("bert"));
  }

  @Test
  void anAnswerThatARevocationOvertookIsNotKept() {
    application.script("anna", Script.allow(true, "max-age=60").after(400));
    CompletableFuture<Answer> early = start(authorizer, "anna");
    await().atMost(PATIENCE).until(() -> application.asked("anna") == 1);
    authorizer.forget(List.of(revocation(Revocation.Kind.TOKEN_ID, "t1")));
    application.script("anna", Script.allow(false, null));
    assertEquals(Verdict.DENIED, ask(authorizer, "anna").verdict(), "asked anew");
    assertEquals(Verdict.ALLOWED, early.join().verdict());
    assertEquals(Verdict.DENIED, ask(authorizer, "anna").verdict());
  }

  @Test
  void manyWhoWantToKnowTheSameAreOneQuestion() {
    application.script("anna", Script.allow(true, null).after(300));
    List<CompletableFuture<Answer>> all = new ArrayList<>();
    for (int i = 0; i < WAITERS_PER_SUBJECT; i++) {
      all.add(start(authorizer, "anna"));
    }
    all.forEach(each -> assertEquals(Verdict.ALLOWED, each.join().verdict()));
    assertEquals(1, application.asked("anna"));
  }

  @Test
  void questionsAtOnceAreBoundedAndSoAreThoseWhoWait() {
    HttpAuthorizer small = authorizer(application.url(), 2, 6);
    List<CompletableFuture<Answer>> all = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      application.script("s" + i, Script.allow(true, null).after(200));
      all.add(start(small, "s" + i));
    }
    long allowed = all.stream().filter(each -> each.join().verdict() == Verdict.ALLOWED).count();
    assertEquals(6, allowed);
    assertEquals(3, unanswered.get());
    assertEquals(2, application.atOnceMost());
    assertEquals(Verdict.ALLOWED, ask(small, "s8").verdict(), "there is room again");
  }

  @Test
  void strangersAreAskedAboutOnlyIfTold() {
    assertFalse(authorizer.isAskedAbout(Identity.ANONYMOUS));
  }

  @Test
  void oneSubjectCanNotFillTheQueue() {
    HttpAuthorizer small = authorizer(application.url(), 1, 100);
    application.script("greedy", Script.allow(true, null).after(100));
    List<CompletableFuture<Answer>> greedy = new ArrayList<>();
    for (int i = 0; i <= WAITERS_PER_SUBJECT; i++) {
      greedy.add(start(small, "greedy", new Channel("c:" + i)));
    }
    assertEquals(Verdict.UNKNOWN, greedy.get(WAITERS_PER_SUBJECT).join().verdict(), "one more");
    assertEquals(1, unanswered.get());
    application.script("anna", Script.allow(true, null));
    assertEquals(Verdict.ALLOWED, ask(small, "anna").verdict(), "there is room for others");
    greedy.get(0).join();
    assertTrue(greedy.stream().filter(CompletableFuture::isDone).count() < 5, "who take turns");
    greedy.subList(0, WAITERS_PER_SUBJECT).forEach(each -> each.join());
    assertEquals(Verdict.ALLOWED, ask(small, "greedy").verdict(), "it may ask again");
  }

  private HttpAuthorizer authorizer(URI url, int requestsMax, int waitersMax) {
    return authorizer(VERTX, url, Duration.ofSeconds(2), requestsMax, waitersMax);
  }

  private HttpAuthorizer authorizer(
      Vertx vertx, URI url, Duration timeout, int requestsMax, int waitersMax) {
    AuthorizerSettings settings =
        new AuthorizerSettings(
            url,
            Optional.of("secret"),
            timeout,
            requestsMax,
            waitersMax,
            WAITERS_PER_SUBJECT,
            10,
            Duration.ZERO,
            false);
    AuthorizerEvents events =
        new AuthorizerEvents() {
          @Override
          public void answered(Verdict verdict, long nanos) {}

          @Override
          public void unanswered() {
            unanswered.incrementAndGet();
          }
        };
    return new HttpAuthorizer(vertx, settings, events, () -> System.nanoTime() + aheadNanos.get());
  }

  private void pass(Duration time) {
    aheadNanos.addAndGet(time.toNanos());
  }

  private static Revocation revocation(Revocation.Kind kind, String value) {
    return new Revocation(kind, value, Instant.now(), Instant.now().plusSeconds(60));
  }

  private static CompletableFuture<Answer> start(HttpAuthorizer authorizer, String subject) {
    return start(authorizer, subject, CHANNEL);
  }

  private static CompletableFuture<Answer> start(
      HttpAuthorizer authorizer, String subject, Channel channel) {
    return authorizer
        .ask(new Question(subject, "t1", Action.SUBSCRIBE, channel))
        .subscribeAsCompletionStage();
  }

  private static Answer ask(HttpAuthorizer authorizer, String subject) {
    return start(authorizer, subject).join();
  }

  private static Answer answer(Uni<Answer> asked) {
    return asked.await().atMost(PATIENCE);
  }
}
