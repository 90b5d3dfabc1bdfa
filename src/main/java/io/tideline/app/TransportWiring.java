package io.tideline.app;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.tideline.door.centrifuge.CentrifugeConfig;
import io.tideline.door.centrifuge.DisconnectCode;
import io.tideline.door.tideline.CloseCode;
import io.tideline.hub.Channels;
import io.tideline.hub.Hub;
import io.tideline.hub.HubLimits;
import io.tideline.hub.Publisher;
import io.tideline.net.accept.AddressLimiter;
import io.tideline.net.accept.ClientCertificates;
import io.tideline.net.accept.RequestTimeouts;
import io.tideline.net.http.OriginCheck;
import io.tideline.net.http.Routes;
import io.tideline.net.websocket.Deflation;
import io.tideline.net.websocket.TransportConfig;
import io.tideline.presence.Presence;
import io.tideline.protocol.WireLimits;
import io.tideline.session.Admission;
import io.tideline.session.Authenticator;
import io.tideline.session.LiveSettings;
import io.tideline.session.PublishLimiter;
import io.tideline.session.SessionContext;
import io.tideline.session.TransportEvents;
import io.tideline.session.WaitingBodies;
import io.tideline.stream.Namespaces;
import io.tideline.telemetry.FrameworkMeterFilter;
import io.tideline.telemetry.HttpMeterFilter;
import io.tideline.telemetry.TransportMeters;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.Config;

/** Gives the transports what they are held by. */
final class TransportWiring {
  private TransportWiring() {}

  @Produces
  static TransportConfig transport(TidelineConfig config) {
    return config.transport();
  }

  @Produces
  static CentrifugeConfig centrifuge(TidelineConfig config) {
    return config.doors().centrifuge();
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
  static TransportEvents transportEvents(MeterRegistry registry) {
    return new TransportMeters(
        registry,
        Stream.of(CloseCode.numbers(), DisconnectCode.numbers()).flatMap(List::stream).toList());
  }

  @Produces
  @Singleton
  static MeterFilter httpMeterFilter(Routes routes) {
    return new HttpMeterFilter(routes);
  }

  @Produces
  @Singleton
  static MeterFilter frameworkMeterFilter() {
    return new FrameworkMeterFilter();
  }

  @Produces
  @Singleton
  static Admission admission(TidelineConfig config, TransportEvents events) {
    TidelineConfig.LimitsConfig limits = config.limits();
    return new Admission(
        limits.connections(),
        limits.connectionsPerAddress(),
        limits.connectionsPerSubject(),
        limits.newConnections(),
        events,
        System::nanoTime);
  }

  @Produces
  @Singleton
  static AddressLimiter addressGate(TidelineConfig config, Config all, MeterRegistry registry) {
    Map<AddressLimiter.Refusal, Counter> refused = new EnumMap<>(AddressLimiter.Refusal.class);
    for (AddressLimiter.Refusal why : AddressLimiter.Refusal.values()) {
      refused.put(
          why,
          Counter.builder("tideline.sockets.refused")
              .description("TCP connections that were closed as they came, by their address")
              .tag("reason", why.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    return new AddressLimiter(
        Settings.socketsPerAddress(config),
        Settings.floodPause(config),
        Proxies.of(config, all),
        why -> refused.get(why).increment(),
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
  static Deflation deflation(TidelineConfig config, MeterRegistry registry) {
    Counter deflated =
        Counter.builder("tideline.deflated")
            .description("Frames that were deflated, each once for all connections")
            .register(registry);
    Counter before = deflatedBytes(registry, "before");
    Counter after = deflatedBytes(registry, "after");
    return new Deflation(
        (int) config.transport().webSocket().compressionMin().asLongValue(),
        (bytesBefore, bytesAfter) -> {
          deflated.increment();
          before.increment(bytesBefore);
          after.increment(bytesAfter);
        });
  }

  private static Counter deflatedBytes(MeterRegistry registry, String when) {
    return Counter.builder("tideline.deflated.bytes")
        .description("Their bytes, before and after")
        .tag("when", when)
        .register(registry);
  }

  @Produces
  @Singleton
  static SessionContext sessionContext(
      Hub hub,
      Authenticator authenticator,
      Publisher publisher,
      Channels channels,
      Presence presence,
      Namespaces namespaces,
      PublishLimiter rates,
      Clock clock,
      LiveSettings settings,
      TransportEvents events,
      HubLimits limits) {
    return new SessionContext(
        hub,
        authenticator,
        publisher,
        channels,
        presence,
        namespaces,
        rates,
        clock,
        settings,
        events,
        limits.subscriptionsMax());
  }

  @Produces
  @Singleton
  static WaitingBodies waitingBodies(TransportEvents events) {
    return new WaitingBodies(events);
  }

  @Produces
  @Singleton
  static PublishLimiter publishRates(TidelineConfig config, TransportEvents events) {
    return new PublishLimiter(config.limits().publishesPerSubject(), events, System::nanoTime);
  }

  @Produces
  @Singleton
  static RequestTimeouts requestLimits(TidelineConfig config) {
    return new RequestTimeouts(
        config.limits().handshake(),
        config.limits().request(),
        Settings.requestsPerConnection(config));
  }

  @Produces
  @Singleton
  static OriginCheck originCheck(TidelineConfig config) {
    List<String> listed = config.origins().orElse(List.of());
    return config.firstRun() ? OriginCheck.withLocalPages(listed) : new OriginCheck(listed);
  }
}
