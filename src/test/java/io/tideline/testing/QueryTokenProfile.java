package io.tideline.testing;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Settings that let tokens stand in addresses, and everything be logged, into files. */
public final class QueryTokenProfile implements QuarkusTestProfile {
  private static final Path DIRECTORY = Path.of("target/tokens-in-logs").toAbsolutePath();
  public static final Path LOG = DIRECTORY.resolve("server.log");
  public static final Path ACCESS_LOG = DIRECTORY.resolve("access.log");

  @Override
  public Map<String, String> getConfigOverrides() {
    try {
      Files.createDirectories(DIRECTORY);
      Files.deleteIfExists(LOG);
      Files.deleteIfExists(ACCESS_LOG);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, String> settings = new HashMap<>();
    settings.put("tideline.auth.query-token", "true");
    settings.put("tideline.namespaces.lobby.public-read", "true");
    settings.put("quarkus.http.access-log.enabled", "true");
    settings.put("quarkus.http.access-log.log-to-file", "true");
    settings.put("quarkus.http.access-log.log-directory", DIRECTORY.toString());
    settings.put("quarkus.http.access-log.base-file-name", "access");
    settings.put("quarkus.log.file.enabled", "true");
    settings.put("quarkus.log.file.path", LOG.toString());
    settings.put("quarkus.log.file.level", "DEBUG");
    settings.put("quarkus.log.category.\"io.tideline\".level", "DEBUG");
    settings.put("quarkus.log.category.\"io.smallrye.jwt\".level", "INFO");
    return settings;
  }
}
