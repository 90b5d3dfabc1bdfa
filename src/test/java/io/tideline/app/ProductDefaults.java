package io.tideline.app;

import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.tideline.hub.HubLimits;
import io.tideline.protocol.WireLimits;

/** The settings of a server that nobody has configured, so that tests run with those, too. */
public final class ProductDefaults {
  private static final TidelineConfig CONFIG = read();

  private ProductDefaults() {}

  private static TidelineConfig read() {
    SmallRyeConfig nothingSet =
        new SmallRyeConfigBuilder()
            .addDiscoveredConverters()
            .withMapping(TidelineConfig.class)
            .build();
    return nothingSet.getConfigMapping(TidelineConfig.class);
  }

  public static HubLimits hubLimits() {
    return Settings.hubLimits(CONFIG);
  }

  public static WireLimits wireLimits() {
    return Settings.wire(CONFIG);
  }
}
