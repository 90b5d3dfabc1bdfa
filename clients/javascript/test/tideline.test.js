// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import Ws from 'ws';

import { Tideline } from '../tideline.js';
import { LogServer } from './log-server.js';

const TRANSPORTS = ['websocket', 'sse', 'long-poll'];
const HURRIED = {
  connectMs: 300,
  idleMs: 200,
  pongMs: 100,
  pollWaitMs: 1_000,
  backoffFirstMs: 10,
  backoffMostMs: 100,
  steadyMs: 200,
  upgradeFirstMs: 200,
  presencePollMs: 30,
  requestMs: 3_000,
};

const SLOWER = { ...HURRIED, backoffFirstMs: 200, backoffMostMs: 1_000 };

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
  const states = [];
  const onState = (state) => states.push(state);
  const authority = options.getToken ? {} : { token: server.token };
  const client = new Tideline({ url: server.url, limits: HURRIED, onState, ...authority, ...options });
  clients.push(client);
  return Object.assign(client, { states });
}

/** Subscribes and notes what came, in order: offsets, and gaps as `from-to`. */
function follow(client, channel, start = {}) {
  const seen = [];
  const ends = [];
  const subscription = client.subscribe(channel, {
    ...start,
    onPublication: ({ offset }) => seen.push(offset),
    onGap: ({ from, to, reason }) => seen.push(`${reason} ${from}-${to}`),
    onState: ({ state, error }) => state === 'ended' && ends.push(error),
  });
  return Object.assign(subscription, { seen, ends });
}

/** Subscribes with presence and notes who came (+) and went (-). */
function attend(client, channel) {
  const told = [];
  const errors = [];
  const subscription = client.subscribe(channel, {
    onPresence: ({ joined, left, error }) => {
      if (error) errors.push(error);
      else told.push([...joined.map((each) => `+${each}`), ...left.map((each) => `-${each}`)].join(''));
    },
  });
  return { subscription, told, errors };
}

async function until(condition, what = condition.toString()) {
  const deadline = Date.now() + 8_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `waited in vain for ${what}`);
    await sleep(5);
  }
}

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const publishMany = (channel, count) => range(1, count).forEach((n) => server.publish(channel, { n }));

