package io.tideline.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.stream.Channel;
import io.tideline.stream.Durability;
import io.tideline.stream.Namespace;
import io.tideline.stream.Namespaces;
import io.tideline.stream.Retention;
import io.tideline.stream.SlowConsumer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessPolicyTest {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
  private static final Channel CHANNEL = new Channel("orders:42");

  private final AccessPolicy policy =
      new AccessPolicy(
          new Namespaces(
              Map.of("default", namespace("default", false), "news", namespace("news", true))),
          Clock.fixed(NOW, ZoneOffset.UTC));

  private static Namespace namespace(String name, boolean publicRead) {
    return new Namespace(
        name,
        Durability.DURABLE,
        new Retention(Duration.ofDays(1), 10),
        SlowConsumer.CATCH_UP,
        publicRead,
        false);
  }

  private static Identity identity(Instant expiresAt, Rights rights) {
    return new Identity("anna", "t1", NOW.minusSeconds(60), expiresAt, rights);
  }

  @ParameterizedTest
  @CsvSource({
    "orders:42, orders:42, true",
    "orders:42, orders:421, false",
    "orders:42, Orders:42, false",
    "orders:*, orders:42, true",
    "orders:*, orders, false",
    "orders:*, Orders:42, false",
    "orders:*, ordersx:42, false",
    "*, orders:42, true",
    "user:{sub}:*, user:anna:inbox, true",
    "user:{sub}:*, user:annabel:inbox, false",
    "user:{sub}, user:anna, true",
    "orders*:42, orders1:42, false",
  })
  void matchesExactNamesPrefixesAndTheSubject(String pattern, String channel, boolean allowed) {
    Rights rights = Rights.of(Map.of(Action.SUBSCRIBE, List.of(pattern)), "anna");
    assertEquals(allowed, rights.allow(Action.SUBSCRIBE, new Channel(channel)));
    assertFalse(rights.allow(Action.PUBLISH, new Channel(channel)), "another action");
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "a*", "", "a/b", "x:\n", "anna:*"})
  void aSubjectThatIsNoPartOfANameWidensNothing(String subject) {
    Rights rights =
        Rights.of(Map.of(Action.SUBSCRIBE, List.of("user:{sub}", "user:{sub}:*")), subject);
    assertFalse(rights.allow(Action.SUBSCRIBE, new Channel("user:bert:inbox")));
    assertFalse(rights.allow(Action.SUBSCRIBE, new Channel("user:a:inbox")));
  }

  @Test
  void aTokenCanNotNamePatternsWithoutEnd() {
    List<String> many = Collections.nCopies(Rights.PATTERNS_MAX + 1, "a");
    assertThrows(
        IllegalArgumentException.class, () -> Rights.of(Map.of(Action.PUBLISH, many), "anna"));
  }

  @Test
  void grantsWhatTheTokenClaims() {
    Identity anna =
        identity(
            NOW.plusSeconds(1), Rights.of(Map.of(Action.SUBSCRIBE, List.of("orders:*")), "anna"));
    AccessPolicy.Decision decision = policy.decide(anna, Action.SUBSCRIBE, CHANNEL);
    Grant grant = assertInstanceOf(AccessPolicy.Decision.Granted.class, decision).grant();
    assertEquals(CHANNEL, grant.channelFor(Action.SUBSCRIBE));
    assertThrows(IllegalStateException.class, () -> grant.channelFor(Action.PUBLISH));
    assertRefused(AccessPolicy.Refusal.FORBIDDEN, anna, Action.PUBLISH, CHANNEL);
  }

  @Test
  void nothingIsAllowedWithoutARight() {
    assertRefused(
        AccessPolicy.Refusal.UNAUTHENTICATED, Identity.ANONYMOUS, Action.SUBSCRIBE, CHANNEL);
    assertRefused(
        AccessPolicy.Refusal.FORBIDDEN,
        identity(Instant.MAX, Rights.NONE),
        Action.SUBSCRIBE,
        CHANNEL);
  }

  @Test
  void aPublicNamespaceIsForReadingOnly() {
    Channel news = new Channel("news:today");
    assertTrue(
        policy.decide(Identity.ANONYMOUS, Action.SUBSCRIBE, news)
            instanceof AccessPolicy.Decision.Granted);
    assertRefused(AccessPolicy.Refusal.UNAUTHENTICATED, Identity.ANONYMOUS, Action.PUBLISH, news);
  }

  @Test
  void anExpiredTokenIsNoAnonymousOne() {
    Identity late = identity(NOW, Rights.of(Map.of(Action.SUBSCRIBE, List.of("*")), "anna"));
    assertRefused(AccessPolicy.Refusal.TOKEN_EXPIRED, late, Action.SUBSCRIBE, CHANNEL);
    assertRefused(
        AccessPolicy.Refusal.TOKEN_EXPIRED, late, Action.SUBSCRIBE, new Channel("news:today"));
  }

  private void assertRefused(
      AccessPolicy.Refusal refusal, Identity identity, Action action, Channel channel) {
    AccessPolicy.Decision decision = policy.decide(identity, action, channel);
    assertEquals(
        refusal, assertInstanceOf(AccessPolicy.Decision.Refused.class, decision).refusal());
  }
}
