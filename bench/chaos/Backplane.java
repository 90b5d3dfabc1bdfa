package chaos;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Which way nodes tell each other. Another one is a constant here: how its server is started, and
 * which settings make a node use it.
 */
enum Backplane {
  /** LISTEN and NOTIFY: the database is the broker. */
  POSTGRES {
    @Override
    Broker broker(Path folder, int nodes) {
      return null;
    }
  },

  /** Pub/Sub. */
  REDIS {
    @Override
    Broker broker(Path folder, int nodes) throws IOException {
      int port = Ports.free(1).get(0);
      List<String> command =
          List.of(
              "redis-server",
              "--bind",
              "127.0.0.1",
              "--port",
              String.valueOf(port),
              "--save",
              "",
              "--appendonly",
              "no");
      return new Broker(
          folder, shared(port, nodes), command, Map.of(), way -> settings("redis", way));
    }
  },

  /** Core NATS. */
  NATS {
    @Override
    Broker broker(Path folder, int nodes) throws IOException {
      int port = Ports.free(1).get(0);
      List<String> command = List.of("nats-server", "-a", "127.0.0.1", "-p", String.valueOf(port));
      return new Broker(
          folder, shared(port, nodes), command, Map.of(), way -> settings("nats", way));
    }
  },

  /** A fanout exchange. */
  RABBITMQ {
    @Override
    Broker broker(Path folder, int nodes) throws IOException {
      List<Integer> ports = Ports.free(2);
      int port = ports.get(0);
      Map<String, String> environment =
          Map.ofEntries(
              Map.entry("HOME", folder.toString()),
              Map.entry("RABBITMQ_ALLOW_INPUT", "yes"),
              Map.entry("RABBITMQ_NODENAME", "chaos" + port + "@localhost"),
              Map.entry("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1"),
              Map.entry("RABBITMQ_NODE_PORT", String.valueOf(port)),
              Map.entry("RABBITMQ_DIST_PORT", String.valueOf(ports.get(1))),
              Map.entry("ERL_EPMD_ADDRESS", "127.0.0.1"),
              Map.entry("RABBITMQ_CONF_ENV_FILE", "/dev/null"),
              Map.entry("RABBITMQ_CONFIG_FILE", folder.resolve("none").toString()),
              Map.entry("RABBITMQ_ENABLED_PLUGINS_FILE", folder.resolve("plugins").toString()),
              Map.entry("RABBITMQ_MNESIA_BASE", folder.resolve("mnesia").toString()),
              Map.entry("RABBITMQ_LOGS", "-"),
              // idle schedulers would spin for work
              Map.entry("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 1:1 +sbwt none"));
      List<String> command = List.of("/usr/lib/rabbitmq/bin/rabbitmq-server");
      return new Broker(
          folder,
          shared(port, nodes),
          command,
          environment,
          way ->
              Map.of(
                  "tideline.backplane.connector",
                  "rabbitmq",
                  "tideline.backplane.rabbitmq.url",
                  "amqp://127.0.0.1:" + way));
    }
  },

  /** A topic. */
  KAFKA {
    @Override
    Broker broker(Path folder, int nodes) throws IOException {
      return Kafka.broker(folder, nodes);
    }
  };

  /** Null where it has no server of its own. A node has a network of its own to it. */
  abstract Broker broker(Path folder, int nodes) throws IOException;

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  private static List<Integer> shared(int port, int nodes) {
    return Collections.nCopies(nodes, port);
  }

  private static Map<String, String> settings(String name, int port) {
    return Map.of(
        "tideline.backplane.connector",
        name,
        "tideline.backplane." + name + ".url",
        name + "://127.0.0.1:" + port);
  }
}
