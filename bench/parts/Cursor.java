package parts;

import java.util.TreeSet;
import parts.Findings.Kind;

/**
 * Where one connection's reader stands in one channel, and the check that each message is the next
 * one.
 */
final class Cursor {
  private static final int SKIPPED_MAX = 10_000;

  final ChannelLog log;
  private final String reader;
  private final Findings findings;
  private final TreeSet<Long> skipped = new TreeSet<>();

  /** The next offset; 0 for a reader that joined from now and has seen nothing yet. */
  private volatile long next;

  Cursor(ChannelLog log, long next, String reader, Findings findings) {
    this.log = log;
    this.next = next;
    this.reader = reader;
    this.findings = findings;
  }

  long next() {
    return next;
  }

  boolean behind(long head) {
    return next != 0 && next <= head;
  }

  void message(long offset) {
    if (next == 0 || offset == next) {
      next = offset + 1;
    } else if (offset > next) {
      findings.add(
          Kind.LOST,
          offset - next,
          "%s: %s was given %d where %d was due".formatted(log.name, reader, offset, next));
      for (long o = next; o < offset && skipped.size() < SKIPPED_MAX; o++) {
        skipped.add(o);
      }
      next = offset + 1;
    } else if (skipped.remove(offset)) {
      findings.add(
          Kind.OUT_OF_ORDER, "%s: %s was given %d late".formatted(log.name, reader, offset));
    } else {
      findings.add(
          Kind.TWICE,
          "%s: %s was given %d again, %d was due".formatted(log.name, reader, offset, next));
    }
  }

  void gap(long from, long to, String reason) {
    if (next != 0 && from != next || to < from) {
      findings.add(
          Kind.GAP,
          "%s: %s stands before %d and was told of a gap from %d to %d (%s)"
              .formatted(log.name, reader, next, from, to, reason));
    } else if (!log.brief) {
      findings.add(
          Kind.GAP,
          "%s: %s was told of a gap from %d to %d (%s), but nothing was taken away"
              .formatted(log.name, reader, from, to, reason));
    }
    next = to + 1;
  }

  void newEpoch() {
    findings.add(
        Kind.GAP,
        "%s: %s was told of a new epoch, but the database is the same".formatted(log.name, reader));
    next = 0;
  }
}
