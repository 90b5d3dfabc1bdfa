package io.tideline.door.sse;

import io.tideline.hub.Format;
import io.tideline.hub.FrameBatch;
import io.tideline.net.out.ResponseWriter;
import io.tideline.stream.Channel;
import io.tideline.stream.Position;

/** One channel: an event's id is its publication's position, so the bytes are the same for all. */
final class ChannelFraming implements Framing {
  private final Format format;
  private Position position;

  ChannelFraming(Format format) {
    this.format = format;
  }

  @Override
  public Format format() {
    return format;
  }

  @Override
  public int overheadBytes() {
    return 0;
  }

  @Override
  public void stand(Channel channel, Position stands) {
    position = stands;
  }

  @Override
  public void leave(Channel channel) {
    position = null;
  }

  @Override
  public String id() {
    return position == null ? null : position.encode();
  }

  @Override
  public void write(ResponseWriter out, FrameBatch run) {
    out.write(run);
  }
}
