package io.tideline.stream;

import java.util.List;

/**
 * Consecutive publications of one channel as they were read from the log.
 *
 * @param state the channel as it was when this was read: what lies before {@code state.first()} is
 *     not in here
 * @param publications dense and ascending (descending where that was asked for); empty if nothing
 *     in the range is retained
 */
public record Page(ChannelState state, List<Publication> publications) {
  public Page {
    publications = List.copyOf(publications);
  }

  public boolean isEmpty() {
    return publications.isEmpty();
  }

  public long firstOffset() {
    return publications.get(0).offset();
  }

  public long lastOffset() {
    return publications.get(publications.size() - 1).offset();
  }
}
