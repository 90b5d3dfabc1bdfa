package io.tideline.hub;

import io.tideline.door.tideline.TidelineFormat;
import io.tideline.stream.Gap;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;
import io.tideline.stream.Start;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A wake: publications that were stored are moved to every cursor of their channel. All of a
 * delivery but the socket; divide by subscribers and burst.
 */
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class PumpBenchmark {
  @Param({"1", "100", "10000"})
  public int subscribers;

  @Param({"1", "16"})
  public int burst;

  private final HubNode node = new HubNode();
  private final Payload payload = new Payload("text/plain", new byte[128]);
  private long offset;
  private long written;

  @Setup
  public void subscribe() {
    for (int i = 0; i < subscribers; i++) {
      node.subscribe(node.connect(new CountingOutlet()), HubNode.CATCH_UP, Start.NOW);
    }
  }

  @Benchmark
  public long wake() {
    List<Publication> stored = new ArrayList<>(burst);
    for (int i = 0; i < burst; i++) {
      stored.add(
          new Publication(
              HubNode.CATCH_UP, node.log.epoch(), ++offset, Instant.EPOCH, null, null, Map.of(), payload));
    }
    node.hub.stored(HubNode.CATCH_UP, stored);
    node.runAll();
    if (written != offset * subscribers) {
      throw new IllegalStateException(written + " of " + offset * subscribers);
    }
    return written;
  }

  private final class CountingOutlet implements Outlet {
    @Override
    public Transport transport() {
      return Transport.WEBSOCKET;
    }

    @Override
    public Format format() {
      return TidelineFormat.TEXT;
    }

    @Override
    public int room() {
      return 64 << 10;
    }

    @Override
    public boolean isDrained() {
      return true;
    }

    @Override
    public void write(Subscription subscription, FrameBatch run) {
      written += run.frames().length;
    }

    @Override
    public void gap(Subscription subscription, Gap gap) {
      throw new IllegalStateException(gap.toString());
    }

    @Override
    public void flush() {}

    @Override
    public void ended(Subscription subscription, Disconnect why) {}

    @Override
    public void close(Disconnect why) {}
  }
}
