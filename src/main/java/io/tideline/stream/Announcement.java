package io.tideline.stream;

import java.util.List;
import java.util.Objects;

/**
 * What a node tells the others after a commit: where channels stand now, with the new publications
 * riding along where they fit.
 *
 * @param node the id of the node that speaks
 */
public record Announcement(String node, List<Entry> entries) {
  public Announcement {
    Objects.requireNonNull(node);
    entries = List.copyOf(entries);
  }

  /**
   * News of one channel.
   *
   * @param state committed, so everything up to its head can be read from the log; for an ephemeral
   *     channel its epoch is {@link Publication#EPHEMERAL_EPOCH} and its offsets mean nothing here
   * @param publications dense and ascending, ending at the head, or empty: then the receiver reads
   *     them from the log
   */
  public record Entry(ChannelState state, List<Publication> publications) {
    public Entry {
      publications = List.copyOf(publications);
    }

    public boolean isEphemeral() {
      return state.epoch() == Publication.EPHEMERAL_EPOCH;
    }
  }
}
