package io.tideline.app;

import io.tideline.transport.TransportConfig;
import jakarta.enterprise.inject.Produces;

/** Gives the transports what they are held by. */
final class TransportWiring {
  private TransportWiring() {}

  @Produces
  static TransportConfig transport(TidelineConfig config) {
    return config.transport();
  }
}
