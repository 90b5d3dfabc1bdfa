package io.tideline.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.smallrye.mutiny.Uni;
import io.tideline.access.Identity;
import io.tideline.access.Revocations;
import io.tideline.access.TokenFault;
import io.tideline.protocol.Problem;
import io.tideline.session.Authentication;
import io.tideline.session.Credentials;
import io.tideline.testing.TestCertificate;
import io.tideline.testing.TestTokens;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.Config;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwk.EcJwkGenerator;
import org.jose4j.jwk.EllipticCurveJsonWebKey;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.JsonWebKey.OutputControlLevel;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.OctJwkGenerator;
import org.jose4j.jwk.OctetSequenceJsonWebKey;
import org.jose4j.jwk.RsaJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.keys.EllipticCurves;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens whose key is fetched. */
class TokenAuthenticatorTest {
  private static final TokenFault CANT_TELL = TokenFault.KEYS_UNAVAILABLE;
  private static final int REFRESH_MINUTES = 60;
  private static final Duration AGE_MAX = Duration.ofDays(366);

  /** Keys aren't fetched twice within 300 ms, whoever asks. */
  private static final long FETCH_PAUSE_MILLIS = 400;

  private final AtomicInteger fetched = new AtomicInteger();
  private final RsaJsonWebKey first = key("first");
  private final RsaJsonWebKey second = key("second");
  private HttpServer keys;
  private JWTAuthContextInfo info;
  private TokenAuthenticator authenticator;
  private volatile int status = 200;
  private volatile boolean hangs;
  private volatile boolean answersGarbage;
  private volatile RsaJsonWebKey served = first;
  private volatile List<JsonWebKey> besides = List.of();
  private volatile Duration ahead = Duration.ZERO;

  @BeforeEach
  void serveKeys() throws Exception {
    keys = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    keys.setExecutor(Executors.newCachedThreadPool());
    keys.createContext(
        "/keys",
        exchange -> {
          fetched.incrementAndGet();
          if (hangs) {
            return;
          }
          if (answersGarbage) {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write("<html>".getBytes(StandardCharsets.UTF_8));
            exchange.close();
            return;
          }
          List<JsonWebKey> all = new ArrayList<>(besides);
          all.add(served);
          answer(exchange, status, all);
        });
    keys.start();
    info =
        new JWTAuthContextInfo(
            "http://127.0.0.1:" + keys.getAddress().getPort() + "/keys", TestTokens.ISSUER);
    info.setJwksRefreshInterval(REFRESH_MINUTES);
    info.setForcedJwksRefreshInterval(lookMinutes());
    authenticator = authenticator();
  }

