package io.tideline.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.config.StartRefusedException;
import io.vertx.pgclient.PgConnectOptions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseUrlTest {
  private static final String PREFIX = "quarkus.datasource.";

  @ParameterizedTest
  @CsvSource({
    "postgres://u:p@h/d, u, p",
    "postgresql://u:p@h/d, u, p",
    "POSTGRES://u:p@h/d, u, p",
    "vertx-reactive:postgresql://u:p@h/d, u, p",
    "postgresql://u:p%40q%2Fr@h/d, u, p@q/r",
    "postgresql://u:p@q/r@h/d, u, p@q/r",
    "postgresql://u:50%@h/d, u, 50%",
    "postgresql://u:a+b@h/d, u, a+b",
    "postgresql://u:a:b@h/d, u, a:b",
    "'postgresql://u:a,b@h/d', u, 'a,b'",
    "postgresql://h/d?user=u&password=p, u, p",
    "jdbc:postgresql://h/d?user=u&password=p, u, p",
    "jdbc:postgresql://u:p@h/d, u, p"
  })
  void findsUserAndPassword(String url, String user, String password) {
    Map<String, String> settings = settings(url);
    assertEquals(user, settings.get(PREFIX + "username"));
    assertEquals(password, settings.get(PREFIX + "password"));
    assertEquals("postgresql://h/d", settings.get(DatabaseUrl.REACTIVE_URL));
  }

  @Test
  void theReactiveClientReadsWhatItMakes() {
    PgConnectOptions options =
        PgConnectOptions.fromUri(
            settings("postgres://u:p@db.example:6432/push?sslmode=require&application_name=push")
                .get(DatabaseUrl.REACTIVE_URL));
    assertEquals("db.example", options.getHost());
    assertEquals(6432, options.getPort());
    assertEquals("push", options.getDatabase());
    assertEquals("push", options.getProperties().get("application_name"));
  }

  @Test
  void meansByRequireWhatPostgresqlMeans() {
    Map<String, String> settings = settings("postgresql://h/d?sslmode=require");
    assertEquals("require", settings.get(PREFIX + "reactive.postgresql.ssl-mode"));
    assertEquals("true", settings.get(PREFIX + "reactive.trust-all"));
    assertEquals("jdbc:postgresql://h/d?sslmode=require", settings.get(DatabaseUrl.JDBC_URL));
  }

  @Test
  void checksHostAndCertificateForVerifyFull() {
    Map<String, String> settings =
        settings("postgresql://h/d?sslmode=verify-full&sslrootcert=/etc/ca.pem");
    assertEquals("verify-full", settings.get(PREFIX + "reactive.postgresql.ssl-mode"));
    assertEquals("/etc/ca.pem", settings.get(PREFIX + "reactive.trust-certificate-pem.certs"));
    assertEquals("HTTPS", settings.get(PREFIX + "reactive.hostname-verification-algorithm"));
    assertFalse(settings.containsKey(PREFIX + "reactive.trust-all"));
    assertEquals(
        "jdbc:postgresql://h/d?sslmode=verify-full&sslrootcert=/etc/ca.pem",
        settings.get(DatabaseUrl.JDBC_URL));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mysql://h/d",
        "h/d",
        "postgresql://",
        "postgresql:///d",
        "postgresql://h/d?sslmode=verify-full",
        "postgresql://h/d?sslmode=verify-full&sslrootcert=system",
        "postgresql://h/d?sslmode=on",
        "postgresql://h/d?sslmod=require"
      })
  void refusesWithAWayOut(String url) {
    String message = assertThrows(StartRefusedException.class, () -> settings(url)).getMessage();
    assertTrue(message.startsWith(DatabaseUrl.REACTIVE_URL), message);
    assertTrue(message.contains("What to do: "), message);
  }

  @Test
  void saysWhatItCannotDo() {
    String neon = "postgresql://u:p@h/d?sslmode=require&channel_binding=require";
    DatabaseUrl url = DatabaseUrl.parse(DatabaseUrl.REACTIVE_URL, neon);
    assertTrue(url.ignored().orElseThrow().contains("channel_binding"));
    assertFalse(url.settings().get(DatabaseUrl.REACTIVE_URL).contains("channel_binding"));
    assertTrue(DatabaseUrl.parse("x", "postgresql://h/d").ignored().isEmpty());
  }

  private static Map<String, String> settings(String url) {
    return DatabaseUrl.parse(DatabaseUrl.REACTIVE_URL, url).settings();
  }
}
