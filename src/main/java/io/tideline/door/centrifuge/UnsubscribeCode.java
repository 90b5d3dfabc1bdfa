package io.tideline.door.centrifuge;

import io.tideline.protocol.Problem;

/**
 * The codes with which the server ends a subscription: from 2500 on, a client subscribes again by
 * itself, from where it stands.
 */
enum UnsubscribeCode {
  SERVER(2000),
  /** Messages are lost to the client: it recovers, and learns so. */
  INSUFFICIENT_STATE(2500),
  EXPIRED(2501);

  private final int number;

  UnsubscribeCode(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  static UnsubscribeCode of(Problem why) {
    if (why == Problem.TOKEN_EXPIRED) {
      return EXPIRED;
    }
    return why.retry() ? INSUFFICIENT_STATE : SERVER;
  }
}