  private static void answer(HttpExchange exchange, int status, List<JsonWebKey> keys)
      throws IOException {
    byte[] set =
        new JsonWebKeySet(keys)
            .toJson(OutputControlLevel.INCLUDE_SYMMETRIC)
            .getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, set.length);
    exchange.getResponseBody().write(set);
    exchange.close();
  }

  /** As the server is set up. */
  private static int lookMinutes() throws IOException {
    try (InputStream in =
        TokenAuthenticatorTest.class.getResourceAsStream("/application.properties")) {
      Properties settings = new Properties();
      settings.load(in);
      return Integer.parseInt(settings.getProperty("smallrye.jwt.jwks.forced-refresh-interval"));
    }
  }

  private TokenAuthenticator authenticator() {
    return new TokenAuthenticator(
        new TokenVerifier(info, AGE_MAX, new AheadClock()),
        new Revocations(),
        new AheadClock(),
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
    assertRefused(CANT_TELL, answer(TestTokens.all()));
    status = 200;
    assertRefused(TokenFault.SIGNATURE, answer(TestTokens.all()));
    status = 500;
    assertRefused(TokenFault.SIGNATURE, answer(TestTokens.all()));
  }

  /** A page of a proxy, say, while the issuer starts: it must not be kept in place of the keys. */
  @Test
  void keysThatWereNoKeysAtFirstAreFetchedAgain() {
    answersGarbage = true;
    assertRefused(CANT_TELL, answer(signed(first)));
    answersGarbage = false;
    assertGood(answer(signed(first)));
  }

  @Test
  void nobodyWaitsForKeysThatDontCome() {
    hangs = true;
    List<Uni<Authentication>> many =
        IntStream.range(0, KeyedWork.STRANGE_WAITING_MAX + 10)
            .mapToObj(i -> authenticator.authenticate(Credentials.of(signed(first))))
            .toList();
    List<Authentication> answers =
        Uni.join().all(many).andFailFast().await().atMost(KeyedWork.PATIENCE.multipliedBy(3));
    answers.forEach(answer -> assertRefused(CANT_TELL, answer));
  }

  @Test
  void strangeKeysThatDontComeHoldUpNobodyWhoseKeyIsKnown() throws InterruptedException {
    assertGood(answer(signed(first)));
    Thread.sleep(FETCH_PAUSE_MILLIS);
    hangs = true;
    List<Uni<Authentication>> strangers =
        IntStream.range(0, 20)
            .mapToObj(i -> authenticator.authenticate(Credentials.of(signed(second))))
            .toList();
    CompletableFuture<List<Authentication>> strange =
        Uni.join().all(strangers).andFailFast().subscribeAsCompletionStage();
    long began = System.nanoTime();
    assertGood(answer(signed(first)));
    assertTrue(
        System.nanoTime() - began < KeyedWork.PATIENCE.toNanos() && !strange.isDone(),
        "verified while strangers wait");
    strange.join().forEach(answer -> assertRefused(CANT_TELL, answer));
  }

  @Test
  void anotherAlgorithmDoesNotMakeAKnownKeyStrange() throws InterruptedException {
    assertGood(answer(signed(first)));
    assertRefused(TokenFault.ALGORITHM, answer(header("{'alg':'HS256','kid':'first'}")));
    Thread.sleep(FETCH_PAUSE_MILLIS);
    hangs = true;
    for (int i = 0; i < KeyedWork.STRANGE_THREADS; i++) {
      var unused =
          authenticator.authenticate(Credentials.of(signed(second))).subscribeAsCompletionStage();
    }
    assertGood(answer(signed(first)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{'alg':'RS256','kid':1}", "{'alg':1,'kid':'first'}", "{'kid':null}", "[]", "1"})
  void aHeadThatNamesNoKeyAsItShouldIsNoToken(String head) {
    assertInvalid("a head", answer(header(head)));
  }

  /** A token without a signature, with quotes as they should be. */
  private static String header(String head) {
    return base64(head.replace('\'', '"')) + '.' + base64("{\"sub\":\"anna\"}") + ".AA";
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"mp.jwt.verify.publickey.location", "smallrye.jwt.verify.key.location"})
  void eitherSettingMayLeadToAServer(String setting) {
    assertTrue(TokenAuthenticator.fetchesKeys(config(setting, "https://id.example.com/keys")));
    assertFalse(TokenAuthenticator.fetchesKeys(config(setting, "/etc/tideline/key.pem")));
  }

  private static Config config(String setting, String value) {
    return new SmallRyeConfigBuilder().withDefaultValue(setting, value).build();
  }

  @Test
  void aNewKeyIsFoundWithTheFirstTokenThatNamesIt() throws InterruptedException {
    assertGood(answer(signed(first)));
    Thread.sleep(FETCH_PAUSE_MILLIS);
    served = second;
    assertGood(answer(signed(second)));
    assertRefused(TokenFault.UNKNOWN_KEY, answer(signed(first)));
  }

  @Test
  void whoNamesKeysThatDontExistMakesNobodyFetchThemAgainAndAgain() throws InterruptedException {
    assertGood(answer(signed(first)));
    Thread.sleep(FETCH_PAUSE_MILLIS);
    RsaJsonWebKey unknown = key("unknown");
    for (int i = 0; i < 4; i++) {
      unknown.setKeyId("unknown" + i);
      assertRefused(TokenFault.UNKNOWN_KEY, answer(signed(unknown)));
      Thread.sleep(FETCH_PAUSE_MILLIS);
    }
    assertEquals(2, fetched.get(), "once at first, once for the unknown ones");
  }

  @Test
  void theWordOfAKeyThatWasWithdrawnIsNotTakenForLong() throws InterruptedException {
    String token = signed(first);
    assertGood(answer(token));
    Thread.sleep(FETCH_PAUSE_MILLIS);
    served = second;
    assertGood(answer(signed(second)));
    assertGood(answer(token));
    ahead = TokenAuthenticator.REMEMBERED_MAX.plusSeconds(1);
    assertRefused(TokenFault.UNKNOWN_KEY, answer(token));
  }

  @Test
  void aTokenCountsNoLongerThanTokensDo() {
    Authentication answer = answer(signed(first, AGE_MAX.plusDays(1)));
    Identity identity = assertInstanceOf(Authentication.Identified.class, answer).identity();
    assertEquals(identity.issuedAt().plus(AGE_MAX), identity.expiresAt());
  }

  private static void assertRefused(TokenFault fault, Authentication answer) {
    var refused = assertInstanceOf(Authentication.Refused.class, answer);
    assertEquals(fault, refused.refusal().fault());
    assertEquals(Problem.of(fault), refused.problem().problem());
  }

  private static void assertInvalid(String name, Authentication answer) {
    var refused = assertInstanceOf(Authentication.Refused.class, answer, name);
    assertEquals(Problem.UNAUTHENTICATED, refused.problem().problem(), name);
  }

  private static void assertGood(Authentication answer) {
    assertInstanceOf(Authentication.Identified.class, answer);
  }

  private Authentication answer(String token) {
    return authenticator.authenticate(Credentials.of(token)).await().atMost(Duration.ofSeconds(20));
  }

  private static RsaJsonWebKey key(String id) {
    try {
      RsaJsonWebKey key = RsaJwkGenerator.generateJwk(2048);
      key.setKeyId(id);
      key.setAlgorithm("RS256");
      return key;
    } catch (JoseException everyJdkCan) {
      throw new IllegalStateException(everyJdkCan);
    }
  }

  private static String signed(RsaJsonWebKey key) {
    return signed(key, Duration.ofHours(1));
  }

  private static String signed(RsaJsonWebKey key, Duration age) {
    return signed("RS256", key.getPrivateKey(), Map.of("kid", key.getKeyId()), age);
  }

  private static String signed(
      String algorithm, Key key, Map<String, Object> headers, Duration age) {
    JwtClaims claims = new JwtClaims();
    claims.setIssuer(TestTokens.ISSUER);
    claims.setSubject("anna");
    claims.setIssuedAtToNow();
    // Two of one second would be the same token, which is remembered.
    claims.setGeneratedJwtId();
    claims.setExpirationTimeMinutesInTheFuture((float) age.toMinutes());
    JsonWebSignature signature = new JsonWebSignature();
    signature.setPayload(claims.toJson());
    signature.setKey(key);
    headers.forEach(signature::setHeader);
    signature.setAlgorithmHeaderValue(algorithm);
    signature.setAlgorithmConstraints(AlgorithmConstraints.NO_CONSTRAINTS);
    signature.setDoKeyValidation(false);
    try {
      return signature.getCompactSerialization();
    } catch (JoseException everyJdkCan) {
      throw new IllegalStateException(everyJdkCan);
    }
  }

  // --- tricks

  /** Which key a token is verified with, and how, isn't for the token to say. */
  @Test
  void noTrickMakesATokenGood() throws JoseException {
    OctetSequenceJsonWebKey secret = OctJwkGenerator.generateJwk(256);
    secret.setKeyId("secret");
    EllipticCurveJsonWebKey curve = EcJwkGenerator.generateJwk(EllipticCurves.P256);
    curve.setKeyId("curve");
    RsaJsonWebKey free = key("free");
    free.setAlgorithm(null);
    besides = List.of(secret, curve, free);
    Map<String, Object> ours = Map.of("kid", "first");
    Key theirs = second.getPrivateKey();
    byte[] der = first.getPublicKey().getEncoded();
    Map<String, String> tricks = new LinkedHashMap<>();
    tricks.put("unsigned", trick("none", null, ours));
    tricks.put("the served key as a secret", trick("HS256", new HmacKey(der), ours));
    tricks.put(
        "likewise, as PEM",
        trick("HS256", new HmacKey(bytes(TestCertificate.pem("PUBLIC KEY", der))), ours));
    tricks.put(
        "likewise, as it is served",
        trick("HS256", new HmacKey(bytes(first.toJson(OutputControlLevel.PUBLIC_ONLY))), ours));
    tricks.put(
        "likewise, one for any algorithm",
        trick("HS256", new HmacKey(free.getPublicKey().getEncoded()), Map.of("kid", "free")));
    tricks.put("a secret that is served", trick("HS256", secret.getKey(), Map.of("kid", "secret")));
    tricks.put("a curve", trick("ES256", curve.getPrivateKey(), Map.of("kid", "curve")));
    tricks.put("RS512", trick("RS512", free.getPrivateKey(), Map.of("kid", "free")));
    tricks.put("PS256", trick("PS256", free.getPrivateKey(), Map.of("kid", "free")));
    tricks.put("another's key by our name", trick("RS256", theirs, ours));
    tricks.put(
        "another's key, and with it",
        trick(
            "RS256",
            theirs,
            Map.of("kid", "first", "jwk", second.toParams(OutputControlLevel.PUBLIC_ONLY))));
    tricks.put(
        "another's certificate",
        trick("RS256", theirs, Map.of("kid", "first", "x5c", List.of("MIIB"))));
    for (String name : List.of("FIRST", "first ", "", "../first", "' or '1'='1", "first\u0000")) {
      tricks.put(
          "our key as '" + name + "'", trick("RS256", first.getPrivateKey(), Map.of("kid", name)));
    }
    assertGood(answer(signed(first)));
    assertGood(answer(signed(free)));
    tricks.forEach((name, token) -> assertInvalid(name, answer(token)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"jku", "x5u", "kid"})
  void keysAreFetchedFromNowhereElse(String header) throws IOException {
    AtomicInteger asked = new AtomicInteger();
    RsaJsonWebKey theirs = key("first");
    HttpServer elsewhere =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    elsewhere.createContext(
        "/",
        exchange -> {
          asked.incrementAndGet();
          answer(exchange, 200, List.of(theirs));
        });
    elsewhere.start();
    try {
      Map<String, Object> headers = new LinkedHashMap<>(Map.of("kid", "first"));
      headers.put(header, "http://127.0.0.1:" + elsewhere.getAddress().getPort() + "/keys");
      assertGood(answer(signed(first)));
      assertInvalid(header, answer(trick("RS256", theirs.getPrivateKey(), headers)));
      assertEquals(0, asked.get());
    } finally {
      elsewhere.stop(0);
    }
  }

  private static String trick(String algorithm, Key key, Map<String, Object> headers) {
    return signed(algorithm, key, headers, Duration.ofHours(1));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The time, and what a test adds to it. */
  private final class AheadClock extends Clock {
    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Instant instant() {
      return Instant.now().plus(ahead);
    }
  }
}
