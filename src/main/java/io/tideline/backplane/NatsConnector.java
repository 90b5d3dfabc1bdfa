package io.tideline.backplane;

import static io.smallrye.reactive.messaging.annotations.ConnectorAttribute.Direction.INCOMING_AND_OUTGOING;

import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.reactive.messaging.annotations.ConnectorAttribute;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.reactive.messaging.spi.Connector;

/** The backplane over core NATS. */
@Singleton
@IfBuildProperty(name = "client.nats", stringValue = "true", enableIfMissing = true)
@Connector(NatsConnector.NAME)
@ConnectorAttribute(
    name = "topic",
    type = "string",
    direction = INCOMING_AND_OUTGOING,
    description = "The subject; tideline.backplane.topic if left out")
@ConnectorAttribute(
    name = "url",
    type = "string",
    direction = INCOMING_AND_OUTGOING,
    description = "Where it is; tideline.backplane.nats.url if left out")
public class NatsConnector extends BrokerConnector {
  public static final String NAME = "tideline-nats";
  private static final String STANDARD = "nats://localhost:4222";

  NatsConnector(Config application) {
    super(application);
  }

  @Override
  Broker broker(String topic, Config channel, Config application) {
    return new NatsBroker(
        setting(channel, "url", application, "tideline.backplane.nats.url", STANDARD), topic);
  }

  @PreDestroy
  void close() throws Exception {
    closeAll();
  }
}
