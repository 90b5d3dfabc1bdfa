package io.tideline.presence;

import io.smallrye.mutiny.Uni;
import java.util.List;

/** The nodes that share the log. Failures are {@link io.tideline.stream.HistoryException}s. */
public interface Nodes {
  /** More are never listed. */
  int NODES_MAX = 1000;

  /** Those that live, by their id. */
  Uni<List<NodeStatus>> list();
}
