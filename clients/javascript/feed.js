// SPDX-License-Identifier: Apache-2.0
// The newest messages of a channel as a value that changes: what the hooks for React and Vue share.

/** @import {Tideline, Gap, Presence, Publication, Start, TidelineError} from './tideline.js' */

/**
 * @typedef {object} Snapshot  never changed: what comes makes a new one
 * @property {readonly Publication[]} messages  oldest first
 * @property {?Gap} gap  the newest that was told
 * @property {'subscribing'|'subscribed'|'ended'} state
 * @property {?TidelineError} error  why it ended
 * @property {?Presence} presence  if `presence` asks for it
 *
 * @typedef {Start & {max?: number, presence?: boolean}} FeedOptions  `max`: messages kept, 200 unless given
 */

/** @type {Snapshot} */
const NOTHING = Object.freeze({ messages: [], gap: null, state: 'subscribing', error: null, presence: null });
const KEPT_MESSAGES = 200;

/** @type {WeakMap<Tideline, Map<string, Feed>>} */
const feeds = new WeakMap();

/**
 * The feed of a channel: one for all who listen, as a client subscribes to a channel once. The options of the first count.
 * @param {Tideline} client
 * @param {string} channel
 * @param {FeedOptions} [options]
 * @returns {Feed}
 */
export function feed(client, channel, options = {}) {
  const ofClient = feeds.get(client) ?? new Map();
  feeds.set(client, ofClient);
  return ofClient.get(channel) ?? new Feed(client, channel, options, ofClient);
}

/** It is subscribed as long as anybody listens. */
class Feed {
  /** @type {Snapshot} */
  #snapshot = NOTHING;
  #client;
  #channel;
  #options;
  #siblings;
  #subscription = null;
  #listeners = new Set();
  /** @type {Publication[]} since the last snapshot */
  #fresh = [];
  #isTelling = false;

  constructor(client, channel, options, siblings) {
    this.#client = client;
    this.#channel = channel;
    this.#options = options;
    this.#siblings = siblings;
    siblings.set(channel, this);
  }

  /** @returns {Snapshot} */
  snapshot = () => this.#snapshot;

  /**
   * @param {() => void} listener  called when there is another snapshot
   * @returns {() => void} stops it
   */
  listen = (listener) => {
    // Each call is a listener of its own, also with the same function.
    const own = () => listener();
    this.#listeners.add(own);
    this.#siblings.set(this.#channel, this);
    if (!this.#subscription) this.#subscribe();
    return () => {
      this.#listeners.delete(own);
      // Who changes places listens again in the same turn.
      setTimeout(() => this.#listeners.size === 0 && this.#end(), 0);
    };
  };

  #subscribe() {
    const { max: _, presence, ...start } = this.#options;
    this.#subscription = this.#client.subscribe(this.#channel, {
      ...start,
      onPublication: (publication) => this.#take(publication),
      onGap: (gap) => this.#change({ gap }),
      onState: ({ state, error }) => this.#change({ state, error }),
      onPresence: presence ? (change) => this.#change({ presence: change.presence }) : undefined,
    });
  }

  #end() {
    if (!this.#subscription) return;
    const subscription = this.#subscription;
    this.#subscription = null;
    subscription.unsubscribe();
    this.#fresh = [];
    this.#snapshot = NOTHING;
    if (this.#siblings.get(this.#channel) === this) this.#siblings.delete(this.#channel);
  }

  #take(publication) {
    this.#fresh.push(publication);
    this.#tellSoon();
  }

  #change(part) {
    if (!this.#subscription) return;
    this.#snapshot = { ...this.#snapshot, ...part };
    this.#tellSoon();
  }

  /** What comes together is one change. */
  #tellSoon() {
    if (this.#isTelling) return;
    this.#isTelling = true;
    queueMicrotask(() => {
      this.#isTelling = false;
      if (this.#fresh.length > 0) {
        const messages = [...this.#snapshot.messages, ...this.#fresh].slice(-(this.#options.max ?? KEPT_MESSAGES));
        this.#snapshot = { ...this.#snapshot, messages };
        this.#fresh = [];
      }
      for (const listener of [...this.#listeners]) listener();
    });
  }
}
