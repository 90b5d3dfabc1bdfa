package chaos;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import parts.Findings;
import parts.Wire;

/** Everything that runs: nodes, database, broker, balancer, and the networks between them. */
final class Fleet {
  private static final int KEPT_RETENTION = 10_000_000;

  final Postgres postgres;

  /** Null where the backplane needs no server. */
  final Broker broker;

  final List<Node> nodes = new ArrayList<>();
  final Balancer balancer;

  /** Between the clients and the balancer. */
  final Wire clients;

  private final Keys keys = new Keys();

  Fleet(Options options, Path folder, Findings findings) throws IOException {
    List<Integer> ports = Ports.free(options.nodes() + 2);
    postgres = new Postgres(folder.resolve("postgres"), options.jar(), ports.get(0), findings);
    broker = options.backplane().broker(folder.resolve("broker"), options.nodes());
    List<Integer> nodePorts = ports.subList(2, ports.size());
    for (int i = 0; i < options.nodes(); i++) {
      Wire database = new Wire(Ports.address(postgres.port()));
      String name = "node-" + (i + 1);
      nodes.add(
          new Node(
              name,
              nodePorts.get(i),
              database,
              broker == null ? null : broker.way(i),
              folder.resolve(name),
              options.command(settings(name, database, i)),
              findings));
    }
    balancer = new Balancer(folder.resolve("nginx"), ports.get(1), nodePorts);
    clients = new Wire(Ports.address(balancer.port()));
  }

  void start() throws IOException {
    postgres.start();
    if (broker != null) {
      broker.start();
    }
    List<CompletableFuture<Void>> starts = new ArrayList<>();
    for (Node node : nodes) {
      starts.add(CompletableFuture.runAsync(() -> Faults.unchecked(node::start)));
    }
    starts.forEach(CompletableFuture::join);
    balancer.start();
  }

  String token() {
    return keys.token();
  }

  /** Ends everything that was started, whatever state it is in. */
  void end() {
    nodes.forEach(Node::end);
    balancer.end();
    if (broker != null) {
      broker.end();
    }
    postgres.end();
  }

  private Map<String, String> settings(String name, Wire database, int node) {
    String url = "postgresql://127.0.0.1:" + database.port() + "/postgres";
    Map<String, String> settings = new HashMap<>(keys.settings());
    settings.put("quarkus.datasource.reactive.url", url);
    settings.put("quarkus.datasource.jdbc.url", "jdbc:" + url);
    settings.put("quarkus.datasource.username", Postgres.USER);
    settings.put("quarkus.datasource.password", "");
    settings.put("tideline.node-id", name);
    settings.put("tideline.drain.window", "4s");
    settings.put("tideline.namespaces.soak.retention.count", String.valueOf(KEPT_RETENTION));
    if (broker != null) {
      settings.putAll(broker.settings(node));
    }
    return settings;
  }
}
