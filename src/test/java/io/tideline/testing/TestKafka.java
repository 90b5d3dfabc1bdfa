package io.tideline.testing;

import io.smallrye.reactive.messaging.kafka.companion.test.EmbeddedKafkaBroker;
import java.nio.file.Path;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/** A Kafka broker in this JVM, on ports that stay; what it holds stays too. */
public final class TestKafka implements AutoCloseable {
  /** Held, as loggers that nobody holds forget their level. */
  private static final List<Logger> TALKATIVE =
      Stream.of("org.apache.kafka", "kafka", "state.change.logger").map(Logger::getLogger).toList();

  private static final String CLUSTER = "xtzWWN4bTjitpL3kfd9s5g";

  private final int port = TestBroker.freePort();
  private final int controllerPort = TestBroker.freePort();
  private final Path directory = Path.of("target/brokers/kafka-" + port).toAbsolutePath();
  private EmbeddedKafkaBroker broker;

  public String servers() {
    return "127.0.0.1:" + port;
  }

  public void start() {
    TALKATIVE.forEach(logger -> logger.setLevel(Level.SEVERE));
    broker =
        new EmbeddedKafkaBroker()
            .withNodeId(1)
            .withClusterId(CLUSTER)
            .withKafkaHost("127.0.0.1")
            .withKafkaPort(port)
            .withControllerPort(controllerPort)
            .withDeleteLogDirsOnClose(false)
            .withAdditionalProperties(
                properties -> {
                  properties.put("log.dirs", directory.toString());
                  properties.put("auto.create.topics.enable", "true");
                  properties.put("controlled.shutdown.enable", "false");
                  properties.put("num.partitions", "3");
                  properties.put("group.initial.rebalance.delay.ms", "0");
                  properties.put("offsets.topic.num.partitions", "1");
                  properties.put("offsets.topic.replication.factor", "1");
                })
            .start();
  }

  /** Away until it is started again. */
  public void stop() {
    broker.close();
  }

  @Override
  public void close() {
    broker.close();
  }
}
