package io.tideline.backplane;

import static io.smallrye.reactive.messaging.annotations.ConnectorAttribute.Direction.INCOMING_AND_OUTGOING;

import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.reactive.messaging.annotations.ConnectorAttribute;
import io.vertx.core.Vertx;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.reactive.messaging.spi.Connector;

/** The backplane over Redis Pub/Sub, or what speaks its protocol. */
@Singleton
@IfBuildProperty(name = "client.redis", stringValue = "true", enableIfMissing = true)
@Connector(RedisConnector.NAME)
@ConnectorAttribute(
    name = "topic",
    type = "string",
    direction = INCOMING_AND_OUTGOING,
    description = "The Pub/Sub channel; tideline.backplane.topic if left out")
@ConnectorAttribute(
    name = "url",
    type = "string",
    direction = INCOMING_AND_OUTGOING,
    description = "Where it is; tideline.backplane.redis.url if left out")
public class RedisConnector extends BrokerConnector {
  public static final String NAME = "tideline-redis";
  private static final String STANDARD = "redis://localhost:6379";

  private final Vertx vertx;

  RedisConnector(Vertx vertx, Config application) {
    super(application);
    this.vertx = vertx;
  }

  @Override
  Broker broker(String topic, Config channel, Config application) {
    String url = setting(channel, "url", application, "tideline.backplane.redis.url", STANDARD);
    return new RedisBroker(vertx, url, topic);
  }

  @PreDestroy
  void close() throws Exception {
    closeAll();
  }
}
