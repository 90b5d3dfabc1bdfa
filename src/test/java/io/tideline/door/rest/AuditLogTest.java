package io.tideline.door.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestTokens;
import java.net.URI;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jboss.logmanager.formatters.PatternFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(PostgresResource.class)
class AuditLogTest {
  private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

  @TestHTTPResource("/")
  URI base;

  private static final Formatter FORMATTER = new PatternFormatter("%s");

  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  /** Taken off again, lest it keeps what other tests do. */
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord entry) {
          lines.add(FORMATTER.format(entry));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    Logger.getLogger(AuditLog.LOGGER).addHandler(handler);
  }

  @AfterEach
  void leave() {
    Logger.getLogger(AuditLog.LOGGER).removeHandler(handler);
  }

  @Test
  void whatIsDoneToOthersIsWrittenDownOnceItIsDone() {
    TestClient admin = TestClient.of(base.getPort(), TestTokens.allAs("eve\nadmin"));
    String channel = "audit:" + UUID.randomUUID();
    String position = admin.publish(channel, "1").getString("position");
    assertEquals(204, admin.post("revocations", "{\"subject\":\"a\\nb\"}", JSON).statusCode());
    String revoked = lines.remove();
    assertTrue(
        revoked.startsWith(
            "eve\\u000aadmin revoked the tokens of SUBJECT a\\u000ab issued before "),
        revoked);
    assertEquals(
        200, admin.delete(TestClient.messages(channel) + "?through=" + position).statusCode());
    assertEquals("eve\\u000aadmin purged " + channel + " through " + position, lines.remove());
  }

  @Test
  void whatIsRefusedIsNot() {
    TestClient nobody = TestClient.of(base.getPort(), TestTokens.publishing("p", "*"));
    nobody.post("revocations", "{\"subject\":\"a\"}", JSON);
    nobody.delete(TestClient.messages("audit:1") + "?through=x");
    assertEquals(0, lines.size());
  }

  @Test
  void noTextLooksLikeAnotherLine() {
    assertEquals(
        "a\\u000d\\u000ab\\u0085c\\u2028d\\u202ee\\u001b[0m",
        AuditLog.printable("a\r\nb\u0085c\u2028d\u202ee\u001b[0m"));
    assertEquals("a\\u005cu000a", AuditLog.printable("a\\" + "u000a"));
    assertEquals("Zoë 🌊", AuditLog.printable("Zoë 🌊"));
  }
}
