package io.tideline.testing;

import io.smallrye.reactive.messaging.kafka.companion.test.EmbeddedKafkaBroker;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/** A Kafka broker in this JVM, on ports that stay; what it holds stays too. */
public final class TestKafka implements AutoCloseable {
  /** Held, as loggers that nobody holds forget their level. */
  private static final List<Logger> TALKATIVE =
      Stream.of("org.apache.kafka", "kafka", "state.change.logger").map(Logger::getLogger).toList();

  private static final int PARTITIONS = 3;
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
                  properties.put("num.partitions", Integer.toString(PARTITIONS));
                  properties.put("group.initial.rebalance.delay.ms", "0");
                  properties.put("offsets.topic.num.partitions", "1");
                  properties.put("offsets.topic.replication.factor", "1");
                })
            .start();
  }

  /**
   * Makes a topic. Where a producer and a consumer both wait for one that makes itself, the
   * producer's first batches may be refused as out of order until they are given up.
   */
  public void create(String topic) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers()))) {
      admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1))).all().get();
    }
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
