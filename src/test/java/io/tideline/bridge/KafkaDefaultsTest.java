package io.tideline.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.reactive.messaging.kafka.KafkaConnectorOutgoingConfiguration;
import io.smallrye.reactive.messaging.providers.impl.ConnectorConfig;
import java.util.Map;
import org.eclipse.microprofile.config.Config;
import org.junit.jupiter.api.Test;

/** What a bridge out relies on holds for a channel of which only the connector is named. */
class KafkaDefaultsTest {
  private static final Map<String, String> CHANNEL =
      Map.of("mp.messaging.outgoing.invoices.connector", "smallrye-kafka");

  @Test
  void whatIsConfirmedIsOnAllReplicas() throws Exception {
    Config config =
        new SmallRyeConfigBuilder()
            .withSources(
                new PropertiesConfigSource(
                    KafkaDefaultsTest.class.getResource("/application.properties")))
            .withSources(new PropertiesConfigSource(CHANNEL, "channel", 500))
            .build();
    assertEquals("all", new KafkaConnectorOutgoingConfiguration(new Invoices(config)).getAcks());
  }

  private static final class Invoices extends ConnectorConfig {
    Invoices(Config config) {
      super("mp.messaging.outgoing.", config, "invoices");
    }
  }
}
