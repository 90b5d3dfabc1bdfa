package io.tideline.door.sse;

import io.tideline.hub.Format;
import io.tideline.hub.FrameBatch;
import io.tideline.net.out.ResponseWriter;
import io.tideline.stream.Channel;
import io.tideline.stream.Position;

/** How a stream's events say where its reader stands. On its stream's lane only. */
interface Framing {
  Format format();

  /** What an event takes beside what is encoded once for everyone. */
  int overheadBytes();

  /**
   * The reader stands there.
   *
   * @param position null on a channel without a log
   */
  void stand(Channel channel, Position position);

  /** The channel is no longer part of the stream. */
  void leave(Channel channel);

  /** Where the reader stands on the whole stream; null if no id can say it. */
  String id();

  void write(ResponseWriter out, FrameBatch run);
}
