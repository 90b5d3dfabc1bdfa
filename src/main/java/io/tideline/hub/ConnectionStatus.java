package io.tideline.hub;

import io.tideline.stream.Channel;
import java.time.Instant;
import java.util.Comparator;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A connection as operators see it, at one moment.
 *
 * @param number its number on this node
 * @param subject null for an anonymous one
 * @param address null if it isn't known
 * @param lag of the subscription that is behind most; null if none is behind
 */
public record ConnectionStatus(
    long number,
    Transport transport,
    @Nullable String subject,
    @Nullable String address,
    Instant since,
    int subscriptions,
    @Nullable Lag lag) {

  /** Those furthest behind first; which is next is sure, as no two have the same number. */
  static final Comparator<Place> ORDER =
      Comparator.comparingLong(Place::messages).reversed().thenComparingLong(Place::number);

  /**
   * A subscription that is behind.
   *
   * @param messages publications that are known here and wait for it
   * @param since null if it is about to be moved
   */
  public record Lag(Channel channel, long messages, @Nullable Instant since, Why why) {}

  /** The reason why a subscription isn't at the head. */
  public enum Why {
    /** It is this lane's turn that it waits for. */
    SENDING,
    /** The client takes less than comes. */
    SOCKET_FULL,
    /** A page of the history is on its way. */
    READING_HISTORY;

    private final String code = name().toLowerCase(Locale.ROOT).replace('_', '-');

    public String code() {
      return code;
    }
  }

  /** A place in the list, at which a page ends and the next one begins. */
  public record Place(long messages, long number) {
    /** Before the first. */
    public static final Place BEGIN = new Place(Long.MAX_VALUE, 0);
  }

  /** Where it stands in the list. */
  public Place place() {
    return new Place(lag == null ? 0 : lag.messages(), number);
  }
}
