package io.tideline.protocol;

import io.tideline.door.tideline.TidelineFormat;
import io.tideline.stream.Channel;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
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

/** A publication made bytes: paid once a message and format, however many readers there are. */
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EncodeBenchmark {
  @Param({"TEXT", "BINARY"})
  public TidelineFormat format;

  @Param({"128", "1024", "65000"})
  public int payloadBytes;

  private Publication publication;

  @Setup
  public void publish() {
    String json = "\"" + "a".repeat(payloadBytes - 2) + "\"";
    Payload payload = new Payload("application/json", json.getBytes(StandardCharsets.UTF_8));
    publication =
        new Publication(
            new Channel("orders:42"), 77, 4_711, Instant.now(), null, null, Map.of(), payload);
  }

  @Benchmark
  public byte[] encode() {
    return format.encode(publication);
  }
}
