package io.tideline.app;

import io.quarkus.runtime.annotations.ConfigDocSection;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithDefaults;
import io.tideline.backplane.BackplaneKind;
import io.tideline.bridge.InboundConfig;
import io.tideline.bridge.OutboundConfig;
import io.tideline.door.centrifuge.CentrifugeConfig;
import io.tideline.identity.CertificateConfig;
import io.tideline.net.websocket.TransportConfig;
import io.tideline.stream.Durability;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that can be set, under the prefix {@code tideline}. A key that isn't here stops the
 * start.
 */
@ConfigMapping(prefix = "tideline")
public interface TidelineConfig {
  /**
   * Where this node keeps what is its own: the embedded PostgreSQL, the keys of the first run. Made
   * if missing.
   */
  @WithDefault("data")
  Path dataDir();

  /**
   * Who this node is among others; appears in logs and on the backplane. Default: random at each
   * start, which is right unless you want to recognise nodes.
   */
  Optional<String> nodeId();

  /**
   * No key was configured, so one was made, and the server is reachable from this machine only. Set
   * by the start itself.
   */
  @WithDefault("false")
  boolean firstRun();

  /**
   * Origins whose pages may connect: exact ({@code https://app.example.com}), with a wildcard for
   * subdomains ({@code https://*.example.com}), or {@code null}. The server's own origin is always
   * allowed; who carries a bearer token needs none.
   */
  Optional<List<String>> origins();

  /**
   * Settings by namespace: what stands before the first colon of a channel's name. {@code default}
   * is for all others.
   */
  @WithDefaults
  Map<String, NamespaceConfig> namespaces();

  /** Doors for clients of other protocols; all are closed unless they are opened here. */
  DoorsConfig doors();

  /** Doors for clients of other protocols. */
  interface DoorsConfig {
    CentrifugeConfig centrifuge();
  }

  /** Bounds. What is beyond one gets a clear answer that says which. */
  @ConfigDocSection
  LimitsConfig limits();

  /** Streams to clients. */
  LiveConfig live();

  /** The way out of service. */
  DrainConfig drain();

  /** The log. */
  HistoryConfig history();

  /** Who is in a channel. */
  PresenceConfig presence();

  /** How nodes know of each other. */
  LeaseConfig lease();

  /** Idempotency keys. */
  IdempotencyConfig idempotency();

  /** The way between nodes. */
  BackplaneConfig backplane();

  /** Other streams into channels, and channels into other streams. */
  BridgesConfig bridges();

  /** Who comes. */
  AuthConfig auth();

  /** The application's own word on what tokens don't say. */
  AuthorizerConfig authorizer();

  /** How connections are held, below what the protocol says. */
  TransportConfig transport();

  /** One namespace. */
  interface NamespaceConfig {
    /**
     * {@code durable}: stored before a publish is answered. {@code ephemeral}: never stored, at
     * most once.
     */
    @WithDefault("durable")
    Durability durability();

    /** How long publications are kept. */
    RetentionConfig retention();

    /**
     * What happens to a subscriber that is too slow: {@code catch-up}, {@code latest}, {@code
     * disconnect}; on ephemeral namespaces {@code drop-oldest} (it goes on with the oldest that the
     * node still holds) or {@code drop-newest} (it misses what comes until it can take more).
     * Default: {@code catch-up}, or {@code drop-oldest} on ephemeral ones.
     */
    Optional<io.tideline.stream.SlowConsumer> slowConsumer();

    /** Anyone may subscribe and read history, without a token. */
    @WithDefault("false")
    boolean publicRead();

    /** Publications carry their publisher's subject as {@code sender}. */
    @WithDefault("false")
    boolean sender();

    /** Subscribers are members, whom those with a {@code presence} grant can see. */
    @WithDefault("false")
    boolean presence();
  }

  /** Whichever bound is passed first; pruning follows in the background. */
  interface RetentionConfig {
    /** Older publications are pruned. At least 1s. */
    @WithDefault("7d")
    Duration age();

