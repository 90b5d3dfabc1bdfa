package io.tideline.app;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.tideline.config.StartRefusedException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsCheckTest {
  private static final int LAST = 1_000;

  @ParameterizedTest
  @CsvSource({
    "TIDELINE_ORGINS, TIDELINE_ORIGINS",
    "TIDELINE_ORIGIN, TIDELINE_ORIGINS",
    "TIDELINE_DATADIR, TIDELINE_DATA_DIR",
    "TIDELINE_LIMITS_MESSAGES, TIDELINE_LIMITS_MESSAGE",
    "TIDELINE_NAMESPACES_ROOM_PRESENSE, TIDELINE_NAMESPACES_ROOM_PRESENCE"
  })
  void findsTyposInTheEnvironment(String written, String meant) {
    String message = refusal(Map.of(written, "x"), Map.of());
    assertTrue(
        message.contains(written + " is not a setting. Did you mean " + meant + "?"), message);
  }

  @ParameterizedTest
  @CsvSource({
    "tideline.orgins, tideline.origins",
    "tideline.namespaces.room.presense, tideline.namespaces.room.presence",
    "tideline.limits.mesage, tideline.limits.message"
  })
  void findsTyposElsewhere(String written, String meant) {
    String message = refusal(Map.of(), Map.of(written, "x"));
    assertTrue(
        message.contains(written + " is not a setting. Did you mean " + meant + "?"), message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TIDELINE_URL",
        "TIDELINE_TOKEN",
        "TIDELINE_TESTS",
        "TIDELINE_SERVICE_HOST",
        "TIDELINE_SERVICE_PORT_HTTP",
        "TIDELINE_PORT",
        "TIDELINE_PORT_8080_TCP_ADDR",
        "TIDELINE_HEADLESS_SERVICE_HOST",
        "TIDELINED_HOME"
      })
  void leavesToOthersWhatIsTheirs(String name) {
    assertDoesNotThrow(() -> check(Map.of(name, "x"), Map.of()));
  }

  @Test
  void takesEverySettingFromTheEnvironment() {
    assertDoesNotThrow(
        () ->
            check(
                Map.of(
                    "TIDELINE_ORIGINS", "https://app.example.com",
                    "TIDELINE_NAMESPACES_ROOM_PRESENCE", "true",
                    "TIDELINE_LIMITS_MESSAGE", "32K"),
                Map.of()));
  }

  @ParameterizedTest
  @CsvSource({
    "tideline.limits.message, 64KB, What to do: write a size",
    "tideline.drain.window, ten, What to do: write a duration",
    "tideline.drain.window, 5h, 60s",
    "tideline.presence.grace, -1s, is -1s; it must be 0s to 1m",
    "tideline.origins, localhost:3000, https://app.example.com",
    "tideline.namespaces.a.durability, eternal, durable"
  })
  void saysHowAValueIsWritten(String key, String value, String advice) {
    String message = refusal(Map.of(), Map.of(key, value));
    assertTrue(message.contains(value) || message.contains(key), message);
    assertTrue(message.contains(advice), message);
    assertFalse(message.contains("SRCFG") || message.contains("Exception"), message);
  }

  @Test
  void namesEachMistake() {
    String message =
        refusal(Map.of("TIDELINE_ORGINS", "x"), Map.of("tideline.limits.message", "64KB"));
    assertEquals(2, message.lines().count(), message);
  }

  @Test
  void countsLetters() {
    assertEquals(0, SettingsCheck.distance("origins", "origins"));
    assertEquals(1, SettingsCheck.distance("orgins", "origins"));
    assertEquals(3, SettingsCheck.distance("kitten", "sitting"));
  }

  private static String refusal(Map<String, String> environment, Map<String, String> properties) {
    return assertThrows(StartRefusedException.class, () -> check(environment, properties))
        .getMessage();
  }

  private static void check(Map<String, String> environment, Map<String, String> properties) {
    SettingsCheck.run(
        () ->
            new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withSources(
                    new EnvConfigSource(environment, LAST),
                    new PropertiesConfigSource(properties, "test", LAST)));
  }
}
