package io.tideline.backplane;

import io.smallrye.config.SmallRyeConfig;
import io.tideline.testing.Slow;
import io.tideline.testing.TestKafka;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

@Slow
class KafkaBackplaneTest extends BrokerContract {
  private static final TestKafka BROKER = new TestKafka();

  @BeforeAll
  static void start() {
    BROKER.start();
  }

  @AfterAll
  static void stop() {
    BROKER.close();
  }

  @Override
  BrokerConnector connector(SmallRyeConfig application) {
    return new KafkaConnector(application);
  }

  @Override
  Map<String, String> settings() {
    return Map.of("kafka.bootstrap.servers", BROKER.servers());
  }

  @Override
  void takeBrokerAway() {
    BROKER.stop();
  }

  @Override
  void giveBrokerBack() {
    BROKER.start();
  }
}
