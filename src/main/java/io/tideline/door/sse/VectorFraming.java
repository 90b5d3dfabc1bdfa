package io.tideline.door.sse;

import io.tideline.hub.Format;
import io.tideline.hub.FrameBatch;
import io.tideline.net.out.ResponseWriter;
import io.tideline.protocol.ServerEvents;
import io.tideline.stream.Channel;
import io.tideline.stream.Position;
import io.tideline.stream.Publication;
import io.tideline.stream.VectorPosition;
import java.util.HashMap;
import java.util.Map;

/**
 * Several channels: an event's data is the same for all readers, its id is the place of this one in
 * all channels.
 *
 * <p>One epoch stands for all channels. While the log is being begun anew some channels are in the
 * old epoch and some in the new one, which no id can say: until all have moved there is no new id,
 * and a reader that comes back meanwhile is told of the new epoch once more. A channel that the
 * stream goes without for now moves when its reader comes back for it.
 */
final class VectorFraming implements Framing {
  /** Kind, epoch and count in base64, and what makes it a block of an event stream. */
  private static final int ID_BYTES = 12 + 6;

  /** Hash and offset in base64, at their longest. */
  private static final int ID_BYTES_CHANNEL = 20;

  private final Map<Long, Long> offsets = new HashMap<>();
  private final Map<Long, Long> epochs = new HashMap<>();

  @Override
  public Format format() {
    return EventFormat.SHARED;
  }

  @Override
  public int overheadBytes() {
    return ID_BYTES + ID_BYTES_CHANNEL * offsets.size();
  }

  @Override
  public void stand(Channel channel, Position position) {
    if (position != null) {
      offsets.put(channel.hash48(), position.offset());
      epochs.put(channel.hash48(), position.epoch());
    }
  }

  @Override
  public void leave(Channel channel) {
    offsets.remove(channel.hash48());
    epochs.remove(channel.hash48());
  }

  @Override
  public String id() {
    return epochs.values().stream().distinct().count() == 1
        ? new VectorPosition(epochs.values().iterator().next(), offsets).encode()
        : null;
  }

  @Override
  public void write(ResponseWriter out, FrameBatch run) {
    byte[][] frames = run.frames();
    byte[][] parts = new byte[2 * frames.length][];
    for (int i = 0; i < frames.length; i++) {
      Publication publication = run.publications().get(i);
      stand(publication.channel(), publication.isEphemeral() ? null : publication.position());
      parts[2 * i] = frames[i];
      parts[2 * i + 1] = ServerEvents.sharedEnd(id());
    }
    out.write(parts);
  }
}
