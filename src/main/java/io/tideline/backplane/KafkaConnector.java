package io.tideline.backplane;

import static io.smallrye.reactive.messaging.annotations.ConnectorAttribute.Direction.INCOMING_AND_OUTGOING;

import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.reactive.messaging.annotations.ConnectorAttribute;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.reactive.messaging.spi.Connector;

/**
 * The backplane over a topic of Kafka. Whatever is set as {@code kafka.*} holds for its clients.
 */
@Singleton
@IfBuildProperty(name = "client.kafka", stringValue = "true", enableIfMissing = true)
@Connector(KafkaConnector.NAME)
@ConnectorAttribute(
    name = "topic",
    type = "string",
    direction = INCOMING_AND_OUTGOING,
    description = "The topic; tideline.backplane.topic if left out")
@ConnectorAttribute(
    name = "servers",
    type = "string",
    direction = INCOMING_AND_OUTGOING,
    description = "Where it is; kafka.bootstrap.servers if left out")
public class KafkaConnector extends BrokerConnector {
  public static final String NAME = "tideline-kafka";
  private static final String STANDARD = "localhost:9092";
  private static final String PREFIX = "kafka.";
  private static final String ENVIRONMENT = "KAFKA_";

  KafkaConnector(Config application) {
    super(application);
  }

  @Override
  Broker broker(String topic, Config channel, Config application) {
    Map<String, Object> properties = new HashMap<>();
    for (String key : application.getPropertyNames()) {
      String name = key.startsWith(ENVIRONMENT) ? dotted(key) : key;
      if (name.startsWith(PREFIX)) {
        application
            .getOptionalValue(name, String.class)
            .ifPresent(value -> properties.put(name.substring(PREFIX.length()), value));
      }
    }
    String servers = setting(channel, "servers", application, "kafka.bootstrap.servers", STANDARD);
    return new KafkaBroker(servers, topic, properties);
  }

  /** {@code KAFKA_SECURITY_PROTOCOL} is kafka.security.protocol. */
  private static String dotted(String variable) {
    return variable.toLowerCase(Locale.ROOT).replace('_', '.');
  }

  @PreDestroy
  void close() throws Exception {
    closeAll();
  }
}