for (const transport of TRANSPORTS) {
  describe(`over ${transport}`, () => {
    test('history comes first, then what is published', async () => {
      publishMany('c', 700);
      const subscription = follow(connect({ transport }), 'c', { last: 600 });
      await until(() => subscription.seen.length === 600);
      publishMany('c', 3);
      await until(() => subscription.seen.length === 603);
      assert.deepEqual(subscription.seen, range(101, 703));
    });

    test('without a start it begins with now, and a lost connection before the first message loses nothing', async () => {
      publishMany('c', 5);
      const client = connect({ transport });
      const subscription = follow(client, 'c');
      await until(() => subscription.state === 'subscribed' && subscription.position);
      await server.stop();
      publishMany('c', 2);
      await server.start();
      await until(() => subscription.seen.length === 2);
      assert.deepEqual(subscription.seen, [6, 7]);
    });

    test('a position of an earlier visit is where a new client continues', async () => {
      publishMany('c', 10);
      const first = follow(connect({ transport }), 'c', { last: 4 });
      await until(() => first.seen.length === 4);
      first.unsubscribe();
      publishMany('c', 3);
      const second = follow(connect({ transport }), 'c', { after: first.position });
      await until(() => second.seen.length === 3);
      assert.deepEqual(second.seen, [11, 12, 13]);
    });

    test('connections cut at random leave the sequence whole', async () => {
      const subscription = follow(connect({ transport }), 'c', { after: 'earliest' });
      for (const n of range(1, 300)) {
        server.publish('c', { n });
        if (n % 37 === 0) server.cut();
        if (n % 3 === 0) await sleep(2);
      }
      await until(() => subscription.seen.length >= 300);
      assert.deepEqual(subscription.seen, range(1, 300));
    });

    test('who is there is told, and then who comes and goes', async () => {
      server.present('c', ['alice']);
      const { subscription, told } = attend(connect({ transport }), 'c');
      await until(() => told.length === 1);
      assert.deepEqual([...subscription.presence.members], ['alice']);
      server.present('c', ['alice', 'bob']);
      await until(() => told.length === 2);
      server.present('c', ['bob'], { asState: true });
      await until(() => told.length === 3);
      assert.deepEqual(told, ['+alice', '+bob', '-alice']);
      assert.equal(subscription.presence.count, 1);
    });

    test('over a lost connection only the difference is told', async () => {
      server.present('c', ['alice', 'bob']);
      const { told } = attend(connect({ transport }), 'c');
      await until(() => told.length === 1);
      await server.stop();
      server.present('c', ['alice', 'carol']);
      await server.start();
      await until(() => told.length === 2);
      assert.deepEqual(told, ['+alice+bob', '+carol-bob']);
    });

    test('who may not see who is there gets the messages all the same', async () => {
      const { subscription, told, errors } = attend(connect({ transport }), 'hidden');
      await until(() => errors.length === 1);
      assert.equal(errors[0].code, 'forbidden');
      await until(() => subscription.state === 'subscribed');
      assert.deepEqual(told, []);
      assert.equal(subscription.presence, null);
    });

    test('the server being away is waited out', async () => {
      const client = connect({ transport });
      const subscription = follow(client, 'c', { after: 'earliest' });
      publishMany('c', 2);
      await until(() => subscription.seen.length === 2);
      await server.stop();
      await until(() => client.state.state === 'waiting');
      assert.equal(subscription.state, 'subscribing');
      publishMany('c', 2);
      await sleep(200);
      await server.start();
      await until(() => subscription.seen.length === 4);
      assert.deepEqual(subscription.seen, [1, 2, 3, 4]);
    });

    test('what retention took while away is told before the next message', async () => {
      const subscription = follow(connect({ transport }), 'c', { after: 'earliest' });
      publishMany('c', 3);
      await until(() => subscription.seen.length === 3);
      await server.stop();
      publishMany('c', 7);
      server.prune('c', 8);
      await server.start();
      await until(() => subscription.seen.length === 6);
      assert.deepEqual(subscription.seen, [1, 2, 3, 'retention 4-8', 9, 10]);
    });

    test('a log that began anew is told, and its offsets are taken as they come', async () => {
      const subscription = follow(connect({ transport }), 'c', { after: 'earliest' });
      publishMany('c', 5);
      await until(() => subscription.seen.length === 5);
      await server.stop();
      server.beginEpoch();
      await server.start();
      await until(() => subscription.gaps === 1);
      publishMany('c', 2);
      await until(() => subscription.seen.length === 8);
      assert.deepEqual(subscription.seen, [1, 2, 3, 4, 5, 'epoch null-null', 1, 2]);
    });

    test('a forbidden channel ends by itself', async () => {
      const client = connect({ transport });
      const forbidden = follow(client, 'secret:c');
      const allowed = follow(client, 'c');
      await until(() => forbidden.state === 'ended');
      assert.equal(forbidden.ends[0].code, 'forbidden');
      await until(() => allowed.state === 'subscribed');
      server.publish('c', 1);
      await until(() => allowed.seen.length === 1);
    });

    test('a refused token is final, unless a new one can be had', async () => {
      const anonymous = connect({ transport, token: undefined });
      const closed = follow(anonymous, 'c');
      await until(() => closed.state === 'ended');
      assert.deepEqual([closed.ends[0].code, anonymous.state.state], ['unauthenticated', 'idle']);

      const stubborn = connect({ transport, token: 'old' });
      follow(stubborn, 'c');
      await until(() => stubborn.state.state === 'failed');
      assert.equal(stubborn.state.error.code, 'unauthenticated');

      const tokens = ['old', server.token];
      const renewing = connect({ transport, getToken: () => (tokens.length > 1 ? tokens.shift() : tokens[0]) });
      const subscription = follow(renewing, 'c', { after: 'earliest' });
      server.publish('c', 1);
      await until(() => subscription.seen.length === 1);
    });

    test('what a handler throws does not stop the messages', async () => {
      const seen = [];
      const reported = [];
      globalThis.reportError = (error) => reported.push(error.message);
      connect({ transport }).subscribe('c', {
        after: 'earliest',
        onPublication: ({ offset }) => {
          seen.push(offset);
          throw new Error('mine');
        },
      });
      publishMany('c', 2);
      await until(() => seen.length === 2);
      delete globalThis.reportError;
      assert.deepEqual(reported, ['mine', 'mine']);
    });

    test('unsubscribing within a handler ends delivery at once, and with the last one the connection', async () => {
      publishMany('c', 10);
      const client = connect({ transport });
      const seen = [];
      client.subscribe('c', {
        after: 'earliest',
        onPublication: ({ offset }, subscription) => {
          seen.push(offset);
          if (offset === 4) subscription.unsubscribe();
        },
      });
      await until(() => client.state.state === 'idle');
      await sleep(50);
      assert.deepEqual(seen, [1, 2, 3, 4]);
    });

    test('many channels at once are all followed', async () => {
      const client = connect({ transport });
      const subscriptions = range(1, 9).map((n) => follow(client, `c:${n}`, { after: 'earliest' }));
      await until(() => client.state.state === 'connected');
      for (const n of range(1, 9)) publishMany(`c:${n}`, 5);
      await until(() => subscriptions.every(({ seen }) => seen.length === 5));
      for (const { seen } of subscriptions) assert.deepEqual(seen, range(1, 5));
      await client.publish('c:1', 'there is a request left for publishing');
    });
  });
}

