package chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A Kafka broker of one node, in KRaft mode. Clients go where the broker tells them to, so each node
 * of the fleet has a listener that is advertised at the near end of its own network.
 */
final class Kafka {
  private static final String CLUSTER = "dGlkZWxpbmUtY2hhb3MtMQ";

  private Kafka() {}

  static Broker broker(Path folder, int nodes) throws IOException {
    List<Integer> ports = Ports.free(nodes + 1);
    Path properties = folder.resolve("server.properties");
    Path data = folder.resolve("data");
    List<Integer> listeners = ports.subList(0, nodes);
    Broker broker =
        new Broker(
            folder,
            listeners,
            java("-Xmx384m", "kafka.Kafka", properties.toString()),
            Map.of(),
            way ->
                Map.of(
                    "tideline.backplane.connector",
                    "kafka",
                    "kafka.bootstrap.servers",
                    "127.0.0.1:" + way));
    List<Integer> ways = IntStream.range(0, nodes).mapToObj(i -> broker.way(i).port()).toList();
    Files.write(properties, properties(data, listeners, ways, ports.get(nodes)));
    Program.run(
        folder,
        java(
            "-Xmx128m",
            "kafka.tools.StorageTool",
            "format",
            "-t",
            CLUSTER,
            "-c",
            properties.toString()));
    return broker;
  }

  private static List<String> properties(
      Path data, List<Integer> ports, List<Integer> advertised, int controller) {
    return List.of(
        "process.roles=broker,controller",
        "node.id=1",
        "controller.quorum.voters=1@127.0.0.1:" + controller,
        "controller.listener.names=CONTROLLER",
        "inter.broker.listener.name=NODE0",
        "listeners=" + listeners(ports) + ",CONTROLLER://127.0.0.1:" + controller,
        "advertised.listeners=" + listeners(advertised),
        "listener.security.protocol.map=CONTROLLER:PLAINTEXT,"
            + IntStream.range(0, ports.size())
                .mapToObj(i -> "NODE" + i + ":PLAINTEXT")
                .collect(Collectors.joining(",")),
        "log.dirs=" + data,
        "num.partitions=3",
        "offsets.topic.num.partitions=1",
        "offsets.topic.replication.factor=1",
        "group.initial.rebalance.delay.ms=0");
  }

  private static String listeners(List<Integer> ports) {
    return IntStream.range(0, ports.size())
        .mapToObj(i -> "NODE" + i + "://127.0.0.1:" + ports.get(i))
        .collect(Collectors.joining(","));
  }

  private static List<String> java(String heap, String main, String... arguments) {
    String classes = System.getProperty("chaos.kafka");
    if (classes == null) {
      throw new IllegalArgumentException(
          "bench/chaos/run tells where Kafka's classes are: start the chaos with it");
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(heap, "-XX:+UseSerialGC", "-cp", classes, main));
    command.addAll(List.of(arguments));
    return command;
  }
}
