package io.tideline.access;

/**
 * The proof that an identity may do what concerns everyone: an {@link Action#ADMIN} right on all
 * channels. Only {@link AccessPolicy} makes one.
 */
public final class AdminGrant {
  private final Identity identity;

  AdminGrant(Identity identity) {
    this.identity = identity;
  }

  public Identity identity() {
    return identity;
  }
}
