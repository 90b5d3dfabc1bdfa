package io.tideline.presence;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One connection's place among those that are present in a channel, with what its protocol tells of
 * it. Only connections whose protocol asks for it have one; without it they are counted by their
 * subject alone. Immutable.
 */
public final class Seat {
  /** Characters of a connection's name. */
  public static final int CONNECTION_CHARS_MAX = 100;

  /** Bytes of what is told of a connection. */
  public static final int INFO_BYTES_MAX = 1024;

  private final String connection;
  private final String subject;
  private final byte[] info;

  /**
   * Makes a seat.
   *
   * @param connection unique among all nodes, for all time
   * @param subject null or empty for none
   * @param info at most {@value #INFO_BYTES_MAX} bytes, which nobody here looks into; not to be
   *     changed
   */
  public Seat(String connection, @Nullable String subject, byte[] info) {
    if (connection.isEmpty() || connection.length() > CONNECTION_CHARS_MAX) {
      throw new IllegalArgumentException("a name of " + connection.length() + " characters");
    }
    if (info.length > INFO_BYTES_MAX) {
      throw new IllegalArgumentException(info.length + " bytes are told of a connection");
    }
    this.connection = connection;
    this.subject = MemberCount.subject(subject);
    this.info = info;
  }

  public String connection() {
    return connection;
  }

  /** Empty for none. */
  public String subject() {
    return subject;
  }

  /** Not to be changed; empty if there is nothing to tell. */
  public byte[] info() {
    return info;
  }

  /** The same connection, that turned out to be somebody else. */
  public Seat withSubject(@Nullable String newSubject) {
    return new Seat(connection, newSubject, info);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Seat seat
        && connection.equals(seat.connection)
        && subject.equals(seat.subject)
        && Arrays.equals(info, seat.info);
  }

  @Override
  public int hashCode() {
    return Objects.hash(connection, subject);
  }

  @Override
  public String toString() {
    return connection + " of '" + subject + "', " + info.length + " bytes";
  }
}
