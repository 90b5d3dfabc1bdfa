// SPDX-License-Identifier: Apache-2.0
// Composables for Vue 3.3 and newer.

import { onScopeDispose, shallowRef, toValue, watch } from 'vue';

import { feed } from './feed.js';

/**
 * @import {MaybeRefOrGetter, ShallowRef} from 'vue'
 * @import {ClientState, Tideline} from './tideline.js'
 * @import {FeedOptions, Snapshot} from './feed.js'
 */

/**
 * The newest messages of a channel, and how it stands: `{messages, gap, state, error, presence}`. The channel may be a
 * ref or a getter. Those who use the same channel of a client share one subscription; the options of the first count.
 * @param {Tideline} client
 * @param {MaybeRefOrGetter<string>} channel
 * @param {FeedOptions} [options]
 * @returns {Readonly<ShallowRef<Snapshot>>}
 */
export function useMessages(client, channel, options) {
  const now = shallowRef(feed(client, toValue(channel), options).snapshot());
  watch(
    () => toValue(channel),
    (name, _before, onCleanup) => {
      const { listen, snapshot } = feed(client, name, options);
      const show = () => {
        now.value = snapshot();
      };
      onCleanup(listen(show));
      show();
    },
    { immediate: true },
  );
  return now;
}

/**
 * How the connection stands: `{state, transport, error, retryInMs}`.
 * @param {Tideline} client
 * @returns {Readonly<ShallowRef<ClientState>>}
 */
export function useConnection(client) {
  const now = shallowRef(client.state);
  const show = () => {
    now.value = client.state;
  };
  client.addEventListener('state', show);
  onScopeDispose(() => client.removeEventListener('state', show));
  return now;
}
