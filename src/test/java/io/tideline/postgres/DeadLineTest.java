package io.tideline.postgres;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.stream.AppendOutcome;
import io.tideline.stream.Channel;
import io.tideline.stream.HistoryException;
import io.tideline.testing.Wire;
import io.vertx.pgclient.PgConnectOptions;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * Goal: connections that are dead without having been closed, as after a firewall has forgotten
 * them, are given up: nothing waits for TCP to notice.
 */
class DeadLineTest extends PgTest {
  private static final HistorySettings IMPATIENT =
      new HistorySettings(
          Duration.ofHours(24), Duration.ofMillis(500), 512, Duration.ofMillis(800), 64, false);
  private static final int POOL_SIZE = 4;
  private static final Duration BACK_MAX = Duration.ofSeconds(10);

  @Test
  void aPoolOfDeadConnectionsIsMadeAnew() throws Exception {
    PgConnectOptions direct = database.options();
    try (Wire wire = new Wire(URI.create("http://127.0.0.1:" + direct.getPort()))) {
      PgConnectOptions options =
          database.options().setHost("127.0.0.1").setPort(wire.url().getPort());
      PgHistory node = database.history("wired", IMPATIENT, options, POOL_SIZE);
      List<CompletableFuture<List<AppendOutcome>>> first = new ArrayList<>();
      for (int i = 0; i < 8 * POOL_SIZE; i++) {
        first.add(node.append(List.of(m(channel(), "x")), false).subscribeAsCompletionStage());
      }
      CompletableFuture.allOf(first.toArray(CompletableFuture[]::new)).join();

      wire.goDead();
      long began = System.nanoTime();
      Channel channel = channel();
      eventually(() -> isStored(node, channel));
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      assertTrue(took.compareTo(BACK_MAX) < 0, "back after " + took);
    }
  }

  private static boolean isStored(PgHistory node, Channel channel) {
    try {
      append(node, m(channel, "x"));
      return true;
    } catch (HistoryException notYet) {
      return false;
    }
  }
}
