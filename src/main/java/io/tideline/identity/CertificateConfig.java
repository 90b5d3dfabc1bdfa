package io.tideline.identity;

import java.util.List;
import java.util.Optional;

/** One client certificate, told by exactly one of {@code uri}, {@code dns} and {@code dn}. */
public interface CertificateConfig {
  /** A URI among its subject alternative names, letter by letter. */
  Optional<String> uri();

  /** A DNS name among its subject alternative names, whole; case doesn't matter. */
  Optional<String> dns();

  /** Its whole subject (RFC 4514). */
  Optional<String> dn();

  /** Whose it is, as {@code sub} of a token. Default: the name of this entry. */
  Optional<String> subject();

  /** Channel patterns that it may subscribe to and read, as in a token's grants. */
  Optional<List<String>> subscribe();

  /** Likewise, publish into. */
  Optional<List<String>> publish();

  /** Likewise, see who is in. */
  Optional<List<String>> presence();

  /** Likewise, administer. */
  Optional<List<String>> admin();
}
