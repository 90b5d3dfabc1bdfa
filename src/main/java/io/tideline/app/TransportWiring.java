package io.tideline.app;

import io.quarkus.tls.TlsConfigurationRegistry;
import io.tideline.protocol.WireLimits;
import io.tideline.transport.Admission;
import io.tideline.transport.ClientCertificates;
import io.tideline.transport.LiveSettings;
import io.tideline.transport.OriginCheck;
import io.tideline.transport.PublishRates;
import io.tideline.transport.RequestLimits;
import io.tideline.transport.TransportConfig;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.List;
import org.eclipse.microprofile.config.Config;

/** Gives the transports what they are held by. */
final class TransportWiring {
  private TransportWiring() {}

  @Produces
  static TransportConfig transport(TidelineConfig config) {
    return config.transport();
  }

  @Produces
  @Singleton
  static LiveSettings liveSettings(TidelineConfig config) {
    return Settings.live(config);
  }

  @Produces
  @Singleton
  static WireLimits wireLimits(TidelineConfig config) {
    return Settings.wire(config);
  }

  @Produces
  @Singleton
  static Admission admission(TidelineConfig config) {
    TidelineConfig.LimitsConfig limits = config.limits();
    return new Admission(
        limits.connections(),
        limits.connectionsPerAddress(),
        limits.connectionsPerSubject(),
        limits.newConnections(),
        System::nanoTime);
  }

  @Produces
  @Singleton
  static ClientCertificates clientCertificates(
      TidelineConfig config, Config all, TlsConfigurationRegistry registry) {
    return CertificateRequest.of(config, all, registry);
  }

  @Produces
  @Singleton
  static PublishRates publishRates(TidelineConfig config) {
    return new PublishRates(config.limits().publishesPerSubject(), System::nanoTime);
  }

  @Produces
  @Singleton
  static RequestLimits requestLimits(TidelineConfig config) {
    return new RequestLimits(config.limits().handshake(), config.limits().request());
  }

  @Produces
  @Singleton
  static OriginCheck originCheck(TidelineConfig config) {
    return new OriginCheck(config.origins().orElse(List.of()));
  }
}