for (const transport of ['websocket', 'sse']) {
  describe(`a live ${transport} that is not to be trusted`, () => {
    test('a hole is never taken: it is asked for again from the position', async () => {
      const subscription = follow(connect({ transport }), 'c', { after: 'earliest' });
      publishMany('c', 2);
      await until(() => subscription.seen.length === 2);
      server.faults.loses = ({ offset }) => offset === 3;
      publishMany('c', 3);
      await until(() => subscription.seen.length === 5);
      assert.deepEqual(subscription.seen, [1, 2, 3, 4, 5]);
      assert.equal(subscription.holes, 1);
    });

    test('a repeat is dropped and counted', async () => {
      const subscription = follow(connect({ transport }), 'c', { after: 'earliest' });
      await until(() => subscription.state === 'subscribed');
      server.faults.repeats = ({ offset }) => offset === 2;
      publishMany('c', 3);
      await until(() => subscription.seen.length === 3);
      assert.deepEqual(subscription.seen, [1, 2, 3]);
      assert.equal(subscription.duplicates, 1);
    });
  });
}

describe('an event stream', () => {
  test('is one for all channels that are subscribed together', async () => {
    const client = connect({ transport: 'sse' });
    const subscriptions = range(1, 50).map((n) => follow(client, `c:${n}`));
    await until(() => subscriptions.every(({ state }) => state === 'subscribed'));
    assert.equal(server.seen.filter((request) => request.startsWith('GET /v1/stream')).length, 1);
    const more = follow(client, 'c:51', { after: 'earliest' });
    for (const n of range(1, 51)) server.publish(`c:${n}`, 1);
    await until(() => [...subscriptions, more].every(({ seen }) => seen.length === 1));
    assert.equal(server.seen.filter((request) => request.startsWith('GET /v1/stream')).length, 2);
  });

  test('meets the pages wherever they end, also when more comes meanwhile than is kept', async () => {
    publishMany('c', 600);
    server.faults.pageDelayMs = 50;
    const subscription = follow(connect({ transport: 'sse' }), 'c', { after: 'earliest' });
    await until(() => subscription.seen.length > 0);
    for (const n of range(1, 1_000)) {
      server.publish('c', { n });
      if (n % 10 === 0) await sleep(2);
    }
    await until(() => subscription.seen.length === 1_600);
    assert.deepEqual(subscription.seen, range(1, 1_600));
    assert.equal(subscription.duplicates, 0);
  });

  test('carries as many channels as it can, and the others are polled for', async () => {
    const limits = { ...HURRIED, streams: 1, streamChannels: 2, pollTurnMs: 50 };
    const client = connect({ transport: 'sse', limits });
    const all = range(1, 5).map((n) => follow(client, `c:${n}`, { after: 'earliest' }));
    await until(() => all.every(({ state }) => state === 'subscribed'));
    for (const n of range(1, 5)) server.publish(`c:${n}`, 1);
    await until(() => all.every(({ seen }) => seen.length === 1));
    assert.deepEqual(all.flatMap(({ ends }) => ends), []);
    assert.equal(server.seen.filter((request) => request.startsWith('GET /v1/stream')).length, 1);
  });

  test('whose address is too long is split, and none of its channels ends', async () => {
    server.faults.addressCharsMax = 300;
    const client = connect({ transport: 'sse', limits: { ...HURRIED, pollTurnMs: 50 } });
    const all = range(1, 16).map((n) => follow(client, `${'long'.repeat(12)}:${n}`, { after: 'earliest' }));
    await until(() => all.every(({ state }) => state === 'subscribed'));
    const more = follow(client, 'one:more', { after: 'earliest' });
    for (const { channel } of [...all, more]) server.publish(channel, 1);
    await until(() => [...all, more].every(({ seen }) => seen.length === 1));
    assert.deepEqual([...all, more].flatMap(({ ends }) => ends), []);
  });
});

