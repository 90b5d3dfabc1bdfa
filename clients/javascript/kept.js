// SPDX-License-Identifier: Apache-2.0
// A position that is kept over a reload.

/** @import {Tideline, Handlers, Start, Subscription} from './tideline.js' */

/**
 * @typedef {object} Store  what keeps positions: `sessionStorage`, `localStorage`, or anything like them
 * @property {(key: string) => ?string} getItem
 * @property {(key: string, value: string) => void} setItem
 * @property {(key: string) => void} removeItem
 */

/**
 * Subscribes, and continues where an earlier page has stopped. Without a position in the store it begins with `after`,
 * `last` or `since`, or with now. The position is stored when the handlers have had what came; a tab that crashes
 * within a handler gets that message again.
 * @param {Tideline} client
 * @param {string} channel
 * @param {Start & Handlers & {store?: Store, name?: string}} [options]  `name`: where in the store
 * @returns {Subscription}
 */
export function subscribeKept(
  client,
  channel,
  { store = sessionStorage, name = `tideline ${channel}`, after, last, since, ...handlers } = {},
) {
  const { onPublication, onGap, onState } = handlers;
  let isStoring = false;
  const storeSoon = (/** @type {Subscription} */ subscription) => {
    if (isStoring) return;
    isStoring = true;
    // What came together is stored together.
    queueMicrotask(() => {
      isStoring = false;
      if (subscription.position) attempt(() => store.setItem(name, /** @type {string} */ (subscription.position)));
    });
  };
  const position = attempt(() => store.getItem(name));
  return client.subscribe(channel, {
    ...handlers,
    ...(position ? { after: position } : { after, last, since }),
    onPublication: (publication, subscription) => {
      storeSoon(subscription);
      onPublication?.(publication, subscription);
    },
    onGap: (gap, subscription) => {
      storeSoon(subscription);
      onGap?.(gap, subscription);
    },
    onState: (state, subscription) => {
      if (state.state === 'subscribed') storeSoon(subscription);
      // Else it would be refused at each visit.
      if (state.error?.code === 'invalid-position') attempt(() => store.removeItem(name));
      onState?.(state, subscription);
    },
  });
}

/**
 * A store that is full, or forbidden to this page, keeps nothing and stops nothing.
 * @template T
 * @param {() => T} action
 * @returns {T|undefined}
 */
function attempt(action) {
  try {
    return action();
  } catch {
    return undefined;
  }
}
