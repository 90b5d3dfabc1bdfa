package io.tideline.door.centrifuge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.tideline.testing.PostgresResource;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** A server that nobody has told to open this door. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
class ClosedDoorTest {
  @TestHTTPResource(CentrifugeDoor.PATH)
  URI path;

  @Test
  void nobodyIsLetIn() {
    URI address = URI.create("ws://" + path.getAuthority() + path.getPath());
    CompletionException refused =
        assertThrows(
            CompletionException.class,
            () ->
                HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .buildAsync(address, new WebSocket.Listener() {})
                    .join());
    WebSocketHandshakeException handshake =
        assertInstanceOf(WebSocketHandshakeException.class, refused.getCause());
    assertEquals(404, handshake.getResponse().statusCode());
  }
}
