package io.tideline.simulation;

import io.tideline.access.Identity;

/** P8: who has no right any more is gone within a second. Of one connection, by its token. */
final class Access {
  private static final long MICROS_MAX = 1_000_000;

  private final World world;
  private final SimulatedNode node;
  private final Client client;
  private final long connectedMicros;
  private Identity identity;

  /** When its token was first seen to have expired; 0 while it hasn't. */
  private long expiredMicros;

  /** Begins with the connection. */
  Access(World world, SimulatedNode node, Client client, Identity identity) {
    this.world = world;
    this.node = node;
    this.client = client;
    this.connectedMicros = world.time().micros();
    this.identity = identity;
  }

  void renewed(Identity newIdentity) {
    identity = newIdentity;
    expiredMicros = 0;
  }

  boolean isExpired() {
    return node.isExpired(identity);
  }

  boolean isRevocable() {
    return client.isRevocable(identity);
  }

  /** The connection is still there: may it be? To be asked several times a second. */
  void check() {
    if (node.isAtWork()) {
      long since = Math.max(connectedMicros, node.atWorkSinceMicros());
      checkExpired(since);
      checkRevoked(since);
    }
  }

  private void checkExpired(long since) {
    long now = world.time().micros();
    if (!isExpired()) {
      expiredMicros = 0;
    } else if (expiredMicros == 0) {
      expiredMicros = now;
    } else {
      Violation.unless(
          now <= Math.max(since, expiredMicros) + MICROS_MAX,
          "%s: still on %s with a token that expired",
          client,
          node.name());
    }
  }

  private void checkRevoked(long since) {
    long revokedMicros = client.revokedMicros(identity);
    if (revokedMicros >= 0) {
      long known = Math.max(revokedMicros, node.line().troubledMicros());
      long answers = 2 * world.weather().answerMicrosMax();
      Violation.unless(
          world.time().micros() <= Math.max(since, known) + MICROS_MAX + answers,
          "%s: still on %s with a token that was revoked",
          client,
          node.name());
    }
  }
}