describe('whichever transport gets through', () => {
  test('a WebSocket, where it can be had', async () => {
    const client = connect();
    follow(client, 'c');
    await until(() => client.state.state === 'connected');
    assert.equal(client.state.transport, 'websocket');
  });

  test('an event stream, where a proxy refuses upgrades', async () => {
    server.faults.refuseWebSocket = true;
    const client = connect();
    follow(client, 'c');
    await until(() => client.state.state === 'connected');
    assert.equal(client.state.transport, 'sse');
  });

  test('an event stream, where upgrades are taken and nothing comes back', async () => {
    server.faults.silentWebSocket = true;
    const client = connect();
    follow(client, 'c');
    await until(() => client.state.state === 'connected');
    assert.equal(client.state.transport, 'sse');
  });

  test('a long-poll, where streams are held back too', async () => {
    server.faults.refuseWebSocket = true;
    server.faults.bufferStreams = true;
    const client = connect();
    const subscription = follow(client, 'c', { after: 'earliest' });
    await until(() => client.state.state === 'connected');
    assert.equal(client.state.transport, 'long-poll');
    publishMany('c', 2);
    await until(() => subscription.seen.length === 2);
  });

  test('back to a WebSocket as soon as one gets through, without a hole', async () => {
    server.faults.refuseWebSocket = true;
    const client = connect();
    const subscription = follow(client, 'c', { after: 'earliest' });
    await until(() => client.state.transport === 'sse' && client.state.state === 'connected');
    publishMany('c', 3);
    server.faults.refuseWebSocket = false;
    await until(() => client.state.transport === 'websocket' && client.state.state === 'connected');
    publishMany('c', 3);
    await until(() => subscription.seen.length === 6);
    assert.deepEqual(subscription.seen, range(1, 6));
    assert.ok(!client.states.some(({ state }) => state === 'waiting'), 'the stream was kept until the WebSocket stood');
  });

  test('the transport changed at will in the middle delivers the same sequence', async () => {
    const client = connect();
    const subscription = follow(client, 'c', { after: 'earliest' });
    for (const n of range(1, 200)) {
      server.publish('c', { n });
      if (n % 11 === 0) client.useTransport(TRANSPORTS[n % 3]);
      await sleep(1);
    }
    await until(() => subscription.seen.length >= 200);
    assert.deepEqual(subscription.seen, range(1, 200));
  });

  test('a WebSocket that has worked is tried again before it is given up', async () => {
    const client = connect();
    follow(client, 'c');
    await until(() => client.state.state === 'connected');
    await server.stop();
    await until(() => client.states.filter(({ state }) => state === 'connecting').length >= 5);
    const tried = client.states.filter(({ state }) => state === 'connecting').map(({ transport }) => transport);
    assert.deepEqual(tried.slice(0, 5), ['websocket', 'websocket', 'websocket', 'websocket', 'sse']);
    await server.start();
    await until(() => client.state.state === 'connected');
  });
});

