package io.tideline.backplane;

import io.smallrye.config.SmallRyeConfig;
import io.tideline.testing.Needs;
import io.tideline.testing.Program;
import io.tideline.testing.Slow;
import io.tideline.testing.TestBroker;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

@Needs(Program.RABBITMQ)
@Slow
class RabbitBackplaneTest extends BrokerProcessContract {
  private static final TestBroker BROKER = TestBroker.rabbitmq();

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
    return new RabbitConnector(application);
  }

  @Override
  Map<String, String> settings(int port) {
    return Map.of("tideline.backplane.rabbitmq.url", "amqp://127.0.0.1:" + port);
  }
}
