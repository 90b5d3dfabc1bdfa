package io.tideline.identity;

import io.smallrye.jwt.KeyProvider;
import io.smallrye.jwt.auth.principal.DefaultJWTTokenParser;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import java.io.IOException;
import org.jose4j.keys.resolvers.VerificationKeyResolver;
import org.jose4j.lang.UnresolvableKeyException;
import org.jspecify.annotations.Nullable;

/**
 * A parser of tokens that doesn't keep what isn't a key: where the address of the keys answered
 * something else once, it is asked again with the next token.
 */
final class FetchedKeysParser extends DefaultJWTTokenParser {
  private volatile @Nullable VerificationKeyResolver keys;

  @Override
  protected VerificationKeyResolver getVerificationKeyResolver(JWTAuthContextInfo rules)
      throws UnresolvableKeyException {
    if (rules.getKeyProvider() == KeyProvider.AWS_ALB || rules.isVerifyCertificateThumbprint()) {
      return super.getVerificationKeyResolver(rules);
    }
    VerificationKeyResolver known = keys;
    return known == null ? fetch(rules) : known;
  }

  private synchronized VerificationKeyResolver fetch(JWTAuthContextInfo rules)
      throws UnresolvableKeyException {
    VerificationKeyResolver known = keys;
    if (known != null) {
      return known;
    }
    ConfiguredKeys fetched = new ConfiguredKeys(rules);
    if (fetched.isEmpty()) {
      throw new UnresolvableKeyException("no keys", new IOException("no keys in the answer"));
    }
    keys = fetched;
    return fetched;
  }
}
