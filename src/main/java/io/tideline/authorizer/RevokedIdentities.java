package io.tideline.authorizer;

import io.tideline.access.Authorizer.Question;
import io.tideline.access.Revocation;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The identities that some revocations are about: thousands, to be found among thousands of
 * questions.
 */
final class RevokedIdentities {
  private final Map<Revocation.Kind, Set<String>> byKind = new EnumMap<>(Revocation.Kind.class);

  RevokedIdentities(Collection<Revocation> revocations) {
    for (Revocation revocation : revocations) {
      byKind.computeIfAbsent(revocation.kind(), kind -> new HashSet<>()).add(revocation.value());
    }
  }

  /** Whether one of them is about whom this asks for. */
  boolean has(Question question) {
    return byKind.containsKey(Revocation.Kind.ALL)
        || names(Revocation.Kind.SUBJECT, question.subject())
        || names(Revocation.Kind.TOKEN_ID, question.tokenId());
  }

  private boolean names(Revocation.Kind kind, String value) {
    return value != null && byKind.getOrDefault(kind, Set.of()).contains(value);
  }
}
