package io.tideline.app;

import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.tideline.authorizer.AuthorizerSettings;
import io.tideline.config.StartRefusedException;
import io.tideline.hub.HubLimits;
import io.tideline.identity.SharedSecret;
import io.tideline.identity.UnusableKeyException;
import io.tideline.postgres.HistorySettings;
import io.tideline.postgres.UpkeepSettings;
import io.tideline.presence.PresenceSettings;
import io.tideline.protocol.WireLimits;
import io.tideline.session.ConnectionWriter;
import io.tideline.session.HeartbeatSettings;
import io.tideline.session.LiveSettings;
import io.tideline.stream.Channel;
import io.tideline.stream.Durability;
import io.tideline.stream.History;
import io.tideline.stream.Namespace;
import io.tideline.stream.Namespaces;
import io.tideline.stream.Retention;
import io.tideline.stream.SlowConsumer;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;

/** The configuration in the words of the parts that it is for. */
final class Settings {
  /** Long enough for a neighbour's announcement that was overtaken, short enough not to be felt. */
  private static final Duration HOLE_WAIT = Duration.ofMillis(20);

  private static final Duration DRAIN_WINDOW_MAX = Duration.ofSeconds(60);

  private static final Duration TOKEN_AGE_MAX = Duration.ofDays(3660);

  private static final Duration PRESENCE_GRACE_MAX = Duration.ofSeconds(60);
  private static final Duration PRESENCE_INTERVAL_MIN = Duration.ofMillis(50);
  private static final Duration PRESENCE_INTERVAL_MAX = Duration.ofSeconds(60);
  private static final int NAMED_MEMBERS_MAX = 1000;
  private static final Duration LEASE_TERM_MIN = Duration.ofSeconds(1);
  private static final Duration LEASE_TERM_MAX = Duration.ofMinutes(10);

  private static final Duration AUTHORIZER_TIMEOUT_MIN = Duration.ofMillis(10);
  private static final Duration AUTHORIZER_TIMEOUT_MAX = Duration.ofSeconds(10);
  private static final Duration AUTHORIZER_GRACE_MAX = Duration.ofSeconds(60);

  private static final Duration FLOOD_PAUSE_MAX = Duration.ofMinutes(10);

  private static final int IDLE_CHANNELS_MAX = 10_000;

  /** The largest first. */
  private static final List<Map.Entry<String, Duration>> UNITS =
      List.of(
          Map.entry("d", Duration.ofDays(1)),
          Map.entry("h", Duration.ofHours(1)),
          Map.entry("m", Duration.ofMinutes(1)),
          Map.entry("s", Duration.ofSeconds(1)));

  private Settings() {}

  /**
   * Asks every part whether it can do with what is set.
   *
   * @throws StartRefusedException if a value is out of its bounds
   */
  static void check(TidelineConfig config) {
    namespaces(config);
    hubLimits(config);
    history(config);
    drainWindow(config);
    tokenAge(config);
    presence(config);
    leaseTerm(config);
    authorizer(config);
    socketsPerAddress(config);
    requestsPerConnection(config);
    floodPause(config);
    upkeep(config);
    live(config);
    wire(config);
  }

  static Namespaces namespaces(TidelineConfig config) {
    Map<String, Namespace> all = new HashMap<>();
    config.namespaces().forEach((name, settings) -> all.put(name, namespace(name, settings)));
    all.computeIfAbsent(
        Channel.DEFAULT_NAMESPACE, name -> namespace(name, config.namespaces().get(name)));
    return new Namespaces(all);
  }

  private static Namespace namespace(String name, TidelineConfig.NamespaceConfig settings) {
    boolean isEphemeral = settings.durability() == Durability.EPHEMERAL;
    return new Namespace(
        name,
        settings.durability(),
        new Retention(settings.retention().age(), settings.retention().count()),
        settings
            .slowConsumer()
            .orElse(isEphemeral ? SlowConsumer.DROP_OLDEST : SlowConsumer.CATCH_UP),
        settings.publicRead(),
        settings.sender(),
        settings.presence());
  }

