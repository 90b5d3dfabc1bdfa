package io.tideline.transport;

/** Something on its way in that hasn't come whole. On the connection's lane only. */
interface Arrival {
  /** Whether it has taken longer than it may. */
  boolean isLate(RequestLimits limits, long nowNanos);

  /** Ends its connection. */
  void cut();
}