    /** More publications than this are pruned, oldest first. At least 1. */
    @WithDefault("1000000")
    long count();
  }

  /** Bounds, and what is answered beyond them. */
  interface LimitsConfig {
    /** Payload bytes of a message; beyond: {@code message-too-large}. At most 1M. */
    @WithDefault("64K")
    MemorySize message();

    /** Bytes of a batch; beyond: {@code batch-too-large}. */
    @WithDefault("1M")
    MemorySize batch();

    /** Nesting of a JSON payload; beyond: {@code invalid-json}. */
    @WithDefault("64")
    int jsonDepth();

    /** Subscriptions a connection; beyond: {@code too-many-subscriptions}. */
    @WithDefault("512")
    int subscriptions();

    /** Channels an SSE stream; beyond: {@code too-many-channels}. At most 64. */
    @WithDefault("64")
    int streamChannels();

    /** How long a WebSocket may stay without a token; then it is closed. */
    @WithDefault("10s")
    Duration unauthenticated();

    /**
     * How long a long-poll may wait. A longer {@code wait} is shortened to this. Keep {@code
     * quarkus.http.idle-timeout} above it.
     */
    @WithDefault("60s")
    Duration pollWait();

    /**
     * Commands a second on a WebSocket, with twice as many at once; beyond: {@code
     * too-many-requests}.
     */
    @WithDefault("100")
    int commands();

    /**
     * Publishes a second by one subject on this node, with as many at once; beyond: {@code
     * too-many-requests}.
     */
    @WithDefault("1000")
    int publishesPerSubject();

    /**
     * New connections a second on this node, with as many at once; beyond: {@code 503} with {@code
     * Retry-After}.
     */
    @WithDefault("1000")
    int newConnections();

    /** Live connections on this node; beyond: {@code 503} with {@code Retry-After}. */
    @WithDefault("100000")
    int connections();

    /**
     * Live connections from one address on this node; beyond: {@code 429}. Raise it behind a proxy.
     */
    @WithDefault("10000")
    int connectionsPerAddress();

    /**
     * TCP connections from one address on this node, whatever they are used for; beyond, they are
     * closed as they come. 1 to 1000000.
     */
    @WithDefault("20000")
    int socketsPerAddress();

    /**
     * How long nobody new is let in from an address whose HTTP/2 connections had to be ended for
     * floods (more than 5 at once and one a second); 0 for never. At most 10m.
     */
    @WithDefault("10s")
    Duration floodPause();

    /**
     * Requests a second that one connection of HTTP/2 may begin, with as many at once; beyond, it
     * isn't read from for so long. 1 to 1000000.
     */
    @WithDefault("1000")
    int requestsPerConnection();

    /**
     * Addresses and networks ({@code 10.0.0.0/8}) for which the three don't hold, as many come from
     * there. Default: {@code quarkus.http.proxy.trusted-proxies}, or everything if proxies are
     * believed and these aren't listed by address.
     */
    Optional<List<String>> proxies();

    /** Live connections with tokens of one subject on this node; beyond: {@code 429}. */
    @WithDefault("10000")
    int connectionsPerSubject();

    /**
     * How long the head of a request may take to arrive, the first one with TLS and whatever comes
     * before it; then the connection is closed.
     */
    @WithDefault("10s")
    Duration handshake();

    /** How long a whole request may take to arrive; then the connection is closed. */
    @WithDefault("30s")
    Duration request();
  }

  /** Streams. */
  interface LiveConfig {
    /** How often an idle SSE stream gets a comment. */
    @WithDefault("20s")
    Duration heartbeat();

    /** How often a WebSocket gets a ping. */
    @WithDefault("25s")
    Duration ping();

    /** How long a pong may take; then the connection is closed. */
    @WithDefault("10s")
    Duration pong();

    /**
     * How long a ping or comment may wait to leave, because the client doesn't read; then the
     * connection is cut.
     */
    @WithDefault("60s")
    Duration standstill();

    /**
     * What an SSE client is told to wait before it comes back, with jitter from half to one and a
     * half.
     */
    @WithDefault("2s")
    Duration retry();

