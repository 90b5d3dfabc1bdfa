package io.tideline.access;

import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The revocations that this node knows. What it has learnt it keeps until it can't matter any more,
 * whether the database is there or not. Any thread.
 */
public final class Revocations {
  private static final String EVERYBODY = "";

  private final Map<Revocation.Kind, Map<String, Revocation>> known =
      new EnumMap<>(Revocation.Kind.class);

  public Revocations() {
    for (Revocation.Kind kind : Revocation.Kind.values()) {
      known.put(kind, new ConcurrentHashMap<>());
    }
  }

  /**
   * Who learns this before it acts on it ends whatever was admitted without it.
   *
   * @return whether it says more than what was known
   */
  public boolean add(Revocation revocation) {
    String key = revocation.value() == null ? EVERYBODY : revocation.value();
    Map<String, Revocation> all = known.get(revocation.kind());
    Revocation before = all.get(key);
    return !all.merge(key, revocation, Revocations::wider).equals(before);
  }

  private static Revocation wider(Revocation one, Revocation other) {
    return new Revocation(
        one.kind(),
        one.value(),
        later(one.before(), other.before()),
        later(one.until(), other.until()));
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  /** Whether the identity's token was revoked. */
  public boolean cover(Identity identity) {
    return !identity.isAnonymous()
        && (covers(Revocation.Kind.TOKEN_ID, identity.tokenId(), identity)
            || covers(Revocation.Kind.SUBJECT, identity.subject(), identity)
            || covers(Revocation.Kind.ALL, EVERYBODY, identity));
  }

  private boolean covers(Revocation.Kind kind, String key, Identity identity) {
    Map<String, Revocation> all = known.get(kind);
    if (key == null || all.isEmpty()) {
      return false;
    }
    Revocation revocation = all.get(key);
    return revocation != null && identity.issuedAt().isBefore(revocation.before());
  }

  /** Forgets what can't matter any more. */
  public void forget(Instant now) {
    known.values().forEach(all -> all.values().removeIf(each -> each.until().isBefore(now)));
  }

  public int size() {
    return known.values().stream().mapToInt(Map::size).sum();
  }
}
