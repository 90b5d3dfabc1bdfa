// SPDX-License-Identifier: Apache-2.0
// The messages of a channel as an async iterator.

/** @import {Tideline, Handlers, Publication, Start} from './tideline.js' */

/** So many wait for a slow loop; what comes after them is left at the server until the loop has caught up. */
const WAITING_MAX = 256;

/**
 * `for await (const publication of messages(client, 'orders:42', { last: 50 }))`: begins with the loop, and ends with it.
 * What the server refuses for good is thrown. A slow loop loses nothing and holds little: it reads pages until it has
 * caught up, and then goes on live. A gap is told to `onGap`, which may run before the loop has taken what came before.
 * @param {Tideline} client
 * @param {string} channel
 * @param {Start & Pick<Handlers, 'onGap'|'onState'>} [options]
 * @returns {AsyncGenerator<Publication, void, void>}
 */
export async function* messages(client, channel, { onGap, onState, ...options } = {}) {
  /** @type {Publication[]} */
  const waiting = [];
  let isFull = false;
  /** @type {?Error} */
  let failure = null;
  let wake = () => {};
  /** @param {Start} start */
  const follow = (start) =>
    client.subscribe(channel, {
      ...start,
      onGap,
      onPublication: (publication, subscription) => {
        waiting.push(publication);
        if (waiting.length >= WAITING_MAX) {
          isFull = true;
          subscription.unsubscribe();
        }
        wake();
      },
      onState: (state, subscription) => {
        failure = state.error;
        onState?.(state, subscription);
        wake();
      },
    });

  let subscription = follow(options);
  try {
    for (;;) {
      while (waiting.length > 0) yield /** @type {Publication} */ (waiting.shift());
      if (failure) throw failure;
      if (isFull) {
        let position = subscription.position;
        for (let more = position !== null; more; ) {
          const page = await client.history(channel, { after: position });
          if (page.gap) onGap?.(page.gap, subscription);
          yield* page.messages;
          ({ next: position, more } = page);
        }
        isFull = false;
        subscription = follow({ after: position });
      } else if (subscription.state === 'ended') {
        return;
      } else {
        await new Promise((resolve) => (wake = () => resolve(undefined)));
      }
    }
  } finally {
    subscription.unsubscribe();
  }
}
