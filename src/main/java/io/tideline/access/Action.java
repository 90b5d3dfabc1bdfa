package io.tideline.access;

/** What can be done with a channel. */
public enum Action {
  /** Receive live, read history, and see the channel's state. */
  SUBSCRIBE,
  PUBLISH,
  PRESENCE,
  /** Purge, and everything that concerns others. */
  ADMIN
}
