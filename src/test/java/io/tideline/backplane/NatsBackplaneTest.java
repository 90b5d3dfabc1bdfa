package io.tideline.backplane;

import io.smallrye.config.SmallRyeConfig;
import io.tideline.testing.Needs;
import io.tideline.testing.Program;
import io.tideline.testing.TestBroker;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

@Needs(Program.NATS)
class NatsBackplaneTest extends BrokerProcessContract {
  private static final TestBroker BROKER = TestBroker.nats();

  @BeforeAll
  static void start() {
    BROKER.start();
  }

  @AfterAll
  static void stop() {
    BROKER.close();
  }

  @Override
  TestBroker broker() {
    return BROKER;
  }

  @Override
  BrokerConnector connector(SmallRyeConfig application) {
    return new NatsConnector(application);
  }

  @Override
  Map<String, String> settings(int port) {
    return Map.of("tideline.backplane.nats.url", "nats://127.0.0.1:" + port);
  }
}
