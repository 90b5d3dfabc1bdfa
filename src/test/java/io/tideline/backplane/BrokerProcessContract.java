package io.tideline.backplane;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.stream.Channel;
import io.tideline.testing.TestBroker;
import io.tideline.testing.Wire;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What befalls a broker that is a process, behind a network. */
abstract class BrokerProcessContract extends BrokerContract {
  abstract TestBroker broker();

  /** The settings with which a node finds the broker behind this port. */
  abstract Map<String, String> settings(int port);

  @Override
  Map<String, String> settings() {
    return settings(broker().port());
  }

  @Override
  void takeBrokerAway() {
    broker().kill();
  }

  @Override
  void giveBrokerBack() {
    broker().start();
  }

  /** Nothing is refused, nothing answered, until it goes on. */
  @Test
  void aBrokerThatStandsStillHoldsNobodyUp() {
    Node a = node("a");
    Node b = node("b");
    meet(a, b);
    long before = usedBytes();
    broker().pause();
    try {
      long began = System.nanoTime();
      for (int head = 1; head <= 10_000; head++) {
        a.says(entry(new Channel("flood"), head, 1, 5000));
      }
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      assertTrue(took.compareTo(Duration.ofSeconds(10)) < 0, "announcing took " + took);
      long held = usedBytes() - before;
      assertTrue(held < HELD_BYTES_MAX, held + " bytes are held");
      eventually(() -> a.sent() + a.dropped() == a.said());
      assertTrue(a.dropped() > 5000);
    } finally {
      broker().resume();
    }
    assertSpeakAgain(a, b);
  }

  /** As behind a router that has forgotten the connection: nothing comes, and nobody says so. */
  @Test
  void aLineThatWentDeadIsMadeAnew() throws Exception {
    try (Wire wire = new Wire(URI.create("http://127.0.0.1:" + broker().port()))) {
      Node a = node("a");
      Node b = node("b", line(topic, settings(wire.url().getPort())));
      meet(a, b);
      wire.goDead();
      assertSpeakAgain(a, b);
    }
  }
}
