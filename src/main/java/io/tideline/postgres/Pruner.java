package io.tideline.postgres;

import io.smallrye.mutiny.Uni;
import io.tideline.stream.Namespace;
import io.tideline.stream.Namespaces;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Shortens channels to their retention, deletes what is hidden, and lets keys and journal expire:
 * in small steps with pauses, so that publishing isn't disturbed, pass after pass. One node of all
 * does it at a time.
 *
 * <pre>
 * from     step                                                   to
 * CHANNELS looks at the next chunk of channels                    SHORTEN, or KEYS behind the last
 * SHORTEN  hides what retention has passed, a few channels        SHORTEN, or DELETE
 * DELETE   deletes hidden rows of the chunk                       DELETE, or CHANNELS
 * KEYS     deletes expired keys                                   KEYS, or REVOCATIONS
 * REVOCATIONS  deletes those that can't matter any more           REVOCATIONS, or JOURNAL
 * JOURNAL  deletes old rows of the journal                        JOURNAL, or CHANNELS: the pass ends
 * </pre>
 */
public final class Pruner {
  private static final Logger LOG = Logger.getLogger(Pruner.class);
  private static final String DUTY =
      "select tideline.take_duty('prune', :node, make_interval(secs => cast(:lease as bigint)))";
  private static final String OVERDUE =
      """
      select last_id, id, first
      from tideline.overdue(:after, :channels, cast(:namespaces as text[]),
        cast(:ages as bigint[]), cast(:counts as bigint[]))
      """;
  private static final String RETAIN =
      "select 1 from tideline.retain(cast(:ids as bigint[]), cast(:firsts as bigint[]))";
  private static final String DELETE_HIDDEN =
      "select tideline.delete_hidden(cast(:ids as bigint[]), :rows)";
  private static final String DELETE_KEYS =
      "select tideline.delete_expired_keys(make_interval(secs => cast(:window as bigint)), :rows)";
  private static final String DELETE_REVOCATIONS =
      "select tideline.delete_expired_revocations(:rows)";
  private static final String TRIM_JOURNAL =
      "select tideline.trim_journal(make_interval(secs => cast(:kept as bigint)), :rows)";

  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final Duration PAUSE_MIN = Duration.ofMillis(2);

  /** Looking costs at most a tenth of the time, deleting at most half: it must keep up. */
  private static final int PAUSES_A_LOOK = 9;

  private enum Phase {
    CHANNELS,
    SHORTEN,
    DELETE,
    KEYS,
    REVOCATIONS,
    JOURNAL
  }

  private record Shorter(long id, long first) {}

  private final Database database;
  private final Namespaces namespaces;
  private final String node;
  private final Duration keyWindow;
  private final UpkeepSettings settings;
  private final LogEvents events;
  private final Deque<Shorter> toShorten = new ArrayDeque<>();
  private final List<Long> hidden = new ArrayList<>();
  private Phase phase = Phase.CHANNELS;
  private long after;
  private volatile boolean isStopped;

  Pruner(
      Database database,
      Namespaces namespaces,
      String node,
      Duration keyWindow,
      UpkeepSettings settings,
      LogEvents events) {
    this.database = database;
    this.namespaces = namespaces;
    this.node = node;
    this.keyWindow = keyWindow;
    this.settings = settings;
    this.events = events;
  }

  public void start() {
    database.after(settings.interval(), this::run);
  }

  public void stop() {
    isStopped = true;
  }

  private void run() {
    if (isStopped) {
      return;
    }
    Phase now = phase;
    long started = System.nanoTime();
    takeDuty()
        .chain(isOurs -> isOurs ? step() : Uni.createFrom().item(true))
        .subscribe()
        .with(
            isEnd -> {
              Duration taken = Duration.ofNanos(System.nanoTime() - started);
              database.after(isEnd ? settings.interval() : pause(now, taken), this::run);
            },
            failure -> {
              LOG.debugf(failure, "Pruning waits");
              startOver();
              database.after(settings.interval(), this::run);
            });
  }

  private static Duration pause(Phase phase, Duration taken) {
    Duration pause = phase == Phase.CHANNELS ? taken.multipliedBy(PAUSES_A_LOOK) : taken;
    return pause.compareTo(PAUSE_MIN) < 0 ? PAUSE_MIN : pause;
  }

  private void startOver() {
    phase = Phase.CHANNELS;
    after = 0;
    toShorten.clear();
    hidden.clear();
  }

