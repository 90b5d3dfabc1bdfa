package io.tideline.stream;

import java.util.Objects;

/**
 * The settings that a channel gets from its namespace.
 *
 * @param publicRead anyone may subscribe and read history, without a token
 * @param stampSender publications carry the publisher's subject
 * @param presence whose subscriptions are those of members, whom others may see
 */
public record Namespace(
    String name,
    Durability durability,
    Retention retention,
    SlowConsumer slowConsumer,
    boolean publicRead,
    boolean stampSender,
    boolean presence) {
  public Namespace {
    Objects.requireNonNull(name);
    Objects.requireNonNull(durability);
    Objects.requireNonNull(retention);
    Objects.requireNonNull(slowConsumer);
    if ((durability == Durability.EPHEMERAL) != slowConsumer.isForEphemeral()) {
      throw new IllegalArgumentException(
          "namespace '"
              + name
              + "': drop-oldest and drop-newest are the slow-consumer policies of ephemeral namespaces,"
              + " and only of these");
    }
  }

  /** One without presence. */
  public Namespace(
      String name,
      Durability durability,
      Retention retention,
      SlowConsumer slowConsumer,
      boolean publicRead,
      boolean stampSender) {
    this(name, durability, retention, slowConsumer, publicRead, stampSender, false);
  }

  public boolean isEphemeral() {
    return durability == Durability.EPHEMERAL;
  }
}
