package io.tideline.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RestCase;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.PrivateKey;
import java.security.Signature;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jose4j.jwk.JsonWebKey.OutputControlLevel;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.RsaJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.lang.JoseException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tokens that claim to be good, each by another trick. They are put together by hand, as libraries
 * refuse to make most of them.
 */
@QuarkusTest
@WithTestResource(PostgresResource.class)
class TokenTricksTest {
  private static final String CHANNEL = "tricks:1";
  private static final RsaJsonWebKey STRANGER = stranger();

  @TestHTTPResource("/")
  URI base;

  static Stream<Arguments> tokens() throws GeneralSecurityException {
    PrivateKey ours = TestTokens.signingKey();
    PrivateKey foreign = STRANGER.getPrivateKey();
    byte[] publicKey = Base64.getDecoder().decode(TestTokens.publicKey());
    byte[] pem =
        ("-----BEGIN PUBLIC KEY-----\n" + TestTokens.publicKey() + "\n-----END PUBLIC KEY-----\n")
            .getBytes(StandardCharsets.US_ASCII);
    String good = signed(header(), claims(), ours);
    String[] parts = good.split("\\.");
    String deep = "{\"a\":".repeat(800) + "1" + "}".repeat(800);
    return Stream.of(
        // the signature
        row("a good one", "ok", good),
        row("unsigned", no(), part(header().put("alg", "none")) + "." + part(claims()) + "."),
        row(
            "unsigned, in capitals",
            no(),
            part(header().put("alg", "NONE")) + "." + part(claims()) + "."),
        row(
            "'none' over a good signature",
            no(),
            part(header().put("alg", "none")) + "." + parts[1] + "." + parts[2]),
        row("no signature", no(), parts[0] + "." + parts[1] + "."),
        row("two parts", no(), parts[0] + "." + parts[1]),
        row("four parts", no(), good + "." + parts[2]),
        row("a header without an algorithm", no(), signed(new JsonObject(), claims(), ours)),
        row(
            "other claims under the signature",
            no(),
            parts[0] + "." + part(claims().put("sub", "eve")) + "." + parts[2]),
        row("another's signature", no(), signed(header(), claims(), foreign)),
        row("the public key as a secret", no(), mac(publicKey)),
        row("the public key as a secret, as PEM", no(), mac(pem)),
        row("an empty secret", no(), mac(new byte[] {0})),
        row(
            "another algorithm of the same key",
            no(),
            signed(header().put("alg", "RS512"), claims(), ours, "SHA512withRSA")),
        row(
            "an algorithm of the same family",
            no(),
            signed(header().put("alg", "PS256"), claims(), ours)),
        row(
            "RSA that says it is elliptic",
            no(),
            signed(header().put("alg", "ES256"), claims(), ours)),
        row(
            "encrypted",
            no(),
            part(new JsonObject().put("alg", "dir").put("enc", "A128GCM"))
                + "..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA"),
        row(
            "a token in a token",
            no(),
            signed(header().put("cty", "JWT"), "\"" + good + "\"", ours)),
        // the header
        row(
            "any name of the key",
            "ok",
            signed(header().put("kid", "../../dev/null"), claims(), ours)),
        row(
            "another's key by name",
            no(),
            signed(header().put("kid", "' or 1=1 --"), claims(), foreign)),
        row(
            "another's key in the header",
            no(),
            signed(
                header()
                    .put("jwk", new JsonObject(STRANGER.toJson(OutputControlLevel.PUBLIC_ONLY))),
                claims(),
                foreign)),
        row(
            "a certificate in the header",
            no(),
            signed(header().put("x5c", new JsonArray().add("MIIB")), claims(), foreign)),
        row(
            "an extension that must be understood",
            no(),
            signed(header().put("crit", new JsonArray().add("exp")).put("exp", 1), claims(), ours)),
        row(
            "claims that aren't encoded",
            no(),
            signed(
                header().put("crit", new JsonArray().add("b64")).put("b64", false),
                claims(),
                ours)),
        // who, for whom, when
        row("no issuer", no(), without("iss")),
        row(
            "another issuer",
            no(),
            signed(header(), claims().put("iss", TestTokens.ISSUER + "/"), ours)),
        row(
            "several issuers",
            no(),
            signed(header(), claims().put("iss", new JsonArray().add(TestTokens.ISSUER)), ours)),
        row("no audience", no(), without("aud")),
        row("another audience", no(), signed(header(), claims().put("aud", "tidelines"), ours)),
        row(
            "us among the audiences",
            "ok",
            signed(
                header(),
                claims().put("aud", new JsonArray().add("x").add(TestTokens.AUDIENCE)),
                ours)),
        row("no subject", no(), without("sub")),
        row("a name in place of a subject", no(), without("sub", claims().put("upn", "anna"))),
        row("no end", no(), without("exp")),
        row("no beginning", no(), without("iat")),
        row(
            "an end that has just passed",
            "token-expired",
            signed(header(), claims().put("iat", now() - 60).put("exp", now() - 2), ours)),
        row("an end that is text", no(), signed(header(), claims().put("exp", "never"), ours)),
        row(
            "an end beyond all time",
            "ok",
            signed(header(), claims().put("exp", 99_999_999_999L), ours)),
        row(
            "an end beyond all numbers",
            no(),
            signed(
                header(), claims().encode().replaceFirst("\"exp\":\\d+", "\"exp\":1e400"), ours)),
        row("issued in the future", no(), signed(header(), claims().put("iat", now() + 120), ours)),
        row(
            "issued by a clock that is a little ahead",
            "ok",
            signed(header(), claims().put("iat", now() + 30), ours)),
        row("not yet good", no(), signed(header(), claims().put("nbf", now() + 300), ours)),
        row(
            "a claim twice",
            no(),
            signed(header(), claims().encode().replaceFirst("\\{", "{\"sub\":\"admin\","), ours)),
        // what it grants
        row("no grants", "forbidden", without("tideline")),
        row(
            "grants elsewhere",
            "forbidden",
            granting("realm_access", new JsonObject().put("tideline", all()))),
        row(
            "grants one deeper",
            "forbidden",
            granting("tideline", new JsonObject().put("tideline", all()))),
        row(
            "grants by a path",
            "forbidden",
            granting("tideline/subscribe", new JsonArray().add("*"))),
        row("grants as text", "forbidden", granting("tideline", all().encode())),
        row(
            "grants as a list",
            "forbidden",
            granting("tideline", new JsonArray().add("subscribe"))),
        row(
            "a grant that is no list",
            "forbidden",
            granting("tideline", new JsonObject().put("subscribe", "*"))),
        row(
            "a grant that is no text",
            no(),
            granting("tideline", new JsonObject().put("subscribe", new JsonArray().add(1)))),
        row(
            "an action in capitals",
            "forbidden",
            granting("tideline", new JsonObject().put("SUBSCRIBE", new JsonArray().add("*")))),
        row("scopes and groups", "forbidden", granting("scope", "subscribe admin *")),
        row(
            "claims nested deep",
            "ok",
            signed(
                header(), claims().encode().replaceFirst("\\{", "{\"deep\":" + deep + ","), ours)),
        row("longer than any token", no(), granting("padding", "x".repeat(6500))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("tokens")
  void isTakenForWhatItIs(String name, String code, String token) {
    TestClient client = TestClient.of(base.getPort(), token);
    HttpResponse<String> answer = client.get(TestClient.messages(CHANNEL), Map.of());
    assertEquals(
        code,
        answer.statusCode() == 200 ? "ok" : RestCase.json(answer).getString("code"),
        answer.body());
    if (answer.statusCode() == 401) {
      String why = RestCase.json(answer).getString("detail");
      assertTrue(why.startsWith("The token is refused: "), why);
    }
  }

  @Test
  void keysAreNeverFetchedFromWhereATokenSays() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    byte[] set =
        new JsonWebKeySet(STRANGER)
            .toJson(OutputControlLevel.PUBLIC_ONLY)
            .getBytes(StandardCharsets.UTF_8);
    HttpServer keys =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    keys.createContext(
        "/",
        exchange -> {
          asked.incrementAndGet();
          exchange.sendResponseHeaders(200, set.length);
          exchange.getResponseBody().write(set);
          exchange.close();
        });
    keys.start();
    try {
      String url = "http://127.0.0.1:" + keys.getAddress().getPort() + "/keys";
      for (String header : List.of("jku", "x5u", "kid")) {
        isTakenForWhatItIs(
            header, no(), signed(header().put(header, url), claims(), STRANGER.getPrivateKey()));
      }
      assertEquals(0, asked.get());
    } catch (GeneralSecurityException everyJdkCan) {
      throw new AssertionError(everyJdkCan);
    } finally {
      keys.stop(0);
    }
  }

  // --- parts of a token

  private static String no() {
    return "unauthenticated";
  }

  private static Arguments row(String name, String code, String token) {
    return Arguments.of(name, code, token);
  }

  private static long now() {
    return Instant.now().getEpochSecond();
  }

  private static JsonObject header() {
    return new JsonObject().put("alg", "RS256").put("typ", "JWT");
  }

  private static JsonObject all() {
    JsonArray every = new JsonArray().add("*");
    return new JsonObject().put("subscribe", every).put("publish", every).put("admin", every);
  }

  private static JsonObject claims() {
    return new JsonObject()
        .put("iss", TestTokens.ISSUER)
        .put("aud", TestTokens.AUDIENCE)
        .put("sub", "anna")
        .put("iat", now())
        .put("exp", now() + 600)
        .put("tideline", all());
  }

  private static String without(String claim) throws GeneralSecurityException {
    return without(claim, claims());
  }

  private static String without(String claim, JsonObject claims) throws GeneralSecurityException {
    claims.remove(claim);
    return signed(header(), claims, TestTokens.signingKey());
  }

  private static String granting(String claim, Object value) throws GeneralSecurityException {
    JsonObject claims = claims();
    claims.remove("tideline");
    return signed(header(), claims.put(claim, value), TestTokens.signingKey());
  }

  private static String signed(JsonObject header, JsonObject claims, PrivateKey key)
      throws GeneralSecurityException {
    return signed(header, claims.encode(), key);
  }

  private static String signed(JsonObject header, String claims, PrivateKey key)
      throws GeneralSecurityException {
    return signed(header, claims, key, "SHA256withRSA");
  }

  private static String signed(JsonObject header, JsonObject claims, PrivateKey key, String how)
      throws GeneralSecurityException {
    return signed(header, claims.encode(), key, how);
  }

  private static String signed(JsonObject header, String claims, PrivateKey key, String how)
      throws GeneralSecurityException {
    String content = part(header) + "." + part(claims);
    Signature signature = Signature.getInstance(how);
    signature.initSign(key);
    signature.update(content.getBytes(StandardCharsets.US_ASCII));
    return content + "." + part(signature.sign());
  }

  private static String mac(byte[] secret) throws GeneralSecurityException {
    String content = part(header().put("alg", "HS256")) + "." + part(claims());
    Key key = new SecretKeySpec(secret, "HmacSHA256");
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(key);
    return content + "." + part(mac.doFinal(content.getBytes(StandardCharsets.US_ASCII)));
  }

  private static String part(JsonObject json) {
    return part(json.encode());
  }

  private static String part(String text) {
    return part(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String part(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static RsaJsonWebKey stranger() {
    try {
      return RsaJwkGenerator.generateJwk(2048);
    } catch (JoseException everyJdkCan) {
      throw new IllegalStateException(everyJdkCan);
    }
  }
}