  static HubLimits hubLimits(TidelineConfig config) {
    TidelineConfig.LiveConfig live = config.live();
    return new HubLimits(
        config.limits().subscriptions(),
        ConnectionWriter.BYTES_MAX,
        live.tailMessages(),
        Math.toIntExact(live.tail().asLongValue()),
        live.tails().asLongValue(),
        live.pages().asLongValue(),
        IDLE_CHANNELS_MAX,
        live.queueMessages(),
        Math.toIntExact(live.queue().asLongValue()),
        HOLE_WAIT);
  }

  static HistorySettings history(TidelineConfig config) {
    HistorySettings defaults = HistorySettings.defaults();
    return new HistorySettings(
        config.idempotency().window(),
        defaults.connectionWait(),
        defaults.connectionWaitersMax(),
        config.history().outcomeWait(),
        defaults.unresolvedBatchesMax(),
        config.history().failoverLossless());
  }

  static Duration drainWindow(TidelineConfig config) {
    Duration window = config.drain().window();
    if (window.isNegative() || window.compareTo(DRAIN_WINDOW_MAX) > 0) {
      throw new StartRefusedException(
          "tideline.drain.window is "
              + written(window)
              + "; it must be 0 to "
              + DRAIN_WINDOW_MAX.toSeconds()
              + "s, and must end before the process is killed.",
          null);
    }
    return window;
  }

  static Duration tokenAge(TidelineConfig config) {
    return tokenAge(config.auth().tokenAge());
  }

  static Duration tokenAge(Duration age) {
    if (age.isNegative() || age.isZero() || age.compareTo(TOKEN_AGE_MAX) > 0) {
      throw new StartRefusedException(
          "tideline.auth.token-age is "
              + written(age)
              + "; it must be more than 0 and at most "
              + TOKEN_AGE_MAX.toDays()
              + "d.");
    }
    return age;
  }

  /** The rules that tokens are judged by, with the shared secret where one is configured. */
  static JWTAuthContextInfo tokenRules(TidelineConfig config, JWTAuthContextInfo keys) {
    if (config.auth().secretFile().isEmpty()) {
      return keys;
    }
    try {
      return SharedSecret.in(config.auth().secretFile().get()).rules(keys);
    } catch (UnusableKeyException unusable) {
      throw new StartRefusedException(
          SharedSecret.SETTING + ": " + unusable.getMessage(), unusable);
    }
  }

  /** Whether clients are told why their token is refused: strangers needn't know. */
  static boolean explainsRefusals(TidelineConfig config, Config all) {
    return config
        .auth()
        .explainRefusals()
        .orElseGet(() -> config.firstRun() || listensOnLoopbackOnly(all));
  }

  private static boolean listensOnLoopbackOnly(Config all) {
    try {
      return InetAddress.getByName(all.getValue(FirstRun.HOST, String.class)).isLoopbackAddress();
    } catch (UnknownHostException | NoSuchElementException unknown) {
      return false;
    }
  }

  static PresenceSettings presence(TidelineConfig config) {
    TidelineConfig.PresenceConfig presence = config.presence();
    demand("tideline.presence.grace", presence.grace(), Duration.ZERO, PRESENCE_GRACE_MAX);
    demand(
        "tideline.presence.interval",
        presence.interval(),
        PRESENCE_INTERVAL_MIN,
        PRESENCE_INTERVAL_MAX);
    if (presence.namedMembers() < 0 || presence.namedMembers() > NAMED_MEMBERS_MAX) {
      throw new StartRefusedException(
          "tideline.presence.named-members is "
              + presence.namedMembers()
              + "; it must be 0 to "
              + NAMED_MEMBERS_MAX
              + ".");
    }
    return new PresenceSettings(presence.grace(), presence.interval(), presence.namedMembers());
  }

  static Duration leaseTerm(TidelineConfig config) {
    Duration term = config.lease().term();
    demand("tideline.lease.term", term, LEASE_TERM_MIN, LEASE_TERM_MAX);
    return term;
  }

