package io.tideline.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.tideline.backplane.BackplaneKind;
import io.tideline.backplane.KafkaConnector;
import io.tideline.backplane.NatsConnector;
import io.tideline.backplane.PostgresConnector;
import io.tideline.backplane.RabbitConnector;
import io.tideline.backplane.RedisConnector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** One setting chooses what carries announcements. */
class BackplaneChoiceTest {
  private static final String SETTING = "tideline.backplane.connector";

  @Test
  void postgresUnlessSomethingElseIsSaid() {
    assertEquals(BackplaneKind.POSTGRES, chosen(Map.of()));
    assertEquals(BackplaneKind.RABBITMQ, chosen(Map.of(SETTING, "rabbitmq")));
  }

  @Test
  void anUnknownOneStopsTheStartAndIsToldWhichThereAre() {
    ConfigValidationException refused =
        assertThrows(
            ConfigValidationException.class, () -> chosen(Map.of(SETTING, "carrier-pigeon")));
    for (String expected :
        List.of(SETTING, "carrier-pigeon", "postgres", "redis", "nats", "rabbitmq", "kafka")) {
      assertTrue(refused.getMessage().contains(expected), refused.getMessage());
    }
  }

  @Test
  void eachHasAConnectorOfItsName() {
    assertEquals(
        new TreeSet<>(
            List.of(
                PostgresConnector.NAME,
                RedisConnector.NAME,
                NatsConnector.NAME,
                RabbitConnector.NAME,
                KafkaConnector.NAME)),
        new TreeSet<>(
            Stream.of(BackplaneKind.values())
                .map(kind -> connector(Map.of(SETTING, kind.name().toLowerCase(Locale.ROOT))))
                .toList()));
    assertEquals(PostgresConnector.NAME, connector(Map.of()));
  }

  private static BackplaneKind chosen(Map<String, String> settings) {
    return new SmallRyeConfigBuilder()
        .addDiscoveredConverters()
        .withSources(new PropertiesConfigSource(settings, "test", 100))
        .withMapping(TidelineConfig.class)
        .build()
        .getConfigMapping(TidelineConfig.class)
        .backplane()
        .connector();
  }

  /** What the application's own properties make of the setting. */
  private static String connector(Map<String, String> settings) {
    Properties application = new Properties();
    try (var in = Files.newBufferedReader(Path.of("src/main/resources/application.properties"))) {
      application.load(in);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    String out = "mp.messaging.outgoing.publications-out.connector";
    String in = "mp.messaging.incoming.publications-in.connector";
    SmallRyeConfig config =
        new SmallRyeConfigBuilder()
            .addDefaultInterceptors()
            .withSources(
                new PropertiesConfigSource(
                    Map.of(out, application.getProperty(out), in, application.getProperty(in)),
                    "application",
                    100),
                new PropertiesConfigSource(settings, "test", 200))
            .build();
    assertEquals(config.getValue(out, String.class), config.getValue(in, String.class));
    return config.getValue(out, String.class);
  }
}
