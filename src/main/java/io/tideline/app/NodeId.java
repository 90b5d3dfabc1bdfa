package io.tideline.app;

import java.util.Objects;

/**
 * What this node is called on the backplane and in the journal; unique among the nodes of one
 * database.
 */
record NodeId(String value) {
  NodeId {
    Objects.requireNonNull(value);
  }
}
