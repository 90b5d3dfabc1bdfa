package io.tideline.hub;

import io.smallrye.mutiny.Uni;
import io.tideline.access.AdminGrant;
import io.tideline.loop.Lane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;

/**
 * The connections of this node, for whoever may see all of them. Each lane is asked by a task, and
 * none is kept from its sockets. Any thread.
 */
public final class Connections {
  /** In one page. */
  public static final int LIMIT_MAX = 256;

  /** Lists that are made at a time; each looks at every connection. */
  private static final int LISTS_MAX = 4;

  private static final Duration ANSWER_MAX = Duration.ofSeconds(5);

  private final Hub hub;
  private final AtomicInteger lists = new AtomicInteger();

  private final String node;

  public Connections(Hub hub, String node) {
    this.hub = hub;
    this.node = node;
  }

  /** This node's id. */
  public String node() {
    return node;
  }

  /** Ends the making of a list: so many are being made already, or a lane doesn't answer. */
  public static final class BusyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BusyException() {
      super("too many lists are being made", null, false, false);
    }
  }

  /**
   * Lists those that come after a place, furthest behind first; fails with a {@link BusyException}.
   *
   * @param limit {@value #LIMIT_MAX} at most
   */
  public Uni<List<ConnectionStatus>> list(
      AdminGrant grant, ConnectionStatus.Place after, int limit) {
    Objects.requireNonNull(grant);
    if (limit < 1 || limit > LIMIT_MAX) {
      throw new IllegalArgumentException(limit + " connections; a page has " + LIMIT_MAX);
    }
    return Uni.createFrom()
        .<List<ConnectionStatus>>emitter(
            emitter -> {
              if (lists.incrementAndGet() > LISTS_MAX) {
                lists.decrementAndGet();
                emitter.fail(new BusyException());
              } else {
                scan(after, limit, emitter::complete);
              }
            })
        .ifNoItem()
        .after(ANSWER_MAX)
        .failWith(BusyException::new);
  }

  private void scan(
      ConnectionStatus.Place after, int limit, Consumer<List<ConnectionStatus>> done) {
    List<Lane> lanes = hub.lanes();
    AtomicReferenceArray<List<ConnectionStatus>> parts = new AtomicReferenceArray<>(lanes.size());
    AtomicInteger missing = new AtomicInteger(lanes.size());
    for (Lane lane : lanes) {
      lane.execute(
          () ->
              new ConnectionScan(
                      lane,
                      hub.subscribers(lane),
                      after,
                      limit,
                      part -> {
                        parts.set(lane.index(), part);
                        if (missing.decrementAndGet() == 0) {
                          lists.decrementAndGet();
                          done.accept(merge(parts, limit));
                        }
                      })
                  .step());
    }
  }

  private static List<ConnectionStatus> merge(
      AtomicReferenceArray<List<ConnectionStatus>> parts, int limit) {
    List<ConnectionStatus> all = new ArrayList<>();
    for (int i = 0; i < parts.length(); i++) {
      all.addAll(parts.get(i));
    }
    all.sort(Comparator.comparing(ConnectionStatus::place, ConnectionStatus.ORDER));
    return List.copyOf(all.subList(0, Math.min(limit, all.size())));
  }
}
