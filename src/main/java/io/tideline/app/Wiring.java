package io.tideline.app;

import io.agroal.api.AgroalDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.smallrye.reactive.messaging.ChannelRegistry;
import io.tideline.access.AccessPolicy;
import io.tideline.access.Authorizer;
import io.tideline.access.Revocations;
import io.tideline.access.TokenEvents;
import io.tideline.authorizer.HttpAuthorizer;
import io.tideline.backplane.Neighbours;
import io.tideline.backplane.PostgresAddress;
import io.tideline.bridge.InboundBridges;
import io.tideline.bridge.OutboundBridges;
import io.tideline.hub.Channels;
import io.tideline.hub.Connections;
import io.tideline.hub.Hub;
import io.tideline.hub.HubEvents;
import io.tideline.hub.HubLimits;
import io.tideline.hub.Publisher;
import io.tideline.hub.Revoker;
import io.tideline.hub.Sweep;
import io.tideline.identity.CertificateAuthenticator;
import io.tideline.identity.CertificateHolder;
import io.tideline.identity.RefusalReport;
import io.tideline.identity.TokenAuthenticator;
import io.tideline.identity.TokenVerifier;
import io.tideline.net.Lanes;
import io.tideline.postgres.HistorySettings;
import io.tideline.postgres.LogEvents;
import io.tideline.postgres.Migrations;
import io.tideline.postgres.NodeLease;
import io.tideline.postgres.Outbox;
import io.tideline.postgres.PgHistory;
import io.tideline.postgres.Pruner;
import io.tideline.presence.LocalPresence;
import io.tideline.presence.Nodes;
import io.tideline.presence.Presence;
import io.tideline.presence.PresenceSettings;
import io.tideline.protocol.WireLimits;
import io.tideline.session.Authenticator;
import io.tideline.stream.Backplane;
import io.tideline.stream.History;
import io.tideline.stream.Namespaces;
import io.tideline.telemetry.AuthorizerMeters;
import io.tideline.telemetry.HubMeters;
import io.tideline.telemetry.LogMeters;
import io.tideline.telemetry.PresenceMeters;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import org.eclipse.microprofile.config.Config;
import org.flywaydb.core.Flyway;
import org.hibernate.reactive.mutiny.Mutiny;

/** Every part of this node, made once, from what it needs. */
final class Wiring {
  private static final Duration MIGRATE_AGAIN = Duration.ofSeconds(1);

  private Wiring() {}

  @Produces
  @Singleton
  static Clock clock() {
    return Clock.systemUTC();
  }

  @Produces
  @Singleton
  static NodeId nodeId(TidelineConfig config) {
    return new NodeId(config.nodeId().orElseGet(() -> UUID.randomUUID().toString()));
  }

  @Produces
  @Singleton
  static Namespaces namespaces(TidelineConfig config) {
    return Settings.namespaces(config);
  }

  @Produces
  @Singleton
  static HubLimits hubLimits(TidelineConfig config) {
    return Settings.hubLimits(config);
  }

  @Produces
  @Singleton
  static Revocations revocations() {
    return new Revocations();
  }

  @Produces
  @Singleton
  static Authorizer authorizer(Vertx vertx, TidelineConfig config, MeterRegistry registry) {
    return Settings.authorizer(config)
        .<Authorizer>map(
            settings -> new HttpAuthorizer(vertx, settings, new AuthorizerMeters(registry)))
        .orElse(Authorizer.NONE);
  }

  @Produces
  @Singleton
  static AccessPolicy accessPolicy(
      Namespaces namespaces, Revocations revocations, Authorizer authorizer, Clock clock) {
    return new AccessPolicy(namespaces, revocations, authorizer, clock);
  }

  @Produces
  @Singleton
  static Authenticator authenticator(
      JWTAuthContextInfo rules,
      Revocations revocations,
      Clock clock,
      TidelineConfig config,
      Config all) {
    Duration ageMax = Settings.tokenAge(config);
    Authenticator tokens =
        new TokenAuthenticator(
            new TokenVerifier(Settings.tokenRules(config, rules), ageMax, clock),
            revocations,
            clock,
            TokenAuthenticator.fetchesKeys(all),
            config.auth().cachedTokens());
    Authenticator certificates =
        new CertificateAuthenticator(
            CertificateHolder.all(config.auth().certificates()),
            tokens,
            revocations,
            ageMax,
            clock);
    return new RefusalReport(
        certificates, Settings.explainsRefusals(config, all), TokenEvents.NONE, System::nanoTime);
  }

  @Produces
  @Singleton
  static Lanes lanes(Vertx vertx) {
    return Lanes.of(vertx);
  }

  @Produces
  @Singleton
  static HubEvents hubEvents(MeterRegistry registry, Clock clock) {
    return new HubMeters(registry, clock);
  }

  @Produces
  @Singleton
  static HistorySettings historySettings(TidelineConfig config) {
    return Settings.history(config);
  }

  @Produces
  @Singleton
  static LogEvents logEvents(MeterRegistry registry) {
    return new LogMeters(registry);
  }

  @Produces
  @Singleton
  static PgHistory history(
      Vertx vertx,
      Mutiny.SessionFactory sessions,
      Pool pool,
      NodeId node,
      HistorySettings settings,
      LogEvents events) {
    return new PgHistory(vertx, sessions, pool, node.value(), settings, events);
  }

