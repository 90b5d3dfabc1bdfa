package io.tideline.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.common.net.Inet;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.tideline.config.StartRefusedException;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class ProxiesTest {
  private static final String PROXIES = "tideline.limits.proxies";
  private static final String TRUSTED = "quarkus.http.proxy.trusted-proxies";
  private static final String FORWARDING = "quarkus.http.proxy.proxy-address-forwarding";
  private static final List<String> ALL =
      List.of("127.0.0.1", "10.1.2.3", "192.0.2.1", "2001:db8::1", "2001:db9::1");

  @Test
  void withoutAnyNobodyIsOne() {
    assertProxies(Map.of());
    assertProxies(Map.of(TRUSTED, "10.0.0.0/8"));
  }

  @Test
  void thoseThatAreListedAre() {
    assertProxies(Map.of(PROXIES, "10.0.0.0/8,2001:db8::/32"), "10.1.2.3", "2001:db8::1");
    assertProxies(Map.of(PROXIES, "192.0.2.1,2001:db9::1"), "192.0.2.1", "2001:db9::1");
    assertProxies(Map.of(PROXIES, "192.0.2.1", FORWARDING, "true"), "192.0.2.1");
  }

  @Test
  void thoseWhoAreBelievedAre() {
    assertProxies(
        Map.of(FORWARDING, "true", TRUSTED, "10.0.0.0/8,127.0.0.1"), "127.0.0.1", "10.1.2.3");
    String[] everybody = ALL.toArray(String[]::new);
    assertProxies(Map.of(FORWARDING, "true"), everybody);
    assertProxies(Map.of("quarkus.http.proxy.use-proxy-protocol", "true"), everybody);
    assertProxies(Map.of(FORWARDING, "true", TRUSTED, "10.0.0.1,balancer.example"), everybody);
  }

  @Test
  void whatIsNoAddressStopsTheStart() {
    StartRefusedException refused =
        assertThrows(StartRefusedException.class, () -> read(Map.of(PROXIES, "balancer.example")));
    assertTrue(refused.getMessage().contains("'balancer.example' is not an address"));
  }

  private static void assertProxies(Map<String, String> settings, String... expected) {
    Predicate<InetAddress> proxies = read(settings);
    assertEquals(
        List.of(expected),
        ALL.stream().filter(each -> proxies.test(Inet.parseInetAddress(each))).toList());
  }

  private static Predicate<InetAddress> read(Map<String, String> settings) {
    SmallRyeConfig config =
        new SmallRyeConfigBuilder()
            .withMapping(TidelineConfig.class)
            .addDiscoveredConverters()
            .withSources(new PropertiesConfigSource(settings, "test", 100))
            .build();
    return Proxies.of(config.getConfigMapping(TidelineConfig.class), config);
  }
}
