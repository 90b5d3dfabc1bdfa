package io.tideline.testing;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * The settings of tests that need some but aren't about a limit: rather than have a profile of
 * their own they add theirs here, as the application is built and started anew for each profile.
 */
public final class CommonProfile implements QuarkusTestProfile {
  public static final Duration CLOSE_WAIT = Duration.ofSeconds(1);

  /** The one whose pages may call. */
  public static final String ORIGIN = "https://app.example.com";

  /** The secret of the door for Centrifuge clients; it signs nothing but tests' tokens. */
  public static final Path CENTRIFUGE_SECRET =
      Path.of("target", "centrifuge-door.secret");

  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> settings = new HashMap<>();
    settings.put("tideline.namespaces.room.presence", "true");
    settings.put("tideline.namespaces.lobby.presence", "true");
    settings.put("tideline.namespaces.lobby.public-read", "true");
    settings.put("tideline.namespaces.live.durability", "ephemeral");
    settings.put("tideline.namespaces.open.public-read", "true");
    settings.put("tideline.presence.grace", "1s");
    settings.put("tideline.presence.interval", "100ms");
    settings.put("tideline.presence.named-members", "50");
    settings.put("tideline.origins", ORIGIN + ",https://*.example.net");
    settings.put("tideline.limits.publishes-per-subject", "100000");
    settings.put("tideline.transport.way-out", "pipeline");
    settings.put("tideline.transport.web-socket.close-wait", CLOSE_WAIT.toString());
    settings.put("tideline.transport.web-socket.compression", "true");
    settings.put("tideline.doors.centrifuge.enabled", "true");
    settings.put("tideline.doors.centrifuge.secret-file", secretFile().toString());
    settings.put("tideline.doors.centrifuge.subscribe", "room:*,live:*");
    settings.put("tideline.doors.centrifuge.publish", "room:*,live:*");
    settings.put("tideline.doors.centrifuge.presence", "room:*");
    return settings;
  }

  private static Path secretFile() {
    try {
      Files.createDirectories(CENTRIFUGE_SECRET.getParent());
      return Files.writeString(
          CENTRIFUGE_SECRET, "this secret signs the tokens of tests, and no others");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