    /** How long before its token expires a client is told. */
    @WithDefault("30s")
    Duration expiring();

    /** Publications in a channel's tail on this node. */
    @WithDefault("1024")
    int tailMessages();

    /** Bytes in a channel's tail on this node. */
    @WithDefault("512K")
    MemorySize tail();

    /** Bytes in all tails of this node; above it they shrink to their newest publications. */
    @WithDefault("64M")
    MemorySize tails();

    /** Bytes of cached history pages. */
    @WithDefault("64M")
    MemorySize pages();

    /** Messages that may wait to be stored, for each I/O thread; beyond: {@code overloaded}. */
    @WithDefault("10000")
    int queueMessages();

    /** Bytes that may wait to be stored, for each I/O thread; beyond: {@code overloaded}. */
    @WithDefault("16M")
    MemorySize queue();
  }

  /** On SIGTERM. */
  interface DrainConfig {
    /**
     * How long a node that is to stop takes to send its clients away, spread evenly; a node without
     * clients doesn't wait. At most 60s, and at least 15s less than what the process is given to
     * stop.
     */
    @WithDefault("10s")
    Duration window();
  }

  /** The log. */
  interface HistoryConfig {
    /** How often a node asks the journal what others changed. */
    @WithDefault("1s")
    Duration sweep();

    /**
     * How long a publish waits to learn whether a commit whose answer was lost took place; then
     * {@code outcome-unknown}.
     */
    @WithDefault("5s")
    Duration outcomeWait();

    /** How long the journal is kept. A node that was away longer compares all heads. */
    @WithDefault("10m")
    Duration journal();

    /** How often retention is enforced. */
    @WithDefault("10s")
    Duration prune();

    /** Failovers lose nothing here (synchronous replicas), so a new timeline is no new epoch. */
    @WithDefault("false")
    boolean failoverLossless();
  }

  /** Presence. */
  interface PresenceConfig {
    /**
     * How long who went is counted on: who comes back within it, to whatever node, was never away.
     * At most 60s.
     */
    @WithDefault("5s")
    Duration grace();

    /**
     * How often joins and leaves are written and told: one event a channel in this time, however
     * many moved. At least 50ms.
     */
    @WithDefault("500ms")
    Duration interval();

    /**
     * Members up to which a channel's are told by name to those who watch it; of larger channels
     * the number. At most 1000.
     */
    @WithDefault("500")
    int namedMembers();
  }

  /** Nodes. */
  interface LeaseConfig {
    /**
     * How long a node that isn't heard of counts as alive; then its members are gone. It tells
     * three times as often that it lives. At least 1s.
     */
    @WithDefault("15s")
    Duration term();
  }

  /** Keys. */
  interface IdempotencyConfig {
    /** How long a key is remembered, whatever is pruned or purged. */
    @WithDefault("24h")
    Duration window();
  }

  /** Between nodes. */
  interface BackplaneConfig {
    /**
     * What carries announcements between nodes: {@code postgres}, {@code redis}, {@code nats},
     * {@code rabbitmq} or {@code kafka}; the same on all nodes.
     */
    @WithDefault("postgres")
    BackplaneKind connector();

    /**
     * The notification name, Pub/Sub channel, subject, exchange or topic that nodes meet on.
     * Services that share a broker need one each.
     */
    @WithDefault("tideline_publications")
    String topic();

    /**
     * Bytes of one announcement; a channel's news that don't fit come without their payloads, which
     * are then read from the log. Default: 7900 for {@code postgres}, whose NOTIFY takes less than
     * 8,000, else 131072.
     */
    Optional<Integer> messageBytes();

    /** PostgreSQL as the backplane. */
    PostgresBackplaneConfig postgres();

    /** Redis as the backplane. */
    RedisBackplaneConfig redis();

    /** NATS as the backplane. */
    NatsBackplaneConfig nats();

    /** RabbitMQ as the backplane. */
    RabbitBackplaneConfig rabbitmq();
  }

