package io.tideline.hub;

import io.smallrye.mutiny.Uni;
import io.tideline.access.AdminGrant;
import io.tideline.access.Authorizer;
import io.tideline.access.Identity;
import io.tideline.access.Revocation;
import io.tideline.access.RevocationLog;
import io.tideline.access.RevocationLog.Cursor;
import io.tideline.access.RevocationLog.News;
import io.tideline.access.Revocations;
import io.tideline.loop.Lane;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Ends access before its time: keeps revocations in the log, looks there for those of the other
 * nodes twice a second, and ends the live connections that they cover. So access has ended on every
 * node within a second after a revocation was answered, whatever the backplane does.
 */
public final class Revoker {
  private static final Duration LOOK = Duration.ofMillis(500);

  private final RevocationLog log;
  private final Revocations known;
  private final Authorizer authorizer;
  private final Hub hub;
  private final List<? extends Lane> lanes;
  private final Duration tokenAgeMax;
  private final Clock clock;
  private final CompletableFuture<Void> looked = new CompletableFuture<>();

  /** On the first lane only. */
  private Cursor cursor = Cursor.BEGIN;

  private volatile boolean isStopped;

  /**
   * Makes one that has not begun to look.
   *
   * @param tokenAgeMax after which no token counts, so that its revocation may be forgotten
   */
  public Revoker(
      RevocationLog log,
      Revocations known,
      Authorizer authorizer,
      Hub hub,
      List<? extends Lane> lanes,
      Duration tokenAgeMax,
      Clock clock) {
    this.log = log;
    this.known = known;
    this.authorizer = authorizer;
    this.hub = hub;
    this.lanes = lanes;
    this.tokenAgeMax = tokenAgeMax;
    this.clock = clock;
  }

  /** Completes when everything is known that was revoked before; never fails. */
  public CompletionStage<Void> start() {
    lanes.get(0).execute(this::look);
    return looked.minimalCompletionStage();
  }

  public void stop() {
    isStopped = true;
  }

  /** Now, for whoever names no moment. */
  public Instant now() {
    return clock.instant();
  }

  /**
   * Refuses tokens from now on, here at once and within a second everywhere. Fails as the log does;
   * then it may be done or not.
   *
   * @param value null for {@link Revocation.Kind#ALL}
   * @param before tokens issued earlier
   */
  public Uni<Void> revoke(
      AdminGrant grant, Revocation.Kind kind, @Nullable String value, Instant before) {
    return keep(new Revocation(kind, value, before, before.plus(tokenAgeMax)));
  }

  /** Refuses this one token, as its owner asks; nothing is to be done for nobody. */
  public Uni<Void> logOut(Identity identity) {
    if (identity.tokenId() == null) {
      return Uni.createFrom().voidItem();
    }
    // Issued in this second, or by a clock that is ahead, it must be covered too.
    Instant before = identity.issuedAt().plusSeconds(1);
    return keep(
        new Revocation(Revocation.Kind.TOKEN_ID, identity.tokenId(), before, identity.expiresAt()));
  }

  private Uni<Void> keep(Revocation revocation) {
    return log.add(revocation).invoke(() -> learn(List.of(revocation)));
  }

  /** All may be read anew, from the first on, so only what is new is acted on. */
  private void learn(List<Revocation> revocations) {
    List<Revocation> news = revocations.stream().filter(known::add).toList();
    if (!news.isEmpty()) {
      lanes.forEach(
          lane -> lane.execute(() -> hub.endIf(lane, known::cover, Disconnect.TOKEN_REVOKED)));
      authorizer.forget(news);
    }
  }

  private void look() {
    if (isStopped) {
      return;
    }
    known.forget(clock.instant());
    log.since(cursor)
        .subscribe()
        .with(
            news -> lanes.get(0).run(() -> found(news)),
            failure -> lanes.get(0).run(this::lookLater));
  }

  private void found(News news) {
    learn(news.revocations());
    cursor = news.next();
    if (news.isAll()) {
      looked.complete(null);
      lookLater();
    } else {
      look();
    }
  }

  private void lookLater() {
    lanes.get(0).schedule(LOOK, this::look);
  }
}