  @Produces
  @Singleton
  static Outbox outbox(
      PgHistory history,
      Namespaces namespaces,
      TidelineConfig config,
      Config all,
      Publisher publisher) {
    int payloadBytesMax = Math.toIntExact(config.limits().message().asLongValue());
    return history.outbox(
        namespaces, payloadBytesMax, publisher::pass, PostgresAddress.direct(all));
  }

  @Produces
  @Singleton
  static Pruner pruner(PgHistory history, Namespaces namespaces, TidelineConfig config) {
    return history.pruner(namespaces, Settings.upkeep(config));
  }

  @Produces
  @Singleton
  static Revoker revoker(
      PgHistory history,
      Revocations revocations,
      Authorizer authorizer,
      Hub hub,
      Lanes lanes,
      TidelineConfig config,
      Clock clock) {
    return new Revoker(
        history.revocations(),
        revocations,
        authorizer,
        hub,
        lanes.all(),
        Settings.tokenAge(config),
        clock);
  }

  @Produces
  @Singleton
  static NodeLease nodeLease(PgHistory history, TidelineConfig config) {
    return history.lease(Settings.leaseTerm(config));
  }

  @Produces
  @Singleton
  static PresenceSettings presenceSettings(TidelineConfig config) {
    return Settings.presence(config);
  }

  @Produces
  @Singleton
  static LocalPresence attendance(PresenceSettings settings) {
    return new LocalPresence(settings.grace(), System::nanoTime);
  }

  @Produces
  @Singleton
  static Presence presence(
      Lanes lanes,
      PgHistory history,
      NodeLease lease,
      LocalPresence attendance,
      PresenceSettings settings,
      Namespaces namespaces,
      MeterRegistry registry) {
    PresenceMeters meters = new PresenceMeters(registry);
    Presence presence =
        new Presence(
            lanes.all(),
            history.members(lease),
            attendance,
            settings,
            namespaces,
            meters,
            System::nanoTime);
    meters.watch(attendance, presence);
    return presence;
  }

  @Produces
  @Singleton
  static Migrations migrations(Flyway flyway, AgroalDataSource connections) {
    return new Migrations(
        flyway, () -> connections.flush(AgroalDataSource.FlushMode.ALL), MIGRATE_AGAIN);
  }

  @Produces
  @Singleton
  static Hub hub(
      Lanes lanes,
      History history,
      LocalPresence attendance,
      Namespaces namespaces,
      HubLimits limits,
      HubEvents events,
      Clock clock) {
    return new Hub(
        lanes.all(), history, attendance, namespaces, limits, events, clock, System::nanoTime);
  }

  @Produces
  @Singleton
  static Publisher publisher(
      Hub hub,
      Lanes lanes,
      History history,
      Backplane backplane,
      Namespaces namespaces,
      HubLimits limits,
      HubEvents events,
      Clock clock,
      NodeId node) {
    return new Publisher(
        hub, lanes.all(), history, backplane, namespaces, limits, events, clock, node.value());
  }

  @Produces
  @Singleton
  static InboundBridges bridges(
      TidelineConfig config,
      ChannelRegistry channels,
      AccessPolicy policy,
      Namespaces namespaces,
      WireLimits limits,
      Publisher publisher,
      Vertx vertx,
      MeterRegistry registry) {
    return new InboundBridges(
        config.bridges().in(),
        channels,
        policy,
        namespaces,
        limits,
        publisher,
        (pause, task) -> vertx.setTimer(pause.toMillis(), timer -> task.run()),
        registry);
  }

  @Produces
  @Singleton
  static OutboundBridges outboundBridges(
      TidelineConfig config,
      ChannelRegistry channels,
      Namespaces namespaces,
      PgHistory history,
      Vertx vertx,
      MeterRegistry registry) {
    return new OutboundBridges(
        config.bridges().out(),
        channels::getSubscribers,
        namespaces,
        history::cursors,
        history,
        (pause, task) -> vertx.setTimer(pause.toMillis(), timer -> task.run()),
        System::nanoTime,
        registry);
  }

  @Produces
  @Singleton
  static Neighbours neighbours(NodeId node, TidelineConfig config, NodeLease lease) {
    TidelineConfig.BackplaneConfig backplane = config.backplane();
    int messageChars =
        backplane.messageBytes().orElseGet(() -> backplane.connector().messageChars());
    return new Neighbours() {
      @Override
      public String self() {
        return node.value();
      }

      @Override
      public boolean isAlone() {
        return lease.others() == 0;
      }

      @Override
      public int messageCharsMax() {
        return messageChars;
      }
    };
  }

  @Produces
  @Singleton
  static Channels channels(Hub hub, History history, Namespaces namespaces) {
    return new Channels(hub, history, namespaces);
  }

  @Produces
  @Singleton
  static Connections connections(Hub hub, NodeId node) {
    return new Connections(hub, node.value());
  }

  @Produces
  @Singleton
  static Nodes nodes(PgHistory history) {
    return history.nodes();
  }

  @Produces
  @Singleton
  static Sweep sweep(Hub hub, History history, Lanes lanes, TidelineConfig config) {
    return new Sweep(hub, history, lanes.all().get(0), config.history().sweep(), System::nanoTime);
  }
}
