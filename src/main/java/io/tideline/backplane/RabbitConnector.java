package io.tideline.backplane;

import static io.smallrye.reactive.messaging.annotations.ConnectorAttribute.Direction.INCOMING_AND_OUTGOING;

import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.reactive.messaging.annotations.ConnectorAttribute;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.reactive.messaging.spi.Connector;

/** The backplane over a fan-out exchange of RabbitMQ, with a queue for each node. */
@Singleton
@IfBuildProperty(name = "client.rabbitmq", stringValue = "true", enableIfMissing = true)
@Connector(RabbitConnector.NAME)
@ConnectorAttribute(
    name = "topic",
    type = "string",
    direction = INCOMING_AND_OUTGOING,
    description = "The fan-out exchange; tideline.backplane.topic if left out")
@ConnectorAttribute(
    name = "url",
    type = "string",
    direction = INCOMING_AND_OUTGOING,
    description = "Where it is; tideline.backplane.rabbitmq.url if left out")
public class RabbitConnector extends BrokerConnector {
  public static final String NAME = "tideline-rabbitmq";
  private static final String STANDARD = "amqp://localhost:5672";

  RabbitConnector(Config application) {
    super(application);
  }

  @Override
  Broker broker(String topic, Config channel, Config application) {
    return new RabbitBroker(
        setting(channel, "url", application, "tideline.backplane.rabbitmq.url", STANDARD), topic);
  }

  @PreDestroy
  void close() throws Exception {
    closeAll();
  }
}