describe('a server behind a prefix', () => {
  for (const url of ['/push', '/push/', '/push//', '/push?a=b#c']) {
    test(`is asked there and nowhere else: ${url}`, async () => {
      server.prefix = '/push';
      for (const transport of TRANSPORTS) {
        const client = connect({ url: server.url + url, transport });
        const subscription = follow(client, 'c', { after: 'earliest' });
        await client.publish('c', 1);
        await until(() => subscription.seen.length > 0);
        client.close();
      }
      assert.deepEqual(server.strays, []);
    });
  }

  test('an address that is none is said so', () => {
    for (const url of ['localhost:8080', 'ws://127.0.0.1', '', undefined, 'push.example.com']) {
      assert.throws(() => new Tideline({ url }), /url of the server/);
    }
  });

  test('a redirect takes the token nowhere', async () => {
    const elsewhere = await new LogServer().start();
    server.faults.redirectsTo = `${elsewhere.url}/v1/channels/c/messages`;
    const client = connect({ limits: { ...HURRIED, requestMs: 300 } });
    await assert.rejects(client.history('c'), { code: 'unreachable' });
    await elsewhere.stop();
    assert.deepEqual(elsewhere.seen, []);
  });
});

describe('what stands between', () => {
  test('may refuse one transport without a word of the server, and another one is tried', async () => {
    server.faults.refuseWebSocket = true;
    server.faults.blocks = (request) => request.url.startsWith('/v1/stream');
    const client = connect();
    const subscription = follow(client, 'c', { after: 'earliest' });
    server.publish('c', 1);
    await until(() => subscription.seen.length === 1);
    assert.equal(client.state.transport, 'long-poll');
  });

  test('may refuse all of them: the client says so, its subscriptions stay, and reconnect() begins again', async () => {
    server.faults.refuseWebSocket = true;
    server.faults.blocks = () => true;
    const client = connect();
    const subscription = follow(client, 'c', { after: 'earliest' });
    await until(() => client.state.state === 'failed');
    assert.deepEqual([client.state.error.code, client.state.error.status], ['http-404', 404]);
    assert.match(client.state.error.message, /\/v1\//);
    assert.equal(subscription.state, 'subscribing');
    server.faults.blocks = () => false;
    server.publish('c', 1);
    client.reconnect();
    await until(() => subscription.seen.length === 1);
  });
});

describe('ways to begin', () => {
  for (const transport of TRANSPORTS) {
    test(`null is as good as nothing over ${transport}`, async () => {
      publishMany('c', 3);
      const subscription = follow(connect({ transport }), 'c', { after: null, last: 2, since: null });
      await until(() => subscription.seen.length === 2);
      assert.deepEqual(subscription.seen, [2, 3]);
    });
  }

  test('no name is read as a path, and no start is longer than a frame', async () => {
    const client = connect();
    for (const channel of ['..', '.', '', 'a/b', 'bad name!', 'x'.repeat(201)]) {
      assert.throws(() => client.subscribe(channel), /a channel is/);
      await assert.rejects(client.publish(channel, 1), /a channel is/);
      await assert.rejects(client.history(channel), /a channel is/);
      await assert.rejects(client.presence(channel), /a channel is/);
    }
    assert.throws(() => client.subscribe('c', { after: 'x'.repeat(10_000) }), /position/);
    assert.deepEqual(server.seen, []);
  });
});

describe('with `ws` for a WebSocket', () => {
  const limits = { ...HURRIED, triesOfTheKnown: 100 };

  test('a server that is away or refuses ends no process, and is waited out', async () => {
    const client = connect({ WebSocket: Ws, transport: 'websocket', limits });
    const subscription = follow(client, 'c', { after: 'earliest' });
    server.publish('c', 1);
    await until(() => subscription.seen.length === 1);
    await server.stop();
    await until(() => client.state.state === 'waiting' && /ECONNREFUSED/.test(client.state.error.message));
    server.faults.refuseWebSocket = true;
    await server.start();
    await until(() => /403/.test(client.state.error?.message));
    server.faults.refuseWebSocket = false;
    server.publish('c', 2);
    await until(() => subscription.seen.length === 2);
  });

  test('it may be closed before it has opened', async () => {
    const client = connect({ WebSocket: Ws, transport: 'websocket' });
    follow(client, 'c');
    await until(() => server.seen.includes('ws upgrade') || client.state.state === 'connecting');
    client.close();
    // `ws` tells of it later, as an error: a process that nobody listens in would end here.
    await sleep(100);
    assert.equal(client.state.state, 'closed');
  });

  test('a process with nothing but the client survives', async () => {
    const { port } = server;
    await server.stop();
    const program = `
      import { Tideline } from ${JSON.stringify(new URL('../tideline.js', import.meta.url).href)};
      import WebSocket from 'ws';
      const client = new Tideline({ url: 'http://127.0.0.1:${port}', token: 'x', WebSocket, transport: 'websocket' });
      client.subscribe('c');
      client.addEventListener('state', () => client.state.state === 'waiting' && (console.log('waiting'), client.close()));
    `;
    const args = ['--input-type=module', '-e', program];
    const child = spawnSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8', timeout: 30_000 });
    assert.deepEqual([child.status, child.stdout], [0, 'waiting\n'], child.stderr);
    await server.start();
  });
});

describe('many commands at once', () => {
  test('subscriptions that are made together share a command', async () => {
    const client = connect({ transport: 'websocket' });
    follow(client, 'first');
    await until(() => client.state.state === 'connected');
    const all = range(1, 300).map((n) => follow(client, `c:${n}`));
    await until(() => all.every(({ state }) => state === 'subscribed'));
    assert.equal(server.commands.filter((name) => name === 'subscribe').length, 3);
  });

  test('are sent no faster than the server takes them', async () => {
    const client = connect({ transport: 'websocket', limits: { ...HURRIED, idleMs: 5_000 } });
    const all = range(1, 120).map((n) => attend(client, `c:${n}`));
    await until(() => all.some(({ subscription }) => subscription.presence));
    assert.ok(server.commands.length <= 80, `${server.commands.length} commands in the first second`);
    await until(() => all.every(({ subscription }) => subscription.presence));
    assert.ok(!client.states.some(({ state }) => state === 'waiting'));
  });
});

describe('reconnect()', () => {
  test('tries at once where the backoff would wait', async () => {
    const client = connect({ transport: 'websocket', limits: { ...HURRIED, backoffFirstMs: 60_000, backoffMostMs: 60_000 }, random: () => 1 });
    const subscription = follow(client, 'c', { after: 'earliest' });
    await until(() => client.state.state === 'connected');
    await server.stop();
    await until(() => client.state.state === 'waiting');
    await server.start();
    server.publish('c', 1);
    client.reconnect();
    await until(() => subscription.seen.length === 1);
  });

  test('asks a connection that stands whether it lives, and leaves it otherwise', async () => {
    const client = connect({ transport: 'websocket', limits: { ...HURRIED, idleMs: 60_000 } });
    follow(client, 'c');
    await until(() => client.state.state === 'connected');
    server.faults.silentWebSocket = true;
    client.reconnect();
    await until(() => client.states.some(({ error }) => /ping/.test(error?.message)));
  });

  test('does nothing where nothing is to be connected', () => {
    const client = connect();
    client.reconnect();
    assert.equal(client.state.state, 'idle');
    client.close();
    client.reconnect();
    assert.equal(client.state.state, 'closed');
  });
});

test('a client may be closed by the handler of any state', async () => {
  for (const last of ['connecting', 'connected', 'waiting']) {
    for (const transport of TRANSPORTS) {
      const url = last === 'waiting' ? 'http://127.0.0.1:9' : server.url;
      const client = connect({ url, transport, onState: ({ state }) => state === last && client.close() });
      client.subscribe('c');
      await until(() => client.state.state === 'closed');
      // What was on its way already may still arrive; whatever would go on, goes on for longer.
      await sleep(100);
      const { length } = server.seen;
      await sleep(200);
      assert.deepEqual([client.state.state, server.seen.length], ['closed', length], `${last} over ${transport}`);
    }
  }
});

test('a change of the state is an event, too', async () => {
  const client = connect();
  const told = [];
  client.addEventListener('state', () => told.push(client.state.state));
  follow(client, 'c');
  await until(() => told.includes('connected'));
  assert.deepEqual(told, client.states.slice(1).map(({ state }) => state));
});

test('a machine that has slept asks at once whether its connection lives', async () => {
  const client = connect({ transport: 'websocket', limits: { ...HURRIED, idleMs: 60_000, sleepMs: 50 } });
  const subscription = follow(client, 'c', { after: 'earliest' });
  await until(() => client.state.state === 'connected');
  server.faults.silentWebSocket = true;
  server.publish('c', 1);
  // The process stands still, as a machine does that is asleep.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  server.faults.silentWebSocket = false;
  server.faults.deafWebSocket = true;
  await until(() => client.state.state === 'waiting');
  server.faults.deafWebSocket = false;
  await until(() => subscription.seen.length === 1);
});

describe('a WebSocket', () => {
  let client;
  let subscription;
  const delays = () => client.states.filter(({ state }) => state === 'waiting').map(({ retryInMs }) => retryInMs);

  beforeEach(async () => {
    client = connect({ transport: 'websocket', limits: SLOWER, random: () => 1 });
    subscription = follow(client, 'c');
    await until(() => subscription.state === 'subscribed');
  });

  test('closed with 4000–4099 stays away until it is told to come back', async () => {
    server.closeWebSockets(4001, 'the token was revoked');
    await until(() => client.state.state === 'failed');
    assert.equal(client.state.error.code, 'token-revoked');
    await sleep(300);
    assert.equal(client.state.state, 'failed');
    client.reconnect();
    await until(() => client.state.state === 'connected');
  });

  test('closed with 4100–4199 comes back after a while', async () => {
    server.closeWebSockets(4100, 'too slow');
    await until(() => delays().length === 1);
    assert.deepEqual(delays(), [200]);
    await until(() => client.state.state === 'connected');
  });

  test('closed with 4200–4299 comes back at once, but not in a loop', async () => {
    server.closeWebSockets(4299, 'a code of later days');
    await until(() => delays().length === 1 && client.state.state === 'connected');
    server.closeWebSockets(4299, 'a code of later days');
    await until(() => delays().length === 2);
    assert.deepEqual(delays(), [0, 400]);
  });

  test('of a draining node is left when the node says', async () => {
    const toldAt = Date.now();
    server.tell({ drain: { withinMs: 100 } });
    await until(() => delays().length === 1);
    assert.ok(Date.now() - toldAt >= 95);
    assert.deepEqual(delays(), [0]);
    await until(() => client.state.state === 'connected');
  });

  test('that does not answer a ping is dead', async () => {
    server.faults.silentWebSocket = true;
    await until(() => client.state.state === 'waiting');
    server.faults.silentWebSocket = false;
    assert.match(client.state.error.message, /ping/);
    await until(() => client.state.state === 'connected');
  });

  test('gives a new token in-band when the old one is about to expire', async () => {
    let asked = 0;
    const renewing = connect({ transport: 'websocket', getToken: () => (asked++, server.token) });
    const other = follow(renewing, 'd');
    await until(() => other.state === 'subscribed');
    server.tell({ expiring: { at: '2026-11-21T08:00:00Z', withinMs: 30_000 } });
    await until(() => asked === 2);
    server.publish('d', 1);
    await until(() => other.seen.length === 1);
    assert.ok(!renewing.states.some(({ state }) => state === 'waiting'));
  });

  test('goes on where it was when a subscription was ended for the moment', async () => {
    server.publish('c', 1);
    await until(() => subscription.seen.length === 1);
    server.tell({ unsubscribed: { channel: 'c', code: 'slow' } });
    await until(() => server.seen.includes('ws subscribe c 1-1'));
    server.publish('c', 2);
    await until(() => subscription.seen.length === 2);
    assert.deepEqual([subscription.seen, subscription.ends], [[1, 2], []]);
  });

  test('loses one channel when the right to it is lost, and keeps the others', async () => {
    const other = follow(client, 'd');
    await until(() => other.state === 'subscribed');
    server.tell({ unsubscribed: { channel: 'c', code: 'forbidden' } });
    await until(() => subscription.state === 'ended');
    assert.equal(subscription.ends[0].code, 'forbidden');
    server.publish('d', 1);
    await until(() => other.seen.length === 1);
  });
});

describe('publishing', () => {
  test('stores once though the answer was lost', async () => {
    let lost = 0;
    server.faults.losesAnswer = () => lost++ < 2;
    const stored = await connect().publish('c', { n: 1 }, { type: 'number' });
    assert.deepEqual([stored.offset, stored.duplicate, lost], [1, true, 3]);
  });

  test('waits as long as the server says', async () => {
    const answers = [{ status: 503, retryAfter: 1 }];
    server.faults.refuses = () => answers.shift();
    const askedAt = Date.now();
    const stored = await connect().publish('c', 1);
    assert.equal(stored.offset, 1);
    assert.ok(Date.now() - askedAt >= 1_000);
  });

  test('to an ephemeral channel takes no key and no chance', async () => {
    const client = connect();
    assert.equal((await client.publish('ephemeral:c', 1)).offset, 1);
    assert.equal((await client.publish('ephemeral:d', 1)).offset, 1);
    assert.equal(server.seen.length, 3, 'the namespace is known after the first refusal');
    server.faults.losesAnswer = () => true;
    await assert.rejects(client.publish('ephemeral:c', 2), { code: 'unreachable' });
    assert.equal(server.seen.length, 4);
  });

  test('says no at once where a repeat cannot help', async () => {
    await assert.rejects(connect().publish('secret:c', 1), { code: 'forbidden', status: 403, retry: false });
    assert.equal(server.seen.length, 1);
  });

  test('gives up at the end of its time', async () => {
    server.faults.refuses = () => ({ status: 503 });
    const askedAt = Date.now();
    await assert.rejects(connect().publish('c', 1, { timeoutMs: 300 }), { name: 'TidelineError', retry: true });
    assert.ok(Date.now() - askedAt < 1_000);
    assert.ok(server.seen.length > 1);
  });
});

test('history is read by page', async () => {
  publishMany('c', 300);
  const client = connect();
  const first = await client.history('c');
  assert.deepEqual([first.messages.length, first.more], [256, true]);
  const second = await client.history('c', { after: first.next });
  assert.deepEqual([second.messages[0].offset, second.messages.length, second.more], [257, 44, false]);
});

test('a channel is subscribed once a client', () => {
  const client = connect();
  client.subscribe('c');
  assert.throws(() => client.subscribe('c'), /subscribed already/);
  assert.throws(() => client.subscribe('d', { last: 1, since: '2026-01-01T00:00:00Z' }), /one of/);
  assert.throws(() => client.useTransport('carrier-pigeon'), /transport must be/);
});

describe('presence', () => {
  for (const transport of ['websocket', 'sse']) {
    test(`a change that doesn't follow is not taken over ${transport}, and the state asked for anew`, async () => {
      server.present('c', ['alice']);
      const { subscription, told } = attend(connect({ transport }), 'c');
      await until(() => told.length === 1);
      server.present('c', ['alice', 'bob'], { after: 77 });
      await until(() => subscription.presence.count === 2);
      assert.deepEqual(told, ['+alice', '+bob']);
    });

    test(`a right that is lost ends it over ${transport}`, async () => {
      const { subscription, errors } = attend(connect({ transport }), 'c');
      await until(() => subscription.presence);
      server.endPresence('c', 'forbidden');
      await until(() => errors.length === 1);
      assert.equal(subscription.presence, null);
      await until(() => subscription.state === 'subscribed');
    });
  }

  test('without a handler nobody asks for it', async () => {
    const subscription = follow(connect({ transport: 'websocket' }), 'c');
    await until(() => subscription.state === 'subscribed');
    assert.ok(!server.seen.some((each) => each.includes('presence')));
  });

  test('it ends with the subscription', async () => {
    const { subscription } = attend(connect({ transport: 'websocket' }), 'c');
    await until(() => subscription.presence);
    subscription.unsubscribe();
    const other = attend(connect({ transport: 'websocket' }), 'd');
    await until(() => other.subscription.presence);
    assert.equal(server.seen.filter((each) => each === 'ws presence c').length, 2);
  });

  test('a page of members, and the numbers alone', async () => {
    server.present('c', ['alice', 'bob']);
    const client = connect();
    const page = await client.presence('c', { limit: 10 });
    assert.deepEqual(page.members.map(({ subject }) => subject), ['alice', 'bob']);
    const numbers = await client.presence('c', { count: true });
    assert.equal(numbers.count, 2);
    assert.equal(numbers.members, undefined);
  });
});
