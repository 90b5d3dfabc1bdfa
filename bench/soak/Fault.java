package soak;

/** What is done to the server, its database and its clients. */
enum Fault {
  /** {@code kill -9} of the server, then a start. */
  KILL_SERVER,
  /** An orderly stop by SIGTERM, then a start. */
  STOP_SERVER,
  /** What {@code pg_ctl stop -m immediate} does; the server must start it again. */
  CRASH_DATABASE,
  /** {@code kill -9} of one backend: PostgreSQL ends all sessions and recovers. */
  KILL_BACKEND,
  /** SIGSTOP of PostgreSQL with all its processes, SIGCONT some seconds later. */
  FREEZE_DATABASE,
  /** Server and database at once. */
  KILL_BOTH,
  /** No room is left where PostgreSQL keeps its data, and some seconds later there is. */
  FILL_DISK,
  /** Every client connection is reset in the middle of whatever it carries. */
  CUT,
  /** Half of the connections stop reading for some seconds. */
  STALL;

  /** Whether it harms all that is on the same file system. */
  boolean needsItsOwnDisk() {
    return this == FILL_DISK;
  }

  /** Whether it can be done to a server that was not started here. */
  boolean needsOnlyTheWire() {
    return this == CUT || this == STALL;
  }
}
