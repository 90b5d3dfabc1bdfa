package io.tideline.hub;

import io.tideline.stream.Channel;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The newest publications of a channel: one more, and one that is there. */
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TailBenchmark {
  private static final int ENTRIES_MAX = 1024;
  private static final Channel CHANNEL = new Channel("orders:42");
  private static final Payload PAYLOAD = new Payload("text/plain", new byte[128]);
  private static final Instant TIME = Instant.now();

  private final Tail tail = new Tail(0);
  private long offset;

  @Benchmark
  public void append() {
    offset++;
    tail.append(
        new EncodedPublication(new Publication(CHANNEL, 77, offset, TIME, null, null, Map.of(), PAYLOAD)));
    tail.trim(ENTRIES_MAX, Integer.MAX_VALUE);
  }

  @Benchmark
  public Object appendAndGet() {
    append();
    return tail.get(offset - Math.min(offset - 1, ENTRIES_MAX / 2));
  }
}
