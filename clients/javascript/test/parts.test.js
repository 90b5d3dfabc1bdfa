// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { effectScope, nextTick, ref } from 'vue';

import { feed } from '../feed.js';
import { subscribeKept } from '../kept.js';
import { messages } from '../messages.js';
import { Outbox } from '../outbox.js';
import { Tideline } from '../tideline.js';
import { useConnection, useMessages } from '../vue.js';
import { LogServer } from './log-server.js';

const limits = { connectMs: 300, backoffFirstMs: 10, backoffMostMs: 50, requestMs: 200 };
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

let server;
let clients;

beforeEach(async () => {
  server = await new LogServer().start();
  clients = [];
});

afterEach(async () => {
  for (const client of clients) client.close();
  await server.stop();
});

function connect(options = {}) {
  const client = new Tideline({ url: server.url, token: server.token, limits, ...options });
  clients.push(client);
  return client;
}

async function until(condition, what = condition.toString()) {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `waited in vain for ${what}`);
    await sleep(5);
  }
}

function memoryStore() {
  const kept = new Map();
  return {
    kept,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  };
}

describe('a loop over the messages', () => {
  for (const transport of ['websocket', 'sse', 'long-poll']) {
    test(`however slow gets each once and in order, and little is held, over ${transport}`, async () => {
      for (const n of range(1, 1_500)) server.publish('c', n);
      const seen = [];
      for await (const { offset } of messages(connect({ transport }), 'c', { after: 'earliest' })) {
        seen.push(offset);
        if (offset % 500 === 0 && offset <= 1_500) for (const n of range(1, 100)) server.publish('c', n);
        if (offset % 100 === 0) await sleep(5);
        if (offset === 1_800) break;
      }
      assert.deepEqual(seen, range(1, 1_800));
    });
  }

  test('ends with its connection when it is left, and throws what the server refuses', async () => {
    const client = connect();
    server.publish('c', 1);
    for await (const _ of messages(client, 'c', { after: 'earliest' })) break;
    assert.equal(client.state.state, 'idle');
    await assert.rejects(async () => {
      for await (const _ of messages(client, 'secret:c'));
    }, { code: 'forbidden' });
  });

  test('ends when the client is closed', async () => {
    const client = connect();
    setTimeout(() => client.close(), 20);
    for await (const _ of messages(client, 'c'));
  });
});

describe('an outbox', () => {
  test('keeps what cannot be sent, and stores each once and in order when the server is back', async () => {
    const outbox = new Outbox(connect());
    await server.stop();
    const answers = range(1, 5).map((n) => outbox.publish('c', n));
    assert.equal(outbox.length, 5);
    await sleep(300);
    let lost = 0;
    server.faults.losesAnswer = () => lost++ === 1;
    await server.start();
    const stored = await Promise.all(answers);
    assert.deepEqual(stored.map(({ offset }) => offset), [1, 2, 3, 4, 5]);
    assert.equal(outbox.length, 0);
  });

  test('takes the data as it was, and no more than it may hold', async () => {
    const outbox = new Outbox(connect(), { max: 1 });
    const data = { n: 1 };
    const answer = outbox.publish('c', data);
    data.n = 2;
    await assert.rejects(outbox.publish('c', 3), { code: 'outbox-full', retry: true });
    await answer;
    const { messages: kept } = await connect().history('c');
    assert.deepEqual(kept.map((each) => each.data), [{ n: 1 }]);
  });

  test('rejects what is refused for good, and goes on', async () => {
    const outbox = new Outbox(connect());
    const refused = outbox.publish('secret:c', 1);
    const stored = outbox.publish('c', 1);
    await assert.rejects(refused, { code: 'forbidden' });
    assert.equal((await stored).offset, 1);
  });

  test('rejects what still waits when it is closed', async () => {
    const outbox = new Outbox(connect());
    await server.stop();
    const waiting = outbox.publish('c', 1);
    setTimeout(() => outbox.close(), 250);
    await assert.rejects(waiting, { code: 'closed' });
    await server.start();
  });
});

describe('a kept position', () => {
  for (const transport of ['websocket', 'sse', 'long-poll']) {
    test(`is where the next page continues over ${transport}, also before the first message`, async () => {
      const store = memoryStore();
      const visit = async (count) => {
        const client = connect({ transport });
        const seen = [];
        const subscription = subscribeKept(client, 'c', { store, onPublication: ({ offset }) => seen.push(offset) });
        await until(() => subscription.state === 'subscribed' && store.kept.size === 1 && seen.length === count);
        await sleep(0);
        client.close();
        return seen;
      };
      server.publish('c', 1);
      assert.deepEqual(await visit(0), []);
      server.publish('c', 2);
      server.publish('c', 3);
      assert.deepEqual(await visit(2), [2, 3]);
      server.publish('c', 4);
      assert.deepEqual(await visit(1), [4]);
    });
  }

  test('in a store that is forbidden stops nothing', async () => {
    const forbid = () => {
      throw new Error('forbidden');
    };
    const store = { getItem: forbid, setItem: forbid, removeItem: forbid };
    const seen = [];
    server.publish('c', 1);
    subscribeKept(connect(), 'c', { store, after: 'earliest', onPublication: ({ offset }) => seen.push(offset) });
    await until(() => seen.length === 1);
  });
});

describe('a feed', () => {
  test('is one for all who listen, keeps the newest, and ends with the last of them', async () => {
    const client = connect();
    for (const n of range(1, 10)) server.publish('c', n);
    const first = feed(client, 'c', { last: 5, max: 3 });
    const stop = first.listen(() => {});
    const stopToo = feed(client, 'c').listen(() => {});
    await until(() => first.snapshot().messages.length === 3);
    assert.deepEqual(first.snapshot().messages.map(({ offset }) => offset), [8, 9, 10]);
    assert.equal(client.subscriptions.length, 1);
    stop();
    await sleep(5);
    assert.equal(client.subscriptions.length, 1);
    stopToo();
    await until(() => client.state.state === 'idle');
    assert.equal(first.snapshot().messages.length, 0);
  });

  test('that is listened to again in the same turn keeps its subscription', async () => {
    const client = connect();
    const { listen } = feed(client, 'c');
    listen(() => {})();
    const [before] = client.subscriptions;
    listen(() => {});
    await sleep(5);
    assert.equal(client.subscriptions[0], before);
  });
});

describe('in Vue', () => {
  test('messages and the state of the connection are refs, and the channel may change', async () => {
    const client = connect();
    server.publish('a', 1);
    server.publish('b', 2);
    const channel = ref('a');
    const scope = effectScope();
    const { now, connection } = scope.run(() => ({
      now: useMessages(client, channel, { last: 5 }),
      connection: useConnection(client),
    }));
    await until(() => now.value.messages[0]?.data === 1);
    assert.equal(connection.value.state, 'connected');
    channel.value = 'b';
    await nextTick();
    await until(() => now.value.messages[0]?.data === 2);
    scope.stop();
    await until(() => client.state.state === 'idle');
  });
});
