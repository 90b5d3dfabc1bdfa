package io.tideline.bridge;

import io.smallrye.config.WithDefault;
import java.util.List;
import java.util.Optional;

/**
 * The settings of one inbound bridge: what becomes of the records of a reactive-messaging channel.
 * Templates take {@code {key}}, {@code {topic}}, {@code {partition}}, {@code {offset}}, {@code
 * {timestamp}} (milliseconds) and {@code {header.NAME}} of the record.
 */
public interface InboundConfig {
  /** Template of the channel that a record goes to, as {@code orders:{key}}. */
  String channel();

  /** Template of the type. Default: none. */
  Optional<String> type();

  /** Template of the content type. What is {@code application/json} must be JSON. */
  @WithDefault("application/json")
  String contentType();

  /**
   * Template of the idempotency key, by which a record that comes again is stored once. Default:
   * {@code {topic}-{partition}-{offset}-{timestamp}} for Kafka's records; none for others, which a
   * crash may repeat. Where two clusters feed one channel each bridge needs a prefix of its own.
   */
  Optional<String> key();

  /** Headers of a record that its publication carries too. */
  Optional<List<String>> headers();

  /**
   * What happens to a record that can't be stored for what it is: {@code stop} (the bridge stands
   * still until somebody looks), {@code skip} (counted and logged), {@code dead-letter} (handed
   * back to the connector, whose failure strategy says what becomes of it).
   */
  @WithDefault("stop")
  WhenRefused refused();

  /** Records that the source is asked for before the first of them is stored. 1 to 1000. */
  @WithDefault("256")
  int inFlight();
}
