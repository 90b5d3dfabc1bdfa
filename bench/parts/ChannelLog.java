package parts;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import parts.Findings.Kind;

/**
 * One channel's truth, put together from acknowledgements, deliveries and the final audit, which
 * must all agree. Every payload is published once, so a payload names its message. Thread-safe: one
 * lock a channel.
 */
public final class ChannelLog {
  /**
   * A reader that joined "from now": asked and answered at these times, {@code first} was its first
   * offset.
   */
  private record Join(String reader, long askedNanos, long answeredNanos, long first) {}

  public final String name;

  /**
   * Whether its retention is so short (or it is purged), that readers who stay away are told of
   * gaps.
   */
  public final boolean brief;

  private final Findings findings;
  private final Map<Long, Message> byPayload = new HashMap<>();
  private final Map<Long, Message> byOffset = new HashMap<>();
  private final List<Join> joins = new ArrayList<>();
  private volatile long head;

  public ChannelLog(String name, boolean brief, Findings findings) {
    this.name = name;
    this.brief = brief;
    this.findings = findings;
  }

  /** The largest offset that was acknowledged. */
  public long head() {
    return head;
  }

  synchronized Message tried(String label, byte[] payload) {
    Message message = new Message(label, head);
    byPayload.put(fingerprint(payload), message);
    return message;
  }

  synchronized void acknowledged(Message message, long offset) {
    if (offset <= message.floor) {
      findings.add(
          Kind.OUT_OF_ORDER,
          "%s: %s was acknowledged at %d, but %d was acknowledged before it was tried"
              .formatted(name, message.label, offset, message.floor));
    }
    place("an acknowledgement", message, offset);
    message.acknowledgedNanos = System.nanoTime();
    head = Math.max(head, offset);
  }

  /** The server said that it is not stored, and the publisher doesn't repeat it. */
  synchronized void refused(Message message) {
    message.refused = true;
    if (message.offset != 0) {
      findings.add(
          Kind.NOT_KEPT,
          "%s: %s was refused but is at %d".formatted(name, message.label, message.offset));
    }
  }

  /** A reader saw this payload at this offset. */
  synchronized void seen(String reader, long offset, byte[] payload) {
    Message message = find(reader, payload);
    if (message != null) {
      place(reader, message, offset);
    }
  }

  /**
   * A reader of a stream without offsets saw this payload where it expects {@code expected}. Gives
   * the offset if it is known, else believes the reader until it is.
   */
  synchronized long seenWithoutOffset(String reader, long expected, byte[] payload) {
    Message message = find(reader, payload);
    if (message == null) {
      return expected;
    }
    if (message.offset != 0) {
      return message.offset;
    }
    message.claims.add(new Message.Claim(reader, expected));
    return expected;
  }

  synchronized void joined(String reader, long askedNanos, long answeredNanos, long first) {
    joins.add(new Join(reader, askedNanos, answeredNanos, first));
  }

  /**
   * What the whole history, once read, must satisfy; {@code firstRetained} is the first offset in
   * it.
   */
  synchronized void audit(long firstRetained) {
    for (Message message : byPayload.values()) {
      if (message.acknowledged()
          && message.offset >= firstRetained
          && byOffset.get(message.offset) != message) {
        findings.add(
            Kind.NOT_KEPT,
            "%s: %s, acknowledged at %d, is gone".formatted(name, message.label, message.offset));
      }
    }
    joins.forEach(this::auditJoin);
  }

  /**
   * Forgets what stands where, but not what each message said of itself: the audit fills it in
   * anew.
   */
  synchronized void forgetOffsets() {
    byOffset.clear();
  }

  public synchronized long acknowledgedCount() {
    return byPayload.values().stream().filter(Message::acknowledged).count();
  }

  public synchronized long unknown() {
    return byPayload.values().stream().filter(m -> !m.acknowledged() && !m.refused).count();
  }

  public synchronized long unknownButStored() {
    return byPayload.values().stream()
        .filter(m -> !m.acknowledged() && !m.refused && m.offset != 0)
        .count();
  }

  private void auditJoin(Join join) {
    for (Message message : byPayload.values()) {
      if (message.offset == 0) {
        continue;
      }
      if (message.triedNanos > join.answeredNanos && message.offset < join.first) {
        findings.add(
            Kind.LOST,
            "%s: %s joined before %s was published at %d, but its first was %d"
                .formatted(name, join.reader, message.label, message.offset, join.first));
      }
      if (message.acknowledged()
          && message.acknowledgedNanos < join.askedNanos
          && message.offset >= join.first) {
        findings.add(
            Kind.OUT_OF_ORDER,
            "%s: %s joined from now, but was given %d, acknowledged before"
                .formatted(name, join.reader, message.offset));
      }
    }
  }

  private Message find(String reader, byte[] payload) {
    Message message = byPayload.get(fingerprint(payload));
    if (message == null) {
      String text = new String(payload, 0, Math.min(200, payload.length), StandardCharsets.UTF_8);
      findings.add(
          Kind.DIFFERENT,
          "%s: %s got a payload that nobody published: %s".formatted(name, reader, text));
    }
    return message;
  }

  private void place(String by, Message message, long offset) {
    if (message.refused) {
      findings.add(
          Kind.NOT_KEPT,
          "%s: %s was refused but %s has it at %d".formatted(name, message.label, by, offset));
    }
    Message there = byOffset.putIfAbsent(offset, message);
    if (there != null && there != message) {
      findings.add(
          Kind.DIFFERENT,
          "%s: %d holds %s, but by %s it holds %s"
              .formatted(name, offset, there.label, by, message.label));
    }
    if (message.offset != 0 && message.offset != offset) {
      findings.add(
          Kind.TWICE,
          "%s: %s is at %d and, by %s, at %d"
              .formatted(name, message.label, message.offset, by, offset));
    }
    message.offset = offset;
    for (Message.Claim claim : message.claims) {
      if (claim.offset() != offset) {
        findings.add(
            Kind.LOST,
            "%s: %s got %s, which is %d, where %d was due"
                .formatted(name, claim.reader(), message.label, offset, claim.offset()));
      }
    }
    message.claims.clear();
  }

  private static long fingerprint(byte[] payload) {
    try {
      return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(payload)).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