  /** LISTEN/NOTIFY. */
  interface PostgresBackplaneConfig {
    /**
     * A direct connection ({@code postgresql://…}) where the datasource goes through a pooler,
     * which can't LISTEN; for what {@code tideline.publish()} wakes too, whatever the connector.
     */
    Optional<String> url();
  }

  /** Redis as the backplane. */
  interface RedisBackplaneConfig {
    /** {@code redis://[user:password@]host[:port]}, or {@code rediss://…} over TLS. */
    @WithDefault("redis://localhost:6379")
    String url();
  }

  /** NATS as the backplane. */
  interface NatsBackplaneConfig {
    /**
     * One or several, with commas between: {@code nats://[user:password@]host[:port]}, {@code
     * tls://…}.
     */
    @WithDefault("nats://localhost:4222")
    String url();
  }

  /** RabbitMQ as the backplane. */
  interface RabbitBackplaneConfig {
    /** {@code amqp://[user:password@]host[:port][/vhost]}, or {@code amqps://…} over TLS. */
    @WithDefault("amqp://localhost:5672")
    String url();
  }

  /** Other streams into channels, and channels into other streams. */
  interface BridgesConfig {
    /** Bridges by the name of the reactive-messaging channel that they read. */
    Map<String, InboundConfig> in();

    /** Bridges by the name of the reactive-messaging channel that they feed. */
    Map<String, OutboundConfig> out();
  }

  /** Tokens and certificates. */
  interface AuthConfig {
    /**
     * Tokens in {@code ?access_token=}: they end in logs and histories, so only where nothing else
     * is possible.
     */
    @WithDefault("false")
    boolean queryToken();

    /**
     * How long after it was issued a token counts at most, whatever its {@code exp} says; then it
     * has expired. Revocations are kept as long, so it must be the same on all nodes.
     */
    @WithDefault("366d")
    Duration tokenAge();

    /**
     * A file with the secret that tokens are signed with (HS256): its text, without line ends after
     * it, at least 32 bytes. Then no key may be configured.
     */
    Optional<Path> secretFile();

    /**
     * Clients are told why their token is refused; the log tells it in any case. Default: in the
     * first run, and where only loopback is listened on.
     */
    Optional<Boolean> explainRefusals();

    /** Verified tokens that are remembered until they expire. */
    @WithDefault("10000")
    int cachedTokens();

    /** Client certificates with rights of their own, by a name of your choice. */
    Map<String, CertificateConfig> certificates();

    /**
     * Over TLS nobody gets in without a client certificate that the trust store vouches for,
     * whether it has rights or not. Plain HTTP must be off ({@code quarkus.http.insecure-requests}
     * {@code disabled} or {@code redirect}).
     */
    @WithDefault("false")
    boolean requireCertificates();
  }

  /** The application is asked over HTTP. */
  interface AuthorizerConfig {
    /**
     * Where the application answers what a token doesn't allow by itself ({@code http://} or {@code
     * https://}). Default: nobody is asked.
     */
    Optional<String> url();

    /** Sent to it as a bearer token, so that it knows who asks. */
    Optional<String> token();

    /**
     * How long a question may take, waiting included; then it counts as not answered. 10ms to 10s.
     */
    @WithDefault("2s")
    Duration timeout();

    /** Questions on their way at once. 1 to 1024. */
    @WithDefault("64")
    int concurrency();

    /** Callers that wait for an answer at once; beyond: {@code unavailable}. 1 to 100000. */
    @WithDefault("10000")
    int queue();

    /**
     * Callers with tokens of one subject that wait for an answer at once, or without any; beyond:
     * {@code unavailable}. 1 to 100000.
     */
    @WithDefault("1000")
    int queuePerSubject();

    /** Answers that are kept as long as their {@code Cache-Control} says. 0 to 1000000. */
    @WithDefault("10000")
    int cachedAnswers();

    /**
     * How long what is live stays allowed after its answer ended, while no other is to be had. At
     * most 60s.
     */
    @WithDefault("30s")
    Duration grace();

    /** It is asked about callers without a token, too. */
    @WithDefault("false")
    boolean anonymous();
  }
}
