package io.tideline.app;

import io.smallrye.common.net.CidrAddress;
import io.smallrye.common.net.Inet;
import io.tideline.config.StartRefusedException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.eclipse.microprofile.config.Config;
import org.jspecify.annotations.Nullable;

/**
 * Through whom many come, so that connections say nothing about who is behind them: as it is
 * configured, or those whom Quarkus believes what they forward.
 */
final class Proxies {
  private static final String PREFIX = "quarkus.http.proxy.";

  private Proxies() {}

  static Predicate<InetAddress> of(TidelineConfig config, Config all) {
    Optional<List<String>> own = config.limits().proxies();
    if (own.isPresent()) {
      return among(own.get().stream().map(Proxies::demandNetwork).toList());
    }
    if (!isOn(all, "proxy-address-forwarding") && !isOn(all, "use-proxy-protocol")) {
      return nobody -> false;
    }
    // Names can't be told from addresses, so with one of them anybody may be a proxy.
    List<CidrAddress> trusted =
        all.getOptionalValues(PREFIX + "trusted-proxies", String.class).orElse(List.of()).stream()
            .map(Proxies::network)
            .toList();
    return trusted.isEmpty() || trusted.contains(null) ? anybody -> true : among(trusted);
  }

  private static boolean isOn(Config all, String key) {
    return all.getOptionalValue(PREFIX + key, Boolean.class).orElse(false);
  }

  private static Predicate<InetAddress> among(List<CidrAddress> networks) {
    return address -> networks.stream().anyMatch(network -> network.matches(address));
  }

  private static CidrAddress demandNetwork(String text) {
    CidrAddress network = network(text);
    if (network == null) {
      throw new StartRefusedException(
          "tideline.limits.proxies: '"
              + text
              + "' is not an address (10.0.0.5, 2001:db8::5) nor a network (10.0.0.0/8).");
    }
    return network;
  }

  private static @Nullable CidrAddress network(String text) {
    InetAddress address = Inet.parseInetAddress(text);
    return address == null
        ? Inet.parseCidrAddress(text)
        : CidrAddress.create(address, 8 * address.getAddress().length);
  }
}
