package io.tideline.stream;

import java.util.Objects;

/**
 * The settings that a channel gets from its namespace.
 *
 * @param publicRead anyone may subscribe and read history, without a token
 * @param stampSender publications carry the publisher's subject
 */
public record Namespace(
    String name,
    Durability durability,
    Retention retention,
    SlowConsumer slowConsumer,
    boolean publicRead,
    boolean stampSender) {
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

  public boolean isEphemeral() {
    return durability == Durability.EPHEMERAL;
  }
}