  private Uni<Boolean> takeDuty() {
    return database.session(
        session ->
            session
                .createNativeQuery(DUTY, Boolean.class)
                .setParameter("node", node)
                .setParameter("lease", LEASE.toSeconds())
                .getSingleResult());
  }

  /** Does the next small piece of work; true if that was a pass's last. Never two at a time. */
  Uni<Boolean> step() {
    return switch (phase) {
      case CHANNELS -> look();
      case SHORTEN -> shorten();
      case DELETE -> deleteHidden();
      case KEYS -> deleteKeys();
      case REVOCATIONS -> deleteRevocations();
      case JOURNAL -> trimJournal();
    };
  }

  private Uni<Boolean> look() {
    List<Namespace> all = List.copyOf(namespaces.all().values());
    return database
        .session(
            session ->
                session
                    .createNativeQuery(OVERDUE, Object[].class)
                    .setParameter("after", after)
                    .setParameter("channels", settings.channelsAStep())
                    .setParameter(
                        "namespaces", all.stream().map(Namespace::name).toArray(String[]::new))
                    .setParameter(
                        "ages",
                        all.stream().map(n -> n.retention().age().toSeconds()).toArray(Long[]::new))
                    .setParameter(
                        "counts", all.stream().map(n -> n.retention().count()).toArray(Long[]::new))
                    .getResultList())
        .map(
            rows -> {
              looked(rows);
              return false;
            });
  }

  private void looked(List<Object[]> rows) {
    Long last = (Long) rows.get(0)[0];
    if (last == null) {
      after = 0;
      phase = Phase.KEYS;
      return;
    }
    after = last;
    for (Object[] row : rows) {
      if (row[1] != null) {
        toShorten.add(new Shorter((Long) row[1], (Long) row[2]));
        hidden.add((Long) row[1]);
      }
    }
    phase = hidden.isEmpty() ? Phase.CHANNELS : Phase.SHORTEN;
  }

  private Uni<Boolean> shorten() {
    List<Shorter> group = new ArrayList<>();
    while (group.size() < settings.channelsALock() && !toShorten.isEmpty()) {
      group.add(toShorten.remove());
    }
    phase = toShorten.isEmpty() ? Phase.DELETE : Phase.SHORTEN;
    return database
        .session(
            session ->
                session
                    .createNativeQuery(RETAIN, Integer.class)
                    .setParameter("ids", group.stream().map(Shorter::id).toArray(Long[]::new))
                    .setParameter("firsts", group.stream().map(Shorter::first).toArray(Long[]::new))
                    .getSingleResult())
        .replaceWith(false);
  }

  private Uni<Boolean> deleteHidden() {
    return database
        .session(
            session ->
                session
                    .createNativeQuery(DELETE_HIDDEN, Long.class)
                    .setParameter("ids", hidden.toArray(Long[]::new))
                    .setParameter("rows", settings.rowsAStep())
                    .getSingleResult())
        .map(
            deleted -> {
              events.pruned(deleted);
              if (deleted < settings.rowsAStep()) {
                hidden.clear();
                phase = Phase.CHANNELS;
              }
              return false;
            });
  }

  private Uni<Boolean> deleteKeys() {
    return database
        .session(
            session ->
                session
                    .createNativeQuery(DELETE_KEYS, Long.class)
                    .setParameter("window", keyWindow.toSeconds())
                    .setParameter("rows", settings.rowsAStep())
                    .getSingleResult())
        .map(
            deleted -> {
              phase = deleted < settings.rowsAStep() ? Phase.REVOCATIONS : Phase.KEYS;
              return false;
            });
  }

  private Uni<Boolean> deleteRevocations() {
    return database
        .session(
            session ->
                session
                    .createNativeQuery(DELETE_REVOCATIONS, Long.class)
                    .setParameter("rows", settings.rowsAStep())
                    .getSingleResult())
        .map(
            deleted -> {
              phase = deleted < settings.rowsAStep() ? Phase.JOURNAL : Phase.REVOCATIONS;
              return false;
            });
  }

  private Uni<Boolean> trimJournal() {
    return database
        .session(
            session ->
                session
                    .createNativeQuery(TRIM_JOURNAL, Long.class)
                    .setParameter("kept", settings.journalKept().toSeconds())
                    .setParameter("rows", settings.rowsAStep())
                    .getSingleResult())
        .map(
            deleted -> {
              boolean isEnd = deleted < settings.rowsAStep();
              phase = isEnd ? Phase.CHANNELS : Phase.JOURNAL;
              return isEnd;
            });
  }
}