  /** Empty without one. */
  static Optional<AuthorizerSettings> authorizer(TidelineConfig config) {
    TidelineConfig.AuthorizerConfig authorizer = config.authorizer();
    demand(
        "tideline.authorizer.timeout",
        authorizer.timeout(),
        AUTHORIZER_TIMEOUT_MIN,
        AUTHORIZER_TIMEOUT_MAX);
    demand("tideline.authorizer.grace", authorizer.grace(), Duration.ZERO, AUTHORIZER_GRACE_MAX);
    demand("tideline.authorizer.concurrency", authorizer.concurrency(), 1, 1024);
    demand("tideline.authorizer.queue", authorizer.queue(), 1, 100_000);
    demand("tideline.authorizer.queue-per-subject", authorizer.queuePerSubject(), 1, 100_000);
    demand("tideline.authorizer.cached-answers", authorizer.cachedAnswers(), 0, 1_000_000);
    return authorizer
        .url()
        .map(
            url ->
                new AuthorizerSettings(
                    httpUrl("tideline.authorizer.url", url),
                    authorizer.token(),
                    authorizer.timeout(),
                    authorizer.concurrency(),
                    authorizer.queue(),
                    authorizer.queuePerSubject(),
                    authorizer.cachedAnswers(),
                    authorizer.grace(),
                    authorizer.anonymous()));
  }

  static int socketsPerAddress(TidelineConfig config) {
    int most = config.limits().socketsPerAddress();
    demand("tideline.limits.sockets-per-address", most, 1, 1_000_000);
    return most;
  }

  static int requestsPerConnection(TidelineConfig config) {
    int most = config.limits().requestsPerConnection();
    demand("tideline.limits.requests-per-connection", most, 1, 1_000_000);
    return most;
  }

  static Duration floodPause(TidelineConfig config) {
    Duration pause = config.limits().floodPause();
    demand("tideline.limits.flood-pause", pause, Duration.ZERO, FLOOD_PAUSE_MAX);
    return pause;
  }

  private static URI httpUrl(String key, String text) {
    try {
      URI url = new URI(text);
      boolean isHttp = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
      if (isHttp && url.getHost() != null && url.getUserInfo() == null) {
        return url;
      }
    } catch (URISyntaxException notOne) {
      // The answer is the same.
    }
    throw new StartRefusedException(
        key
            + " is not an address: write it as https://app.example.com/authorize, without user or"
            + " password.");
  }

  private static void demand(String key, int value, int least, int most) {
    if (value < least || value > most) {
      throw new StartRefusedException(
          key + " is " + value + "; it must be " + least + " to " + most + ".");
    }
  }

  private static void demand(String key, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new StartRefusedException(
          key
              + " is "
              + written(value)
              + "; it must be "
              + written(least)
              + " to "
              + written(most)
              + ".");
    }
  }

  /** As settings are written: 250ms, 30s, 5m, 12h, 7d. */
  static String written(Duration duration) {
    long millis = duration.toMillis();
    if (millis == 0) {
      return "0s";
    }
    for (Map.Entry<String, Duration> unit : UNITS) {
      if (millis % unit.getValue().toMillis() == 0) {
        return millis / unit.getValue().toMillis() + unit.getKey();
      }
    }
    return millis + "ms";
  }

  static UpkeepSettings upkeep(TidelineConfig config) {
    UpkeepSettings defaults = UpkeepSettings.defaults();
    return new UpkeepSettings(
        config.history().prune(),
        config.history().journal(),
        defaults.channelsAStep(),
        defaults.channelsALock(),
        defaults.rowsAStep());
  }

  static LiveSettings live(TidelineConfig config) {
    return new LiveSettings(
        config.live().retry(),
        config.live().expiring(),
        config.limits().pollWait(),
        config.limits().streamChannels(),
        config.limits().unauthenticated(),
        new HeartbeatSettings(
            config.live().ping(), config.live().pong(), config.live().standstill()),
        new HeartbeatSettings(config.live().heartbeat(), Duration.ZERO, config.live().standstill()),
        config.limits().commands(),
        config.auth().queryToken(),
        !config.auth().certificates().isEmpty());
  }

  static WireLimits wire(TidelineConfig config) {
    TidelineConfig.LimitsConfig limits = config.limits();
    return new WireLimits(
        Math.toIntExact(limits.message().asLongValue()),
        limits.jsonDepth(),
        limits.subscriptions(),
        History.BATCH_MESSAGES_MAX,
        Math.toIntExact(limits.batch().asLongValue()));
  }
}
