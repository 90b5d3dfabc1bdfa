// SPDX-License-Identifier: Apache-2.0
// Publishes that wait until the server can be reached again.

import { TidelineError } from './tideline.js';

/** @import {Tideline, Published} from './tideline.js' */

const PAUSE_FIRST_MS = 500;
const PAUSE_MOST_MS = 30_000;

/**
 * A queue of publishes. Each is sent after the one before it was answered, and repeated under its idempotency key until
 * then, however long that takes: so each is stored once, in order. It is tried again when the network comes back, when
 * the client has connected, and otherwise with backoff. It is kept in memory, and meant for durable channels: an
 * ephemeral one takes no keys, so there a publish whose answer was lost may be delivered twice.
 */
export class Outbox {
  #client;
  #max;
  #length = 0;
  #isClosed = false;
  /** @type {Promise<unknown>} the publish before the next one */
  #last = Promise.resolve();
  #endPause = () => {};

  /**
   * @param {Tideline} client
   * @param {{max?: number}} [options]  how many may wait; beyond, `publish` is refused with `outbox-full`
   */
  constructor(client, { max = 1_000 } = {}) {
    this.#client = client;
    this.#max = max;
  }

  /** How many wait for their answer. */
  get length() {
    return this.#length;
  }

  /**
   * As {@link Tideline.publish}, without an end of its time. The data is taken as it is now.
   * @param {string} channel
   * @param {unknown} data
   * @param {Parameters<Tideline['publish']>[2]} [options]
   * @returns {Promise<Published>}
   */
  async publish(channel, data, options = {}) {
    if (this.#length >= this.#max) {
      throw new TidelineError('outbox-full', `${this.#length} publishes wait already`, { retry: true });
    }
    const taken = options.contentType ? data : structuredClone(data);
    const key = options.key ?? crypto.getRandomValues(new Uint32Array(4)).join('-');
    const send = () => this.#send(channel, taken, { ...options, key });
    this.#length++;
    const answer = this.#last.then(send, send);
    this.#last = answer;
    try {
      return await answer;
    } finally {
      this.#length--;
    }
  }

  /** What still waits is rejected with `closed`; what was sent already may have been stored. */
  close() {
    this.#isClosed = true;
    this.#endPause();
  }

  /** @returns {Promise<Published>} */
  async #send(channel, data, options) {
    for (let attempt = 0; ; attempt++) {
      if (this.#isClosed) throw new TidelineError('closed', 'the outbox was closed');
      try {
        return await this.#client.publish(channel, data, options);
      } catch (error) {
        if (!(error instanceof TidelineError && error.retry)) throw error;
        const backoffMs = Math.random() * Math.min(PAUSE_MOST_MS, PAUSE_FIRST_MS * 2 ** attempt);
        await this.#pause((error.retryAfterMs ?? 0) + backoffMs);
      }
    }
  }

  /** @param {number} delayMs */
  async #pause(delayMs) {
    const over = new AbortController();
    const { signal } = over;
    await new Promise((resolve) => {
      const end = () => resolve(undefined);
      const timer = setTimeout(end, delayMs);
      signal.addEventListener('abort', () => clearTimeout(timer));
      this.#endPause = end;
      globalThis.addEventListener?.('online', end, { signal });
      this.#client.addEventListener('state', () => this.#client.state.state === 'connected' && end(), { signal });
    });
    over.abort();
  }
}
