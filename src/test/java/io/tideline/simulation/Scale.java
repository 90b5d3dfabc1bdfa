package io.tideline.simulation;

import io.tideline.hub.HubLimits;
import io.tideline.stream.Channel;
import io.tideline.stream.Durability;
import io.tideline.stream.Namespace;
import io.tideline.stream.Namespaces;
import io.tideline.stream.Retention;
import io.tideline.stream.SlowConsumer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * How much there is of everything in one run. Limits are often tiny, because what happens at a
 * limit is what is to be seen.
 */
record Scale(
    int nodes,
    int lanes,
    int laneDelayMicrosMax,
    int clients,
    int payloadBytesMax,
    int burstMessagesMax,
    HubLimits limits,
    Namespaces namespaces,
    List<Channel> channels) {
  private static final Retention RETENTION = new Retention(Duration.ofDays(1), 1_000_000);

  static Scale of(Random random) {
    return new Scale(
        2 + random.nextInt(2),
        1 + random.nextInt(3),
        one(random, 20, 500, 5_000),
        3 + random.nextInt(6),
        payloadBytesMax(random),
        one(random, 5, 5, 40, 40, 40, 300),
        limits(random),
        allPolicies(),
        List.of(
            new Channel("c:1"),
            new Channel("c:2"),
            new Channel("plain"),
            new Channel("l:1"),
            new Channel("d:1"),
            new Channel("e:1")));
  }

  /** Pages and batches of more than their bytes need large payloads, which cost much time. */
  private static int payloadBytesMax(Random random) {
    return random.nextInt(40) == 0 ? 200_000 : one(random, 20, 300, 300, 3_000);
  }

  private static HubLimits limits(Random random) {
    return new HubLimits(
        one(random, 2, 4, 512),
        one(random, 200, 1_000, 64 << 10),
        one(random, 1, 4, 32, 1024),
        one(random, 1_000, 20_000, 256 << 10),
        one(random, 2_000, 100_000, 64 << 20),
        one(random, 0, 5_000, 100_000, 32 << 20),
        one(random, 0, 1, 10_000),
        one(random, 10, 100, 10_000),
        one(random, 2_000, 100_000, 16 << 20),
        Duration.ofMillis(20));
  }

  private static Namespaces allPolicies() {
    return new Namespaces(
        Map.of(
            Channel.DEFAULT_NAMESPACE,
            durable(Channel.DEFAULT_NAMESPACE, SlowConsumer.CATCH_UP),
            "c",
            durable("c", SlowConsumer.CATCH_UP),
            "l",
            durable("l", SlowConsumer.LATEST),
            "d",
            durable("d", SlowConsumer.DISCONNECT),
            "e",
            new Namespace(
                "e", Durability.EPHEMERAL, RETENTION, SlowConsumer.DROP_OLDEST, false, false)));
  }

  private static Namespace durable(String name, SlowConsumer slowConsumer) {
    return new Namespace(name, Durability.DURABLE, RETENTION, slowConsumer, false, false);
  }

  private static int one(Random random, int... choices) {
    return choices[random.nextInt(choices.length)];
  }

  List<Channel> durableChannels() {
    return channels.stream().filter(channel -> !namespaces.of(channel).isEphemeral()).toList();
  }
}
