package io.tideline.backplane;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class BrokerSenderTest {
  private final AtomicInteger connections = new AtomicInteger();

  /** A broker whose connections break at the first word, and can't be closed. */
  private final Broker broken =
      new Broker() {
        @Override
        public String name() {
          return "broken";
        }

        @Override
        public Producer connectProducer() {
          connections.incrementAndGet();
          return new Producer() {
            @Override
            public int charsMax() {
              return 1000;
            }

            @Override
            public void send(List<String> messages) throws Exception {
              throw new IOException("broken");
            }

            @Override
            public void close() {
              throw new IllegalStateException("can't be closed");
            }
          };
        }

        @Override
        public Consumer connectConsumer() throws Exception {
          throw new IOException("broken");
        }
      };

  @Test
  void connectionsThatBreakAtOnceAreMadeAgainMoreAndMoreSeldom() throws Exception {
    try (BrokerSender sender = new BrokerSender(broken)) {
      sender.onSubscribe(
          new Flow.Subscription() {
            @Override
            public void request(long n) {}

            @Override
            public void cancel() {}
          });
      Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> connections.get() >= 3);
      // 100, 200, 400 and 800 ms at least are between six of them.
      int before = connections.get();
      Thread.sleep(1500);
      assertTrue(connections.get() - before <= 3, connections + " connections");
    }
  }
}
