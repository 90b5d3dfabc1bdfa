// SPDX-License-Identifier: Apache-2.0

/**
 * The books of one channel, kept apart from the client that is being watched: offsets are dense, so what lies between the
 * first and the last seen, less what gaps have told, must have come.
 */
export class Ledger {
  #first = null;
  #last = null;
  #expectedEarlier = 0;
  /** Messages, and offsets that gaps have named. */
  seen = 0;
  told = 0;
  /** Messages that came again or out of order. */
  misplaced = 0;

  get first() {
    return this.#first;
  }

  get last() {
    return this.#last;
  }

  get missing() {
    return this.#expectedEarlier + this.#expected - this.told - this.seen;
  }

  get #expected() {
    return this.#last === null ? 0 : this.#last - this.#first + 1;
  }

  /** An ephemeral channel has no offsets, and promises nothing that books could prove. */
  publication({ offset }) {
    if (offset === undefined) return;
    if (this.#last !== null && offset <= this.#last) {
      this.misplaced++;
      return;
    }
    this.#first ??= offset;
    this.#last = offset;
    this.seen++;
  }

  gap({ from, to }) {
    if (from === null) {
      this.#expectedEarlier += this.#expected;
      this.#first = this.#last = null;
      return;
    }
    this.#first ??= from;
    this.#last = to;
    this.told += to - from + 1;
  }
}
