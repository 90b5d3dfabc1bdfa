package io.tideline.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.jwt.auth.principal.JWTParser;
import io.smallrye.jwt.auth.principal.ParseException;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The parts that other tests stand on fit together: the application reaches the database and takes
 * the tokens.
 */
@QuarkusTest
@WithTestResource(PostgresResource.class)
class PostgresResourceTest {
  @Inject Pool pool;
  @Inject JWTParser parser;

  @Test
  void theApplicationUsesTheEmbeddedServer() {
    var rows =
        pool.query("select current_user || ' ' || current_setting('fsync')").executeAndAwait();
    assertEquals("tideline on", rows.iterator().next().getString(0));
  }

  @Test
  void theApplicationTakesOurTokensUntilTheyExpire() throws ParseException {
    assertEquals("tester", parser.parse(TestTokens.all()).getSubject());
    String expired = TestTokens.expiringAt("tester", Map.of(), Instant.now().minusSeconds(120));
    assertThrows(ParseException.class, () -> parser.parse(expired));
  }
}
