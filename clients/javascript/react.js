// SPDX-License-Identifier: Apache-2.0
// Hooks for React 18 and newer.

import { useCallback, useSyncExternalStore } from 'react';

import { feed } from './feed.js';

/**
 * @import {ClientState, Tideline} from './tideline.js'
 * @import {FeedOptions, Snapshot} from './feed.js'
 */

/**
 * The newest messages of a channel, and how it stands: `{messages, gap, state, error, presence}`. Components that use
 * the same channel of a client share one subscription; the options of the first count.
 * @param {Tideline} client
 * @param {string} channel
 * @param {FeedOptions} [options]
 * @returns {Snapshot}
 */
export function useMessages(client, channel, options) {
  const { listen, snapshot } = feed(client, channel, options);
  return useSyncExternalStore(listen, snapshot, snapshot);
}

/**
 * How the connection stands: `{state, transport, error, retryInMs}`.
 * @param {Tideline} client
 * @returns {ClientState}
 */
export function useConnection(client) {
  const listen = useCallback(
    (/** @type {() => void} */ listener) => {
      client.addEventListener('state', listener);
      return () => client.removeEventListener('state', listener);
    },
    [client],
  );
  const state = () => client.state;
  return useSyncExternalStore(listen, state, state);
}
