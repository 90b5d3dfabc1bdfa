package io.tideline.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.tideline.access.Action;
import io.tideline.app.TidelineConfig;
import io.tideline.config.StartRefusedException;
import io.tideline.stream.Channel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CertificateHolderTest {
  private static final String KEY = "tideline.auth.certificates.";

  @Test
  void anEntryIsWhoItsCertificateIsAndWhatItMay() {
    CertificateHolder holder =
        read(Map.of(
                "billing.uri", "spiffe://example.org/billing",
                "billing.publish", "invoices:*,{sub}:log",
                "billing.admin", "invoices:1"))
            .get(0);
    assertEquals("billing", holder.subject());
    assertTrue(holder.rights().allow(Action.PUBLISH, new Channel("invoices:7")));
    assertTrue(holder.rights().allow(Action.PUBLISH, new Channel("billing:log")));
    assertTrue(holder.rights().allow(Action.ADMIN, new Channel("invoices:1")));
    assertEquals(
        "accounts",
        read(Map.of("billing.dns", "b.example.org", "billing.subject", "accounts"))
            .get(0)
            .subject());
  }

  @Test
  void whatLeavesOpenWhoItIsStopsTheStart() {
    assertRefused("exactly one of uri, dns and dn", Map.of("a.publish", "x"));
    assertRefused("exactly one of uri, dns and dn", Map.of("a.uri", "urn:a", "a.dns", "a"));
    assertRefused("write the whole subject as", Map.of("a.dn", "whoever"));
    assertRefused("have the same name", Map.of("a.dns", "A.example", "b.dns", "a.example"));
    assertRefused(
        "have the same name", Map.of("a.dn", "CN=a,O=Example", "b.dn", "cn=A, o=example"));
  }

  @Test
  void aPatternThatMatchesNothingStopsTheStart() {
    assertRefused("'or*ers' matches no channel", Map.of("a.uri", "urn:a", "a.publish", "or*ers"));
    assertRefused(
        "a.presence: '{sub}:x' matches no channel",
        Map.of("a.uri", "urn:a", "a.subject", "a*", "a.presence", "{sub}:x"));
  }

  private static void assertRefused(String why, Map<String, String> settings) {
    StartRefusedException refused = assertThrows(StartRefusedException.class, () -> read(settings));
    assertTrue(refused.getMessage().contains(why), refused.getMessage());
  }

  private static List<CertificateHolder> read(Map<String, String> settings) {
    Map<String, String> properties = new HashMap<>();
    settings.forEach((key, value) -> properties.put(KEY + key, value));
    TidelineConfig config =
        new SmallRyeConfigBuilder()
            .withMapping(TidelineConfig.class)
            .addDiscoveredConverters()
            .withSources(new PropertiesConfigSource(properties, "test", 100))
            .build()
            .getConfigMapping(TidelineConfig.class);
    return CertificateHolder.all(config.auth().certificates());
  }
}
