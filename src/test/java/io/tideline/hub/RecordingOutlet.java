package io.tideline.hub;

import io.tideline.stream.Gap;
import io.tideline.stream.HistoryException;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A connection that keeps what it is given, with the room that a test gives it. */
final class RecordingOutlet implements Outlet {
  static final int BOUND = 64 << 10;

  final List<String> received = new ArrayList<>();
  final List<FrameBatch> runs = new ArrayList<>();
  final List<Gap> gaps = new ArrayList<>();
  final List<Duration> drains = new ArrayList<>();
  final List<Disconnect> closed = new ArrayList<>();
  int flushes;
  int caughtUp;
  int stalled;
  int room = BOUND;
  int roomMessages = Integer.MAX_VALUE;
  RuntimeException fault;
  String name;

  /** The payload as text: what it is in a frame, so a test can say what came. */
  enum Text implements Format {
    INSTANCE;

    @Override
    public byte[] encode(Publication publication) {
      return publication.payload().bytes();
    }
  }

  static Payload payload(String text) {
    return new Payload("text/plain", text.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public Transport transport() {
    return Transport.WEBSOCKET;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Format format() {
    return Text.INSTANCE;
  }

  @Override
  public int room() {
    return room;
  }

  @Override
  public boolean isDrained() {
    return room == BOUND;
  }

  @Override
  public int roomMessages() {
    return roomMessages;
  }

  @Override
  public void write(Subscription subscription, FrameBatch run) {
    if (fault != null) {
      throw fault;
    }
    runs.add(run);
    for (byte[] frame : run.frames()) {
      received.add(new String(frame, StandardCharsets.US_ASCII));
    }
    if (roomMessages != Integer.MAX_VALUE) {
      roomMessages -= run.frames().length;
    }
  }

  @Override
  public void gap(Subscription subscription, Gap gap) {
    gaps.add(gap);
    received.add(gap.reason() + " " + gap.from() + "-" + gap.to() + " " + gap.count());
  }

  @Override
  public void caughtUp(Subscription subscription) {
    caughtUp++;
  }

  @Override
  public void stalled(Subscription subscription, HistoryException why) {
    stalled++;
  }

  @Override
  public void flush() {
    flushes++;
  }

  @Override
  public void ended(Subscription subscription, Disconnect why) {
    throw new AssertionError("nobody ends " + subscription.channel());
  }

  @Override
  public void drains(Duration within) {
    drains.add(within);
  }

  @Override
  public void close(Disconnect why) {
    closed.add(why);
  }
}
