package io.tideline.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpServer;
import io.smallrye.jwt.auth.principal.DefaultJWTParser;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.tideline.access.Revocations;
import io.tideline.protocol.Problem;
import io.tideline.testing.TestTokens;
import io.tideline.transport.Authentication;
import io.tideline.transport.Credentials;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import org.jose4j.jwk.JsonWebKey.OutputControlLevel;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.RsaJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tokens whose key is fetched. */
class TokenAuthenticatorTest {
  private static final Authentication CANT_TELL = new Authentication.Refused(Problem.UNAVAILABLE);
  private static final Authentication INVALID = new Authentication.Refused(Problem.UNAUTHENTICATED);

  private HttpServer keys;
  private TokenAuthenticator authenticator;
  private volatile int status = 200;

  @BeforeEach
  void serveKeys() throws Exception {
    RsaJsonWebKey other = RsaJwkGenerator.generateJwk(2048);
    other.setKeyId("other");
    byte[] set =
        new JsonWebKeySet(other)
            .toJson(OutputControlLevel.PUBLIC_ONLY)
            .getBytes(StandardCharsets.UTF_8);
    keys = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    keys.createContext(
        "/keys",
        exchange -> {
          exchange.sendResponseHeaders(status, set.length);
          exchange.getResponseBody().write(set);
          exchange.close();
        });
    keys.start();
    String location = "http://127.0.0.1:" + keys.getAddress().getPort() + "/keys";
    authenticator =
        new TokenAuthenticator(
            new DefaultJWTParser(new JWTAuthContextInfo(location, TestTokens.ISSUER)),
            new Revocations(),
            Duration.ofDays(366),
            Clock.systemUTC(),
            true,
            10);
  }

  @AfterEach
  void stopKeys() {
    keys.stop(0);
  }

  @Test
  void whileTheKeysCannotBeFetchedNobodyCanTell() {
    status = 500;
    assertEquals(CANT_TELL, answer(TestTokens.all()));
    status = 200;
    assertEquals(INVALID, answer(TestTokens.all()));
    status = 500;
    assertEquals(INVALID, answer(TestTokens.all()), "by the keys that are known");
  }

  private Authentication answer(String token) {
    return authenticator.authenticate(Credentials.of(token)).await().atMost(Duration.ofSeconds(20));
  }
}
