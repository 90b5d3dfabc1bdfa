package io.tideline.backplane;

/** What the backplane must know of this node and the others. */
public interface Neighbours {
  /** This node's id: what it said itself is not news to it. */
  String self();

  /** Whether no other node is there, so that nothing needs to be said. */
  boolean isAlone();

  /** Characters that one message of the connector may have. */
  int messageCharsMax();
}
