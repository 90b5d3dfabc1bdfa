package io.tideline.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.mutiny.Uni;
import io.tideline.access.Identity;
import io.tideline.access.Revocation;
import io.tideline.access.Revocations;
import io.tideline.access.Rights;
import io.tideline.protocol.Problem;
import io.tideline.session.Authentication;
import io.tideline.session.Credentials;
import io.tideline.testing.TestAuthority;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From when on, and how long, a certificate counts. */
class CertificateAuthenticatorTest {
  private static final Duration YEAR = Duration.ofDays(366);

  @TempDir static Path folder;

  private static X509Certificate certificate;
  private final Revocations revocations = new Revocations();

  /** Good for 24 hours, of which 23 are over. */
  @BeforeAll
  static void sign() {
    certificate =
        TestAuthority.make(folder.resolve("authority.p12"))
            .sign("client", "CN=client", "uri:urn:client", Duration.ofHours(1))
            .certificate("client");
  }

  @Test
  void itCountsAsLongAsItSays() {
    Identity identity = identified(judge(YEAR, end().minusSeconds(1)));
    assertEquals("client", identity.subject());
    assertEquals(certificate.getNotBefore().toInstant(), identity.issuedAt());
    assertEquals(end(), identity.expiresAt());
    assertRefused(Problem.TOKEN_EXPIRED, judge(YEAR, end()));
  }

  /** Its revocation is forgotten then. */
  @Test
  void itCountsNoLongerThanATokenWould() {
    Duration age = Duration.ofHours(2);
    Instant atLatest = certificate.getNotBefore().toInstant().plus(age);
    assertEquals(atLatest, identified(judge(age, atLatest.minusSeconds(1))).expiresAt());
    assertRefused(Problem.TOKEN_EXPIRED, judge(age, atLatest));
  }

  @Test
  void oneOfBeforeTheRevocationIsRefusedAndOneOfLaterIsNot() {
    Instant issued = certificate.getNotBefore().toInstant();
    Instant now = issued.plusSeconds(60);
    revocations.add(new Revocation(Revocation.Kind.SUBJECT, "client", issued, end()));
    identified(judge(YEAR, now));
    revocations.add(new Revocation(Revocation.Kind.SUBJECT, "client", now, end()));
    assertRefused(Problem.TOKEN_REVOKED, judge(YEAR, now));
  }

  @Test
  void itCanBeRevokedByItsThumbprintAlone() {
    Instant now = end().minusSeconds(1);
    String thumbprint = identified(judge(YEAR, now)).tokenId();
    assertTrue(thumbprint.matches("x5t#S256:[A-Za-z0-9_-]{43}"), thumbprint);
    revocations.add(new Revocation(Revocation.Kind.TOKEN_ID, thumbprint, now, end()));
    assertRefused(Problem.TOKEN_REVOKED, judge(YEAR, now));
  }

  private static Instant end() {
    return certificate.getNotAfter().toInstant();
  }

  private static Identity identified(Authentication answer) {
    return ((Authentication.Identified) answer).identity();
  }

  private Authentication judge(Duration ageMax, Instant now) {
    CertificateHolder holder =
        new CertificateHolder(
            "client",
            CertificateHolder.Name.uri("urn:client"),
            "client",
            Rights.of(Map.of(), "client"));
    return new CertificateAuthenticator(
            List.of(holder),
            token -> Uni.createFrom().failure(new AssertionError("nobody brought one")),
            revocations,
            ageMax,
            Clock.fixed(now, ZoneOffset.UTC))
        .authenticate(Credentials.of(certificate))
        .await()
        .indefinitely();
  }

  private static void assertRefused(Problem problem, Authentication answer) {
    assertEquals(
        problem, assertInstanceOf(Authentication.Refused.class, answer).problem().problem());
  }
}
