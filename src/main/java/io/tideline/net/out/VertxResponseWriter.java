package io.tideline.net.out;

import io.tideline.hub.FrameBatch;
import io.tideline.loop.Lane;
import io.tideline.net.NettyChannel;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;

/** A response written by Vert.x, piece by piece. */
public final class VertxResponseWriter extends VertxWriter implements ResponseWriter {
  private static final long HTTP2_CANCEL = 8;

  private final Lane lane;
  private final HttpServerRequest request;
  private final HttpServerResponse response;

  /** The head of the response has been written. */
  public VertxResponseWriter(Lane lane, HttpServerRequest request, Runnable writable) {
    super(lane, writable);
    this.lane = lane;
    this.request = request;
    this.response = request.response();
  }

  @Override
  public boolean isOpen() {
    return !response.ended() && !response.closed();
  }

  @Override
  public void write(FrameBatch run) {
    write(SharedBytes.of(run).buffer());
  }

  @Override
  public void write(byte[]... parts) {
    Buffer joined = Buffer.buffer(Chunk.bytes(parts));
    for (byte[] part : parts) {
      joined.appendBytes(part);
    }
    write(joined);
  }

  private void write(Buffer bytes) {
    if (isOpen()) {
      waits(bytes.length());
      response.write(bytes).onComplete(sent -> left(bytes.length()));
    }
  }

  @Override
  public void beat(byte[] frame) {
    if (isOpen()) {
      beatWaits();
      response.write(Buffer.buffer(frame)).onComplete(sent -> beatLeft());
    }
  }

  @Override
  public void end() {
    if (isOpen()) {
      Future<Void> end = response.end();
      lane.schedule(END_WAIT, () -> dropUnless(end.isComplete()));
    }
  }

  private void dropUnless(boolean gone) {
    if (!gone) {
      drop();
    }
  }

  @Override
  public void drop() {
    if (request.version() == HttpVersion.HTTP_2) {
      response.reset(HTTP2_CANCEL);
    } else {
      NettyChannel.cut(request.connection());
    }
  }
}
