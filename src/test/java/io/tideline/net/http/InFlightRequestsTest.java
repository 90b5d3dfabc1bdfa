package io.tideline.net.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InFlightRequestsTest {
  private final InFlightRequests underWay = new InFlightRequests();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private Vertx vertx;
  private HttpServer server;

  @BeforeEach
  void listen() throws Exception {
    vertx = Vertx.vertx();
    Router router = Router.router(vertx);
    router
        .route()
        .handler(
            request -> {
              int status = underWay.enter(request) ? 200 : 503;
              var unused = request.response().setStatusCode(status).end();
            });
    server =
        vertx
            .createHttpServer()
            .requestHandler(router)
            .listen(0, "127.0.0.1")
            .toCompletionStage()
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  /** An event stream that got 503 would never come back. */
  @ParameterizedTest
  @CsvSource({"GET, 200", "POST, 503", "DELETE, 503"})
  void atTheEndOfADrainOnlyChangesAreRefused(String method, int status) throws Exception {
    underWay.drain();
    assertEquals(200, status(method));
    underWay.close();
    assertEquals(status, status(method));
  }

  private int status(String method) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.actualPort() + "/"))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build();
    HttpResponse<Void> response = client.send(request, HttpResponse.BodyHandlers.discarding());
    assertEquals("close", response.headers().firstValue("Connection").orElse(""));
    return response.statusCode();
  }
}
