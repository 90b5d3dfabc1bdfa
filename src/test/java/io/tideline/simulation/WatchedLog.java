package io.tideline.simulation;

import io.smallrye.mutiny.Uni;
import io.tideline.stream.AppendOutcome;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History;
import io.tideline.stream.Message;
import io.tideline.stream.Page;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The log as one node asks it: whether it asks for pages that are on their way is seen here. */
final class WatchedLog implements History {
  private final History log;
  private final Ledger ledger;
  private final Map<Range, Integer> pages = new HashMap<>();

  WatchedLog(History log, Ledger ledger) {
    this.log = log;
    this.ledger = ledger;
  }

  @Override
  public Uni<List<AppendOutcome>> append(List<Message> messages, boolean atomic) {
    ledger.touched();
    return log.append(messages, atomic);
  }

  @Override
  public Uni<ChannelState> purge(Channel channel, long through) {
    ledger.touched();
    return log.purge(channel, through);
  }

  @Override
  public Uni<Page> read(Channel channel, long from, long to) {
    Range range = new Range(channel, from, to);
    boolean isPage = to % PAGE_MESSAGES_MAX == 0;
    if (!isPage) {
      return log.read(channel, from, to);
    }
    asked(range);
    return log.read(channel, from, to).onItemOrFailure().invoke((page, failure) -> came(range));
  }

  @Override
  public Uni<List<Page>> readAll(List<Range> ranges) {
    ranges.forEach(this::asked);
    return log.readAll(ranges)
        .onItemOrFailure()
        .invoke((answer, failure) -> ranges.forEach(this::came));
  }

  /** Once for those who are behind; and a hole that is read may end where a page does. */
  private void asked(Range page) {
    if (pages.merge(page, 1, Integer::sum) > 2) {
      throw new Violation(page + " is asked for while it is on its way");
    }
  }

  private void came(Range page) {
    pages.computeIfPresent(page, (key, times) -> times == 1 ? null : times - 1);
  }

  @Override
  public Uni<List<ChannelState>> states(Collection<Channel> channels) {
    return log.states(channels);
  }

  @Override
  public Uni<Long> offsetSince(Channel channel, Instant time) {
    return log.offsetSince(channel, time);
  }

  @Override
  public Uni<List<ChannelState>> list(String prefix, String after, int limit) {
    return log.list(prefix, after, limit);
  }

  @Override
  public Uni<Changes> changesSince(ChangeCursor cursor) {
    return log.changesSince(cursor);
  }
}
