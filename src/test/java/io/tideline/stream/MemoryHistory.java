package io.tideline.stream;

import io.smallrye.mutiny.Uni;
import io.tideline.stream.AppendOutcome.HeadMoved;
import io.tideline.stream.AppendOutcome.KeyConflict;
import io.tideline.stream.AppendOutcome.Stored;
import io.tideline.stream.AppendOutcome.Withdrawn;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * A log in memory that keeps the contract, for tests of what stands on it. Several nodes may share
 * one: {@link #node} gives each its view. It can be told to fail, to store and lose the answer, and
 * to answer late.
 */
public final class MemoryHistory implements History {
  private final Store store;
  private final String node;

  public MemoryHistory(Clock clock, Duration keyWindow) {
    this(new Store(clock, keyWindow), "node");
  }

  private MemoryHistory(Store store, String node) {
    this.store = store;
    this.node = node;
  }

  /** The same log as another node sees it, with faults of its own. */
  public MemoryHistory node(String name) {
    return new MemoryHistory(store, name);
  }

  /** What goes wrong with an operation. */
  public enum Fault {
    NONE,
    /** It has no effect. */
    UNAVAILABLE,
    /** It takes effect, and the answer gets lost. (Where it isn't an append: as UNAVAILABLE.) */
    ANSWER_LOST,
    /**
     * It takes effect, the answer gets lost and is found out: meanwhile its author is told of it as
     * the others are. (Where it isn't an append: as NONE.)
     */
    ANSWER_FOUND
  }

  /** Decides about each operation as it begins; by default nothing goes wrong. */
  public interface Faults {
    Fault next();
  }

  /** Runs an operation's answer, now or later; by default now. */
  public interface Delivery {
    void deliver(Runnable answer);
  }

  private volatile Faults faults = () -> Fault.NONE;
  private volatile Delivery delivery = Runnable::run;

  public void faults(Faults next) {
    faults = next;
  }

  public void delivery(Delivery next) {
    delivery = next;
  }

  /**
   * Everything starts anew under another epoch, as after a failover; the messages stay. No cursor
   * covers that.
   */
  public void newEpoch() {
    newEpoch(0);
  }

  /** Likewise, and the newest {@code lost} messages of each channel had not reached the standby. */
  public void newEpoch(int lost) {
    synchronized (store) {
      store.epoch++;
      store.logs.values().forEach(log -> log.loseNewest(lost));
      store.changes.clear();
      store.forgottenChanges = ++store.nextChange;
    }
  }

  /** The journal forgets what it has. */
  public void forgetChanges() {
    synchronized (store) {
      store.changes.clear();
      store.forgottenChanges = store.nextChange;
    }
  }

  /** Hides everything before {@code first}, as retention does. */
  public void retainFrom(Channel channel, long first) {
    synchronized (store) {
      Log log = store.log(channel);
      log.first = Math.max(log.first, Math.min(first, log.head() + 1));
      store.changed("", channel);
    }
  }

  public long epoch() {
    synchronized (store) {
      return store.epoch;
    }
  }

  @Override
  public Uni<List<AppendOutcome>> append(List<Message> messages, boolean atomic) {
    if (messages.size() > BATCH_MESSAGES_MAX) {
      throw new IllegalArgumentException(messages.size() + " messages");
    }
    List<Message> batch = List.copyOf(messages);
    return answer(() -> store.append(node, batch, atomic), true);
  }

  @Override
  public Uni<Page> read(Channel channel, long from, long to) {
    return answer(() -> store.read(channel, from, to), false);
  }

  @Override
  public Uni<List<Page>> readAll(List<Range> ranges) {
    if (ranges.size() > RANGES_MAX) {
      throw new IllegalArgumentException(ranges.size() + " ranges");
    }
    List<Range> asked = List.copyOf(ranges);
    return answer(() -> store.readAll(asked), false);
  }

  @Override
  public Uni<List<ChannelState>> states(Collection<Channel> channels) {
    if (channels.size() > STATES_MAX) {
      throw new IllegalArgumentException(channels.size() + " channels");
    }
    List<Channel> asked = List.copyOf(channels);
    return answer(() -> asked.stream().map(store::state).toList(), false);
  }

  @Override
  public Uni<Long> offsetSince(Channel channel, Instant time) {
    return answer(() -> store.offsetSince(channel, time), false);
  }

  @Override
  public Uni<ChannelState> purge(Channel channel, long through) {
    return answer(() -> store.purge(channel, through), false);
  }

  @Override
  public Uni<List<ChannelState>> list(String prefix, String after, int limit) {
    return answer(() -> store.list(prefix, after, limit), false);
  }

  @Override
  public Uni<Changes> changesSince(ChangeCursor cursor) {
    return answer(() -> store.changesSince(node, cursor), false);
  }

  private <T> Uni<T> answer(Supplier<T> operation, boolean isAppend) {
    return Uni.createFrom()
        .emitter(
            caller -> {
              Fault fault = faults.next();
              if (fault == Fault.UNAVAILABLE || (fault == Fault.ANSWER_LOST && !isAppend)) {
                delivery.deliver(
                    () -> caller.fail(new HistoryException.Unavailable("told to fail", null)));
                return;
              }
              T result;
              synchronized (store) {
                result = operation.get();
                if (isAppend && fault != Fault.NONE) {
                  store.reportToEverybody();
                }
              }
              delivery.deliver(
                  () -> {
                    if (fault == Fault.ANSWER_LOST) {
                      caller.fail(new HistoryException.OutcomeUnknown("told to lose it", null));
                    } else {
                      caller.complete(result);
                    }
                  });
            });
  }

  private static final class Entry {
    final Message message;
    final Instant time;

    /** As it was last read; most are read again and again. */
    private Publication publication;

    Entry(Message message, Instant time) {
      this.message = message;
      this.time = time;
    }

    Publication publication(long epoch, long offset) {
      if (publication == null || publication.epoch() != epoch) {
        publication = Publication.of(message.withOrigin(null), epoch, offset, time);
      }
      return publication;
    }
  }

  private record Use(Message message, long offset, Instant time, Instant usedAt) {
    boolean isRepeatedBy(Message other) {
      return message.payload().equals(other.payload())
          && Objects.equals(message.type(), other.type())
          && message.headers().equals(other.headers());
    }
  }

  private record Change(String node, Channel channel) {}

  private static final class Log {
    final List<Entry> entries = new ArrayList<>();
    final Map<String, Use> keys = new HashMap<>();
    long first = 1;
    long purged;

    long head() {
      return entries.size();
    }

    void loseNewest(int count) {
      long head = Math.max(0, head() - count);
      entries.subList((int) head, entries.size()).clear();
      keys.values().removeIf(use -> use.offset() > head);
      first = Math.min(first, head + 1);
      purged = Math.min(purged, first - 1);
    }

    Log copy() {
      Log copy = new Log();
      copy.entries.addAll(entries);
      copy.keys.putAll(keys);
      copy.first = first;
      copy.purged = purged;
      return copy;
    }
  }

  /** The log itself; guarded by its monitor. */
  private static final class Store {
    final Clock clock;
    final Duration keyWindow;
    final NavigableMap<String, Log> logs = new TreeMap<>();
    final NavigableMap<Long, Change> changes = new TreeMap<>();
    long epoch = 1;
    long nextChange = 1;
    long newestBatch = 1;
    long forgottenChanges;

    Store(Clock clock, Duration keyWindow) {
      this.clock = clock;
      this.keyWindow = keyWindow;
    }

    Log log(Channel channel) {
      return logs.computeIfAbsent(channel.name(), name -> new Log());
    }

    void changed(String byNode, Channel channel) {
      changes.put(nextChange++, new Change(byNode, channel));
    }

    /** The newest batch's author doesn't know of it either. */
    void reportToEverybody() {
      changes.tailMap(newestBatch).replaceAll((number, change) -> new Change("", change.channel()));
    }

    List<AppendOutcome> append(String byNode, List<Message> messages, boolean isAtomic) {
      newestBatch = nextChange;
      Map<String, Log> before = new HashMap<>();
      Map<Channel, Long> heads = new LinkedHashMap<>();
      for (Message message : messages) {
        heads.computeIfAbsent(message.channel(), channel -> log(channel).head());
        if (isAtomic) {
          before.computeIfAbsent(message.channel().name(), name -> log(message.channel()).copy());
        }
      }
      List<AppendOutcome> outcomes = new ArrayList<>();
      messages.forEach(message -> outcomes.add(append(message)));
      if (isAtomic && outcomes.stream().anyMatch(Store::isRefused)) {
        logs.putAll(before);
        outcomes.replaceAll(outcome -> isRefused(outcome) ? outcome : new Withdrawn());
        for (int i = 0; i < outcomes.size(); i++) {
          if (outcomes.get(i) instanceof HeadMoved) {
            outcomes.set(i, new HeadMoved(state(messages.get(i).channel()).headPosition()));
          }
        }
        return outcomes;
      }
      heads.forEach(
          (channel, head) -> {
            if (log(channel).head() > head) {
              changed(byNode, channel);
            }
          });
      return outcomes;
    }

    private static boolean isRefused(AppendOutcome outcome) {
      return outcome instanceof KeyConflict || outcome instanceof HeadMoved;
    }

    private AppendOutcome append(Message message) {
      Log log = log(message.channel());
      Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
      Use used = message.key() == null ? null : log.keys.get(message.key());
      if (used != null && used.usedAt().isAfter(now.minus(keyWindow))) {
        return used.isRepeatedBy(message)
            ? new Stored(epoch, used.offset(), used.time(), true)
            : new KeyConflict();
      }
      Position head = new Position(epoch, log.head());
      if (message.ifMatch() != null && !message.ifMatch().equals(head)) {
        return new HeadMoved(head);
      }
      Instant last = log.entries.isEmpty() ? now : log.entries.get((int) log.head() - 1).time;
      Instant time = last.isAfter(now) ? last : now;
      log.entries.add(new Entry(message, time));
      if (message.key() != null) {
        log.keys.put(message.key(), new Use(message, log.head(), time, now));
      }
      return new Stored(epoch, log.head(), time, false);
    }

    ChannelState state(Channel channel) {
      Log log = logs.get(channel.name());
      return log == null
          ? ChannelState.unused(channel, epoch)
          : new ChannelState(channel, epoch, log.head(), log.first, log.purged);
    }

    List<Page> readAll(List<Range> ranges) {
      List<Page> pages = new ArrayList<>();
      int messages = 0;
      long bytes = 0;
      for (Range range : ranges) {
        Page page = read(range.channel(), range.from(), range.to(), bytes);
        messages += page.publications().size();
        boolean isCutToNothing =
            page.isEmpty() && !read(range.channel(), range.from(), range.to()).isEmpty();
        if (!pages.isEmpty() && (messages > RANGES_MESSAGES_MAX || isCutToNothing)) {
          return pages;
        }
        bytes += page.publications().stream().mapToLong(p -> p.payload().length()).sum();
        pages.add(page);
      }
      return pages;
    }

    Page read(Channel channel, long from, long to) {
      return read(channel, from, to, 0);
    }

    /**
     * @param readBefore bytes that count against the limit
     */
    private Page read(Channel channel, long from, long to, long readBefore) {
      ChannelState state = state(channel);
      List<Publication> publications = new ArrayList<>();
      long bytes = readBefore;
      List<Entry> entries = log(channel).entries;
      for (long offset = Math.max(from, state.first());
          offset <= Math.min(to, state.head()) && publications.size() < PAGE_MESSAGES_MAX;
          offset++) {
        Entry entry = entries.get((int) offset - 1);
        bytes += entry.message.payload().length();
        if (bytes > PAGE_BYTES_MAX && (readBefore > 0 || !publications.isEmpty())) {
          break;
        }
        publications.add(entry.publication(epoch, offset));
      }
      return new Page(state, publications);
    }

    long offsetSince(Channel channel, Instant time) {
      ChannelState state = state(channel);
      long offset = state.first();
      while (offset <= state.head()
          && log(channel).entries.get((int) offset - 1).time.isBefore(time)) {
        offset++;
      }
      return offset;
    }

    ChannelState purge(Channel channel, long through) {
      if (!logs.containsKey(channel.name())) {
        return state(channel);
      }
      Log log = log(channel);
      long last = Math.min(through, log.head());
      if (log.first <= last) {
        log.first = last + 1;
        log.purged = last;
        changed("", channel);
      }
      return state(channel);
    }

    List<ChannelState> list(String prefix, String after, int limit) {
      return logs.entrySet().stream()
          .filter(log -> log.getKey().startsWith(prefix) && log.getKey().compareTo(after) > 0)
          .filter(log -> log.getValue().head() > 0)
          .limit(limit)
          .map(log -> state(new Channel(log.getKey())))
          .toList();
    }

    Changes changesSince(String asking, ChangeCursor cursor) {
      ChangeCursor next = new ChangeCursor(Long.toString(nextChange));
      if (cursor.equals(ChangeCursor.NONE)) {
        return new Changes(next, List.of(), true);
      }
      long from = Long.parseLong(cursor.value());
      if (from < forgottenChanges) {
        return new Changes(next, List.of(), false);
      }
      List<ChannelState> states =
          changes.tailMap(from).values().stream()
              .filter(change -> !change.node().equals(asking))
              .map(Change::channel)
              .distinct()
              .map(this::state)
              .toList();
      return new Changes(next, states, true);
    }
  }
}
