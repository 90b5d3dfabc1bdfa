package io.tideline.door.centrifuge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.mutiny.Uni;
import io.tideline.access.Action;
import io.tideline.access.Identity;
import io.tideline.access.TokenFault;
import io.tideline.access.TokenRefusal;
import io.tideline.identity.SharedSecret;
import io.tideline.session.Authentication;
import io.tideline.session.Credentials;
import io.tideline.stream.Channel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyPairGenerator;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.keys.HmacKey;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens of the door's own, and what becomes of others. */
class TokensTest {
  private static final String SECRET = "a secret of the door, with 32 bytes or more";
  private static final Instant NOW = Instant.parse("2026-12-01T00:00:00Z");
  private static final long THEN = NOW.getEpochSecond();

  @TempDir Path directory;

  private final AtomicInteger asked = new AtomicInteger();
  private Tokens tokens;
  private ConnectionAuthenticator authenticator;

  @BeforeEach
  void open() throws Exception {
    Path file = Files.writeString(directory.resolve("secret"), SECRET);
    tokens = new Tokens(SharedSecret.in(file));
    authenticator =
        new ConnectionAuthenticator(
            tokens,
            credentials -> {
              asked.incrementAndGet();
              return Uni.createFrom()
                  .item(
                      new Authentication.Refused(
                          new TokenRefusal(TokenFault.ALGORITHM, "it is not for this server")));
            },
            Map.of(Action.SUBSCRIBE, List.of("user:{sub}:*")),
            Clock.fixed(NOW, ZoneOffset.UTC));
  }

  @Test
  void aTokenMayHaveNothingButAUser() throws Exception {
    Identity identity = identified("{\"sub\":\"42\"}");
    assertEquals("42", identity.subject());
    assertEquals(Instant.MAX, identity.expiresAt());
    assertEquals(Instant.MIN, identity.issuedAt());
    assertTrue(identity.rights().allow(Action.SUBSCRIBE, new Channel("user:42:mail")));
    assertFalse(identity.rights().allow(Action.SUBSCRIBE, new Channel("user:43:mail")));
    assertFalse(identity.rights().allow(Action.PUBLISH, new Channel("user:42:mail")));
    assertEquals(0, asked.get());
  }

  @Test
  void aTokenWithoutAUserNamesNobody() throws Exception {
    assertNull(identified("{}").subject());
    assertNull(identified("{\"sub\":\"\"}").subject());
  }

  @Test
  void anExpiredTokenIsRefusedToTheSecond() throws Exception {
    assertEquals(NOW.plusSeconds(1), identified("{\"exp\":" + (THEN + 1) + "}").expiresAt());
    assertEquals(TokenFault.EXPIRED, fault(hs256("{\"exp\":" + THEN + "}", SECRET)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"sub\":42}", "{\"exp\":\"soon\"}", "{\"iat\":[]}", "{\"jti\":1}", "{\"channels\":\"c\"}"
      })
  void aClaimOfTheWrongKindIsRefusedHere(String claims) throws Exception {
    assertEquals(TokenFault.CLAIM, fault(hs256(claims, SECRET)));
    assertEquals(0, asked.get());
  }

  @Test
  void anotherSecretIsNamedAfterTheServerRefusedIt() throws Exception {
    assertEquals(TokenFault.SIGNATURE, fault(hs256("{}", SECRET + "!")));
    assertEquals(1, asked.get());
  }

  /** The server's own verifier judges them; the door's secret counts with HS256 alone. */
  @ParameterizedTest
  @ValueSource(strings = {"none", "HS384", "HS512", "RS256"})
  void noOtherAlgorithmIsBelieved(String algorithm) throws Exception {
    fault(signed("{\"sub\":\"42\"}", algorithm, key(algorithm)));
    assertEquals(1, asked.get());
  }

  private static Key key(String algorithm) throws Exception {
    return switch (algorithm) {
      case "none" -> null;
      case "RS256" -> KeyPairGenerator.getInstance("RSA").generateKeyPair().getPrivate();
      default -> hmac(SECRET + SECRET);
    };
  }

  @Test
  void whatIsNoTokenIsAskedOfTheServer() {
    assertEquals(TokenFault.ALGORITHM, fault("rubbish"));
    assertEquals(1, asked.get());
  }

  @Test
  void infosAreJsonOrBytes() throws Exception {
    assertEquals("{\"a\":[1,\"x\"]}", info("{\"info\":{\"a\":[1,\"x\"]}}"));
    assertEquals("7", info("{\"info\":7}"));
    assertEquals("hi", info("{\"b64info\":\"aGk=\"}"));
    assertEquals("", info("{}"));
    assertArrayEquals(SeatInfo.NOTHING, tokens.connection(hs256("{}", SECRET)).info());
  }

  private String info(String claims) throws Exception {
    byte[] info = tokens.connection(hs256(claims, SECRET)).info();
    return new String(info, StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"channels\":[\"a\",\"b\"]} | [a, b]",
        "{\"subs\":{\"a\":{}}} | [a]",
        "{} | []",
      })
  void channelsOfTheServerAreRead(String claims, String channels) throws Exception {
    assertEquals(channels, tokens.connection(hs256(claims, SECRET)).channels().toString());
  }

  @Test
  void aSubscriptionTokenIsForOneChannel() throws Exception {
    Tokens.Subscription claims =
        tokens.subscription(
            hs256("{\"sub\":\"42\",\"channel\":\"c\",\"exp\":" + THEN + "}", SECRET));
    assertEquals("42", claims.user());
    assertEquals("c", claims.channel());
    assertEquals(NOW, claims.expiresAt());
    assertThrows(
        Tokens.RefusedException.class, () -> tokens.subscription(hs256("{}", SECRET)));
  }

  @Test
  void expireAtGoesBeforeExp() throws Exception {
    String claims = "{\"channel\":\"c\",\"exp\":1,\"expire_at\":%s}";
    assertEquals(
        NOW, tokens.subscription(hs256(claims.formatted(THEN), SECRET)).expiresAt());
    assertEquals(
        Instant.MAX, tokens.subscription(hs256(claims.formatted(0), SECRET)).expiresAt());
  }

  private Identity identified(String claims) throws Exception {
    Authentication answer = answer(hs256(claims, SECRET));
    assertTrue(answer instanceof Authentication.Identified, answer::toString);
    return ((Authentication.Identified) answer).identity();
  }

  private TokenFault fault(String token) {
    Authentication answer = answer(token);
    assertTrue(answer instanceof Authentication.Refused, answer::toString);
    return ((Authentication.Refused) answer).refusal().fault();
  }

  private Authentication answer(String token) {
    return authenticator.authenticate(Credentials.of(token)).await().indefinitely();
  }

  private static String hs256(String claims, String secret) throws Exception {
    return signed(claims, "HS256", hmac(secret));
  }

  private static Key hmac(String secret) {
    return new HmacKey(secret.getBytes(StandardCharsets.UTF_8));
  }

  private static String signed(String claims, String algorithm, Key key) throws Exception {
    JsonWebSignature signature = new JsonWebSignature();
    signature.setPayload(claims);
    signature.setAlgorithmHeaderValue(algorithm);
    signature.setAlgorithmConstraints(AlgorithmConstraints.NO_CONSTRAINTS);
    signature.setKey(key);
    return signature.getCompactSerialization();
  }
}
