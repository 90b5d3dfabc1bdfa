package io.tideline.identity;

import io.smallrye.mutiny.Uni;
import io.tideline.access.Identity;
import io.tideline.access.Revocations;
import io.tideline.access.TokenFault;
import io.tideline.access.TokenRefusal;
import io.tideline.session.Authentication;
import io.tideline.session.Authenticator;
import io.tideline.session.Credentials;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * Tells clients by the certificate that the TLS handshake has verified; those who bring a token, or
 * nothing, it leaves to another. A certificate that no holder is told by is as none.
 */
public final class CertificateAuthenticator implements Authenticator {
  private static final Logger LOG = Logger.getLogger(CertificateAuthenticator.class);
  private static final Authentication NOBODY = new Authentication.Identified(Identity.ANONYMOUS);

  private static final TokenRefusal EXPIRED =
      new TokenRefusal(
          TokenFault.EXPIRED,
          "the time of the client certificate is over (notAfter, or tideline.auth.token-age after notBefore)");
  private static final TokenRefusal REVOKED =
      new TokenRefusal(TokenFault.REVOKED, "the client certificate was revoked");

  private final List<CertificateHolder> holders;
  private final Authenticator others;
  private final Revocations revocations;
  private final Duration ageMax;
  private final Clock clock;
  private final Set<List<String>> complained = ConcurrentHashMap.newKeySet();

  /**
   * Makes an authenticator.
   *
   * @param ageMax how long after it was issued a certificate counts, whatever it says itself:
   *     revocations are forgotten by then
   */
  public CertificateAuthenticator(
      List<CertificateHolder> holders,
      Authenticator others,
      Revocations revocations,
      Duration ageMax,
      Clock clock) {
    this.holders = holders;
    this.others = others;
    this.revocations = revocations;
    this.ageMax = ageMax;
    this.clock = clock;
  }

  @Override
  public Uni<Authentication> authenticate(Credentials credentials) {
    X509Certificate certificate = credentials.certificate();
    return certificate == null
        ? others.authenticate(credentials)
        : Uni.createFrom().item(judge(certificate));
  }

  private Authentication judge(X509Certificate certificate) {
    List<CertificateHolder> told =
        holders.stream().filter(holder -> holder.isToldBy(certificate)).toList();
    if (told.size() != 1) {
      complain(told);
      return NOBODY;
    }
    Identity identity = identity(told.get(0), certificate);
    if (identity.isExpired(clock.instant())) {
      return new Authentication.Refused(EXPIRED);
    }
    if (revocations.cover(identity)) {
      return new Authentication.Refused(REVOKED);
    }
    return new Authentication.Identified(identity);
  }

  /** Once for each that come together, or whoever has such a certificate could fill the log. */
  private void complain(List<CertificateHolder> told) {
    List<String> names = told.stream().map(CertificateHolder::name).toList();
    if (!names.isEmpty() && complained.add(names)) {
      LOG.warnf(
          "A certificate matches several entries of tideline.auth.certificates, so it gives no"
              + " rights: %s",
          names);
    }
  }

  private Identity identity(CertificateHolder holder, X509Certificate certificate) {
    Instant issued = certificate.getNotBefore().toInstant();
    Instant atLatest = issued.plus(ageMax);
    Instant named = certificate.getNotAfter().toInstant();
    return new Identity(
        holder.subject(),
        thumbprint(certificate),
        issued,
        named.isBefore(atLatest) ? named : atLatest,
        holder.rights());
  }

  /** What it can be revoked by alone (RFC 8705, 3.1). */
  private static String thumbprint(X509Certificate certificate) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
      return "x5t#S256:" + Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
    } catch (CertificateEncodingException | NoSuchAlgorithmException cannotBe) {
      throw new IllegalStateException(cannotBe);
    }
  }
}
