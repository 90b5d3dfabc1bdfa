package io.tideline.backplane;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.tideline.stream.Channel;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is expected besides of a connector whose broker isn't the database. */
abstract class BrokerContract extends BackplaneContract {
  abstract BrokerConnector connector(SmallRyeConfig application);

  /** The settings with which a node finds the broker. */
  abstract Map<String, String> settings();

  @Override
  Line line(String onTopic) {
    return line(onTopic, settings());
  }

  final Line line(String onTopic, Map<String, String> settings) {
    Map<String, String> application = new HashMap<>(settings);
    application.put("tideline.backplane.topic", onTopic);
    BrokerConnector connector = connector(config(application));
    SmallRyeConfig channel = config(Map.of());
    return new Line(
        connector.getSubscriber(channel), connector.getPublisher(channel), connector::closeAll);
  }

  @Override
  void say(String onTopic, String text) throws Exception {
    SmallRyeConfig application = config(settings());
    Broker broker = connector(application).broker(onTopic, config(Map.of()), application);
    try (Broker.Producer producer = broker.connectProducer()) {
      producer.send(List.of(text));
    }
  }

  private static SmallRyeConfig config(Map<String, String> settings) {
    return new SmallRyeConfigBuilder()
        .withSources(new PropertiesConfigSource(settings, "test", 100))
        .build();
  }

  @Test
  void whoStartsWithoutTheBrokerJoinsWhenItComes() throws Exception {
    takeBrokerAway();
    Node a = node("a");
    Node b = node("b");
    long began = System.nanoTime();
    a.says(entry(new Channel("lost"), 1, 1, 20));
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    assertTrue(took.compareTo(Duration.ofSeconds(1)) < 0, "announcing took " + took);
    eventually(() -> a.dropped() == 1);
    giveBrokerBack();
    assertSpeakAgain(a, b);
  }
}
