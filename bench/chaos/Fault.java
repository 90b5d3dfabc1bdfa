package chaos;

/** What is done to the fleet, its database, its broker, its balancer and its clients. */
enum Fault {
  /** {@code kill -9} of a node, then a start. */
  KILL_NODE(Scope.NODE),
  /** SIGSTOP of a node, SIGCONT some seconds later. */
  PAUSE_NODE(Scope.NODE),
  /** SIGTERM: the node drains and ends, then it is started. */
  DRAIN_NODE(Scope.NODE),
  /** All connections of one node to the database are reset. */
  CUT_DATABASE(Scope.NODE),
  /** One node can't connect to the database for some seconds. */
  REFUSE_DATABASE(Scope.NODE),
  /** What one node and the database send each other arrives some seconds later. */
  SILENCE_DATABASE(Scope.NODE),
  /** All connections of one node to the broker are reset. */
  CUT_BROKER(Scope.NODE_BROKER),
  /** What one node and the broker send each other arrives some seconds later. */
  SILENCE_BROKER(Scope.NODE_BROKER),
  /** {@code kill -9} of the broker, then a start. */
  KILL_BROKER(Scope.BROKER),
  /** SIGSTOP of the broker, SIGCONT some seconds later. */
  PAUSE_BROKER(Scope.BROKER),
  /** What {@code pg_ctl stop -m immediate} does, then a start. */
  CRASH_DATABASE(Scope.ALL),
  /** {@code kill -9} of one backend: PostgreSQL ends all sessions and recovers. */
  KILL_BACKEND(Scope.ALL),
  /** SIGSTOP of PostgreSQL with all its processes, SIGCONT some seconds later. */
  PAUSE_DATABASE(Scope.ALL),
  /** nginx reads its configuration anew: new workers, the old ones keep what is live. */
  RELOAD_BALANCER(Scope.CLIENTS),
  /** Every client connection is reset in the middle of whatever it carries. */
  CUT_CLIENTS(Scope.CLIENTS),
  /** Half of the client connections stop reading for some seconds. */
  STALL_CLIENTS(Scope.CLIENTS),
  /** What clients and balancer send each other arrives some seconds later. */
  SILENCE_CLIENTS(Scope.ALL);

  /** Who is hurt by it. */
  enum Scope {
    /** One node: the others serve its clients. */
    NODE,
    /** One node's way to the broker: messages of the others come late, nobody is refused. */
    NODE_BROKER,
    /** The broker, where there is one with a server of its own. */
    BROKER,
    /** Clients, who are back at once. */
    CLIENTS,
    /** Everybody, for as long as it lasts. */
    ALL
  }

  final Scope scope;

  Fault(Scope scope) {
    this.scope = scope;
  }

  boolean needsBroker() {
    return scope == Scope.BROKER || scope == Scope.NODE_BROKER;
  }
}
