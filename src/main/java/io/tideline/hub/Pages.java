package io.tideline.hub;

import io.tideline.loop.Lane;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History;
import io.tideline.stream.HistoryException;
import io.tideline.stream.Page;
import io.tideline.stream.Publication;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Pages of the log, read once however many cursors want them, and kept by bytes. Pages are aligned
 * (1–256, 257–512 …) so that cursors that stand near each other want the same one; where that
 * doesn't bring the wanted offset, because the page has more bytes than one read returns or has
 * grown since, it is read from the wanted offset on.
 *
 * <p>Pages are shared by all lanes under one lock that is held for a few map operations. At most
 * {@value #READS_MAX} reads are under way; further ones wait, one entry a distinct page, and what
 * waits is read together, up to {@link History#RANGES_MAX} pages in one read. So the number of
 * reads follows from the distinct pages that are wanted and how they come to be wanted, and not
 * from how many cursors want them.
 */
final class Pages {
  static final int READS_MAX = 4;

  private final History history;
  private final long bytesMax;
  private final HubEvents events;

  private final Map<Key, Cached> cache = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<Key, List<Waiter>> wanted = new HashMap<>();
  private final Deque<Read> queue = new ArrayDeque<>();
  private long cachedBytes;
  private int reads;

  Pages(History history, long bytesMax, HubEvents events) {
    this.history = history;
    this.bytesMax = bytesMax;
    this.events = events;
  }

  /** What a reader gets: entries of consecutive offsets, or why there are none. */
  sealed interface Result {
    /**
     * Entries that contain the wanted offset, unless the log didn't have it.
     *
     * @param state as read with these entries: it says why the wanted one is not among them
     */
    record Found(List<EncodedPublication> entries, ChannelState state) implements Result {}

    record Failed(HistoryException why) implements Result {}
  }

  private record Key(Channel channel, long epoch, long from) {}

  private record Read(Key key, long to) {
    History.Range range() {
      return new History.Range(key.channel(), key.from(), to);
    }
  }

  private record Waiter(long offset, Lane lane, Consumer<Result> reader) {
    void accept(Result result) {
      lane.run(() -> reader.accept(result));
    }
  }

  private record Cached(Result.Found page, int bytes) {
    /** The offset is in it, or was no longer retained when it was read. */
    boolean covers(long offset) {
      return lastOffset() >= offset;
    }

    long lastOffset() {
      return page.entries().get(page.entries().size() - 1).offset();
    }
  }

  /** The reader is called on the lane, at once if the page is at hand. */
  void read(Channel channel, long epoch, long offset, Lane lane, Consumer<Result> reader) {
    Cached cached;
    Read start = null;
    synchronized (this) {
      cached = find(channel, epoch, offset);
      if (cached == null) {
        start = want(key(channel, epoch, offset), new Waiter(offset, lane, reader));
      }
    }
    if (cached != null) {
      events.pageFromCache();
      reader.accept(cached.page());
    } else if (start != null) {
      start(start);
    }
  }

  private Cached find(Channel channel, long epoch, long offset) {
    long from = alignedFrom(offset);
    Cached cached = cache.get(new Key(channel, epoch, from));
    while (cached != null && !cached.covers(offset)) {
      cached = cache.get(new Key(channel, epoch, cached.lastOffset() + 1));
    }
    return cached == null ? cache.get(new Key(channel, epoch, offset)) : cached;
  }

  private Key key(Channel channel, long epoch, long offset) {
    Key aligned = new Key(channel, epoch, alignedFrom(offset));
    return cache.containsKey(aligned) ? new Key(channel, epoch, offset) : aligned;
  }

  /** Joins the same read, or makes one; returns it if it may start now. */
  private Read want(Key key, Waiter waiter) {
    List<Waiter> waiters = wanted.get(key);
    if (waiters != null) {
      waiters.add(waiter);
      return null;
    }
    waiters = new ArrayList<>();
    waiters.add(waiter);
    wanted.put(key, waiters);
    Read read = new Read(key, alignedTo(key.from()));
    if (reads == READS_MAX) {
      queue.add(read);
      return null;
    }
    reads++;
    return read;
  }

  private void start(Read read) {
    history
        .read(read.key().channel(), read.key().from(), read.to())
        .map(page -> found(read, page))
        .subscribe()
        .with(
            page -> done(List.of(read), List.of(page)),
            failure -> done(List.of(read), List.of(failed(failure))));
  }

  private void start(List<Read> together) {
    if (together.size() == 1) {
      start(together.get(0));
      return;
    }
    history
        .readAll(together.stream().map(Read::range).toList())
        .map(pages -> found(together, pages))
        .subscribe()
        .with(
            pages -> done(together, pages),
            failure -> done(together, Collections.nCopies(together.size(), failed(failure))));
  }

  private List<Result.Found> found(List<Read> together, List<Page> pages) {
    List<Result.Found> found = new ArrayList<>(pages.size());
    for (int i = 0; i < pages.size(); i++) {
      found.add(found(together.get(i), pages.get(i)));
    }
    return found;
  }

  private Result.Found found(Read read, Page page) {
    List<EncodedPublication> entries = new ArrayList<>(page.publications().size());
    int bytes = 0;
    for (Publication publication : page.publications()) {
      EncodedPublication entry = new EncodedPublication(publication);
      entries.add(entry);
      bytes += entry.bytes();
    }
    events.pageRead(entries.size());
    Result.Found found = new Result.Found(entries, page.state());
    if (!entries.isEmpty() && page.state().epoch() == read.key().epoch()) {
      keep(read.key(), new Cached(found, bytes));
    }
    return found;
  }

  private static Result.Failed failed(Throwable failure) {
    return new Result.Failed(
        failure instanceof HistoryException known
            ? known
            : new HistoryException.Unavailable("reading a page failed", failure));
  }

  private synchronized void keep(Key key, Cached page) {
    Cached before = cache.put(key, page);
    cachedBytes += page.bytes() - (before == null ? 0 : before.bytes());
    Iterator<Cached> oldest = cache.values().iterator();
    while (cachedBytes > bytesMax && oldest.hasNext()) {
      cachedBytes -= oldest.next().bytes();
      oldest.remove();
    }
  }

  /**
   * @param results of the first reads; the others were not carried out
   */
  private void done(List<Read> together, List<? extends Result> results) {
    List<List<Waiter>> waiters = new ArrayList<>(results.size());
    List<Read> next;
    synchronized (this) {
      for (int i = 0; i < results.size(); i++) {
        waiters.add(wanted.remove(together.get(i).key()));
      }
      for (int i = together.size() - 1; i >= results.size(); i--) {
        queue.addFirst(together.get(i));
      }
      next = takeWaiting();
    }
    if (!next.isEmpty()) {
      start(next);
    }
    for (int i = 0; i < results.size(); i++) {
      complete(waiters.get(i), together.get(i), results.get(i));
    }
  }

  private List<Read> takeWaiting() {
    List<Read> next = new ArrayList<>(Math.min(queue.size(), History.RANGES_MAX));
    while (!queue.isEmpty() && next.size() < History.RANGES_MAX) {
      next.add(queue.remove());
    }
    if (next.isEmpty()) {
      reads--;
    }
    return next;
  }

  private void complete(List<Waiter> waiters, Read read, Result result) {
    for (Waiter waiter : waiters) {
      if (isMissed(read, waiter.offset(), result)) {
        readFrom(waiter, read.key());
      } else {
        waiter.accept(result);
      }
    }
  }

  /** The log may well have it, but this read began too far before it, or too early. */
  private static boolean isMissed(Read read, long offset, Result result) {
    return result instanceof Result.Found found
        && read.key().from() < offset
        && read.key().epoch() == found.state().epoch()
        && found.state().first() <= offset
        && (found.entries().isEmpty()
            || found.entries().get(found.entries().size() - 1).offset() < offset);
  }

  private void readFrom(Waiter waiter, Key before) {
    Read start;
    synchronized (this) {
      start = want(new Key(before.channel(), before.epoch(), waiter.offset()), waiter);
    }
    if (start != null) {
      start(start);
    }
  }

  private static long alignedFrom(long offset) {
    return (offset - 1) / History.PAGE_MESSAGES_MAX * History.PAGE_MESSAGES_MAX + 1;
  }

  private static long alignedTo(long offset) {
    return alignedFrom(offset) + History.PAGE_MESSAGES_MAX - 1;
  }
}
