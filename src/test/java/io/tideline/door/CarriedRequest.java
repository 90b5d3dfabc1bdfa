package io.tideline.door;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.testing.RawSocket;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A request that asks to read a channel, with whatever carries a token in it. */
final class CarriedRequest {
  /** What an attempt says that was let in. */
  static final String LET_IN = "ok";

  private final int port;
  private final List<String> headers = new ArrayList<>();
  private String query = "";
  private String offered = "tideline.v1";

  CarriedRequest(int port) {
    this.port = port;
  }

  /** How to read. */
  enum Transport {
    PAGE("channels/%s/messages", "limit=1", ""),
    POLL("channels/%s/messages", "wait=100ms", ""),
    EVENTS("channels/%s/messages", "", "Accept: text/event-stream\r\n"),
    EVENTS_OF_SEVERAL("stream", "channel=%s", "Accept: text/event-stream\r\n"),
    SOCKET(
        "ws",
        "",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + ("Sec-WebSocket-Key: " + RawSocket.KEY + "\r\n"));

    private final String path;
    private final String parameters;
    private final String headers;

    Transport(String path, String parameters, String headers) {
      this.path = path;
      this.parameters = parameters;
      this.headers = headers;
    }
  }

  /** What a token comes in; the first of them that is there counts. */
  enum Carrier {
    AUTHORIZATION {
      @Override
      CarriedRequest add(String token, CarriedRequest to) {
        return to.header("Authorization: Bearer " + token);
      }
    },
    SUBPROTOCOL {
      @Override
      CarriedRequest add(String token, CarriedRequest to) {
        return to.offer("tideline.v1, tideline.bearer." + token);
      }
    },
    QUERY {
      @Override
      CarriedRequest add(String token, CarriedRequest to) {
        return to.query("access_token=" + token);
      }
    },
    COOKIE {
      @Override
      CarriedRequest add(String token, CarriedRequest to) {
        return to.header("Cookie: tideline=" + token).header("Origin: http://127.0.0.1:" + to.port);
      }
    };

    abstract CarriedRequest add(String token, CarriedRequest to);
  }

  CarriedRequest with(Carrier carrier, String token) {
    return carrier.add(token, this);
  }

  CarriedRequest header(String line) {
    headers.add(line);
    return this;
  }

  CarriedRequest query(String parameter) {
    query = parameter + "&";
    return this;
  }

  /** The value of {@code Sec-WebSocket-Protocol}. */
  CarriedRequest offer(String subprotocols) {
    offered = subprotocols;
    return this;
  }

  /** {@value #LET_IN}, or the code of the problem. */
  String attempt(Transport transport, String channel) throws IOException {
    try (RawSocket socket = new RawSocket(port)) {
      String head = send(socket, transport, channel);
      if (transport == Transport.SOCKET && head.startsWith("HTTP/1.1 101 ")) {
        return command(socket, "subscribe", new JsonObject().put("channel", channel));
      }
      if (transport != Transport.SOCKET && head.startsWith("HTTP/1.1 200 ")) {
        return LET_IN;
      }
      String body = new String(socket.bytes(RawSocket.lengthOf(head)), UTF_8);
      return new JsonObject(body).getString("code");
    }
  }

  /** A WebSocket that must be let in. */
  RawSocket open() throws IOException {
    RawSocket socket = new RawSocket(port);
    String head = send(socket, Transport.SOCKET, "");
    assertTrue(head.startsWith("HTTP/1.1 101 "), head);
    return socket;
  }

  /** {@value #LET_IN}, or the code of the problem. */
  static String command(RawSocket socket, String name, JsonObject body) throws IOException {
    socket.frame(
        RawSocket.FIN | RawSocket.TEXT, new JsonObject().put("id", 1).put(name, body).encode());
    JsonObject reply = new JsonObject(socket.next().text());
    return reply.containsKey("ok") ? LET_IN : reply.getJsonObject("error").getString("code");
  }

  private String send(RawSocket socket, Transport transport, String channel) throws IOException {
    socket.send(
        ("GET /v1/" + transport.path + "?" + query + transport.parameters).formatted(channel)
            + (" HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n")
            + transport.headers
            + ("Sec-WebSocket-Protocol: " + offered + "\r\n")
            + String.join("", headers.stream().map(line -> line + "\r\n").toList())
            + "\r\n");
    String head = socket.head();
    boolean isUpgraded = head.startsWith("HTTP/1.1 101 ");
    boolean speaksOurs =
        head.toLowerCase(Locale.ROOT).contains("sec-websocket-protocol: tideline.v1\r\n");
    assertTrue(isUpgraded == speaksOurs, head);
    return head;
  }
}
