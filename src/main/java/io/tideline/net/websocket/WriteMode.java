package io.tideline.net.websocket;

import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpContentCompressor;
import io.quarkus.websockets.next.WebSocketConnection;
import io.tideline.loop.Lane;
import io.tideline.net.NettyChannel;
import io.tideline.net.out.NettyResponseWriter;
import io.tideline.net.out.ResponseWriter;
import io.tideline.net.out.VertxResponseWriter;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;

/** The ways in which bytes leave; chosen at start by {@code tideline.transport.way-out}. */
public enum WriteMode {
  /**
   * Beneath the encoder: one buffer for all connections, one flush a wake. HTTP/2, HTTP/1.0 and
   * compressed responses take the plain way all the same.
   */
  PIPELINE {
    @Override
    public WebSocketWriter socket(Lane lane, WebSocketConnection connection, Runnable writable) {
      return new NettyWebSocketWriter(lane, SocketGuard.of(connection), connection, writable);
    }

    @Override
    public boolean takesDeflated(WebSocketConnection connection) {
      return SocketGuard.of(connection).deflates();
    }

    @Override
    ResponseWriter behindHead(Lane lane, HttpServerRequest request, Runnable writable) {
      if (request.version() != HttpVersion.HTTP_1_1) {
        return PLAIN.behindHead(lane, request, writable);
      }
      ChannelPipeline pipeline = NettyChannel.of(request.connection()).pipeline();
      return pipeline.get(HttpContentCompressor.class) == null
          ? new NettyResponseWriter(lane, pipeline.channel(), request.response(), writable)
          : PLAIN.behindHead(lane, request, writable);
    }
  },

  /** By the public API of Vert.x and WebSockets Next. */
  PLAIN {
    @Override
    public WebSocketWriter socket(Lane lane, WebSocketConnection connection, Runnable writable) {
      return new VertxWebSocketWriter(lane, SocketGuard.of(connection), connection, writable);
    }

    @Override
    public boolean takesDeflated(WebSocketConnection connection) {
      return false;
    }

    @Override
    ResponseWriter behindHead(Lane lane, HttpServerRequest request, Runnable writable) {
      return new VertxResponseWriter(lane, request, writable);
    }
  };

  /**
   * The way out of a WebSocket that has been opened.
   *
   * @param lane the caller's, and the connection's
   * @param writable called on the lane when there is room again
   */
  public abstract WebSocketWriter socket(
      Lane lane, WebSocketConnection connection, Runnable writable);

  /**
   * Whether frames of compressed messages (RFC 7692) may be written to this WebSocket; on it or off
   * it for the connection's life.
   */
  public abstract boolean takesDeflated(WebSocketConnection connection);

  /** The way out of a response, whose head has been written. */
  abstract ResponseWriter behindHead(Lane lane, HttpServerRequest request, Runnable writable);

  /**
   * The way out of a response that is a stream: sends its head, as it stands, and the opening.
   *
   * @param lane the caller's, and the connection's
   * @param opening not empty
   * @param writable called on the lane when there is room again
   */
  public ResponseWriter stream(
      Lane lane, HttpServerRequest request, byte[] opening, Runnable writable) {
    HttpServerResponse response = request.response();
    var unused = response.setChunked(true).write(Buffer.buffer(opening));
    return behindHead(lane, request, writable);
  }
}
