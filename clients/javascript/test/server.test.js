// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { createServer, request as ask } from 'node:http';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import Ws from 'ws';

import { Tideline } from '../tideline.js';
import { messages } from '../messages.js';
import { RealServer, serverIsMissing } from './real-server.js';

const WAYS = [
  { name: 'websocket', transport: 'websocket' },
  { name: 'websocket, by ws', transport: 'websocket', WebSocket: Ws },
  { name: 'sse', transport: 'sse' },
  { name: 'long-poll', transport: 'long-poll' },
];
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

async function until(condition, what = condition.toString()) {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `waited in vain for ${what}`);
    await sleep(20);
  }
}

describe('with the real server', { skip: serverIsMissing }, () => {
  let server;
  let clients = [];

  before(async () => {
    server = await new RealServer({
      'tideline.namespaces.short.retention.count': '3',
      'tideline.namespaces.fleeting.durability': 'ephemeral',
    }).start();
  });
  after(() => server?.close());
  afterEach(() => {
    for (const client of clients) client.close();
    clients = [];
  });

  function connect(options = {}) {
    const client = new Tideline({ url: server.url, token: server.token, ...options });
    clients.push(client);
    return client;
  }

  /** All that the handlers are told, in order. */
  function record(client, channel, start) {
    const told = [];
    const subscription = client.subscribe(channel, {
      ...start,
      onPublication: (publication) => told.push(publication),
      onGap: ({ position: _, ...gap }) => told.push(gap),
      onState: ({ state, error }) => state === 'ended' && told.push(error?.code ?? state),
    });
    return { told, subscription };
  }

  /** Whatever may be published. */
  async function publishAll(client, channel) {
    await client.publish(channel, { n: 1, text: 'ü\u2028\r\n"' });
    await client.publish(channel, null, { type: 'nothing' });
    await client.publish(channel, 'plain\r\ntext\n\nwith: lines\r', { contentType: 'text/plain' });
    await client.publish(channel, new Uint8Array([0, 255, 13, 10]), { contentType: 'application/octet-stream' });
    await client.publish(channel, [1.5, [], {}], { type: 'a.b:c-d', headers: { one: '1', two: 'zwei' } });
    await client.publish(channel, 'x'.repeat(60_000));
    await client.publish(channel, '', { contentType: 'text/plain' });
  }

  test('each transport gives the same for the same arguments', async () => {
    const publisher = connect();
    await publishAll(publisher, 'same:a');
    const middle = (await publisher.history('same:a', { limit: 3 })).next;
    const half = (await publisher.history('same:a', { after: middle, limit: 1 })).messages[0].time;
    for (const n of range(1, 8)) await publisher.publish('short:a', n);
    const starts = [
      ['same:a', { after: 'earliest' }], ['same:a', { after: middle }], ['same:a', { last: 2 }],
      ['same:a', { since: half }], ['same:a', { after: null, last: null }], ['same:a', {}], ['same:a', { after: 'now' }],
      ['same:a', { last: 0 }], ['same:a', { last: -1 }], ['same:a', { last: 100_000 }],
      ['same:a', { after: 'garbage' }], ['same:a', { since: 'yesterday' }], ['same:a', { since: '2001-01-01T00:00:00Z' }],
      ['same:empty', { after: 'earliest' }], ['fleeting:a', { after: 'earliest' }], ['fleeting:a', {}],
    ];
    for (const [channel, start] of starts) {
      const all = WAYS.map((way) => record(connect(way), channel, start));
      await until(() => all.every(({ subscription: { state } }) => state !== 'subscribing'), JSON.stringify(start));
      const mark = `after ${JSON.stringify(start)}`;
      await publisher.publish(channel, mark);
      const isOver = ({ told }) => told.at(-1)?.data === mark || typeof told.at(-1) === 'string';
      await until(() => all.every(isOver), `${mark} of ${channel}`);
      const seen = all.map(({ told }) => JSON.stringify(told));
      for (const [i, { name }] of WAYS.entries()) {
        assert.ok(seen[i] === seen[0], `${mark} of ${channel}, ${name}: ${seen[i].slice(0, 400)}\n${WAYS[0].name}: ${seen[0].slice(0, 400)}`);
      }
      for (const client of clients.splice(1)) client.close();
    }
  });

  for (const way of WAYS) {
    test(`64 channels with the longest names are carried over ${way.name}, and one more harms none`, async () => {
      const client = connect(way);
      const name = (n) => `long:${String(n).padStart(3, '0')}${'~:@n'.repeat(48)}`;
      assert.equal(name(1).length, 200);
      const all = range(1, 64).map((n) => record(client, name(n), { after: 'now' }));
      await until(() => all.every(({ subscription: { state } }) => state === 'subscribed'));
      const more = record(client, name(65), { after: 'now' });
      await until(() => [...all, more].every(({ subscription: { state } }) => state === 'subscribed'));
      for (const n of [1, 33, 64, 65]) await client.publish(name(n), { way: way.name, n });
      await until(() => [1, 33, 64].every((n) => all[n - 1].told.length === 1) && more.told.length === 1);
      for (const { told } of [...all, more]) assert.ok(told.every((each) => typeof each === 'object'), `${told}`);
    });

    test(`nothing is lost over ${way.name} when the server is killed`, async () => {
      const client = connect(way);
      const channel = `killed:${way.name.replaceAll(/\W/g, '-')}`;
      const { told } = record(client, channel, { after: 'earliest' });
      for (const n of range(1, 5)) await client.publish(channel, n);
      await until(() => told.length === 5);
      await server.kill();
      await until(() => client.state.state === 'waiting');
      await server.start();
      client.reconnect();
      for (const n of range(6, 10)) await client.publish(channel, n);
      await until(() => told.length === 10);
      assert.deepEqual(told.map(({ offset, data }) => [offset, data]), range(1, 10).map((n) => [n, n]));
    });

    test(`behind a path prefix all goes there over ${way.name}`, async () => {
      const strays = [];
      const proxy = await prefixProxy(server.port, '/push', strays);
      const client = connect({ ...way, url: `http://127.0.0.1:${proxy.address().port}/push` });
      const channel = `prefix:${way.name.replaceAll(/\W/g, '-')}`;
      const { told } = record(client, channel, { after: 'earliest' });
      await client.publish(channel, 1);
      await until(() => told.length === 1);
      assert.equal(client.state.transport, way.transport);
      assert.deepEqual(strays, []);
      client.close();
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    });
  }

  test('512 channels with presence are watched over one WebSocket', async () => {
    const client = connect({ transport: 'websocket' });
    const all = range(1, 512).map((n) => record(client, `many:${n}`, { after: 'now' }));
    await until(() => all.every(({ subscription: { state } }) => state === 'subscribed'));
    const overflow = record(client, 'many:513', { after: 'earliest' });
    await client.publish('many:513', 1);
    await until(() => overflow.told.length === 1);
    assert.equal(typeof overflow.told[0], 'object');
  });

  test('a loop over the messages is given all of them, however slow it is', async () => {
    const client = connect();
    for (const n of range(1, 20)) await client.publish('loop:a', n);
    const seen = [];
    for await (const { data } of messages(client, 'loop:a', { after: 'earliest' })) {
      seen.push(data);
      if (data === 20) await client.publish('loop:a', 21);
      if (data === 21) break;
    }
    assert.deepEqual(seen, range(1, 21));
    assert.equal(client.state.state, 'idle');
  });
});

/** A proxy that serves the server under a prefix; what is asked for elsewhere is noted. */
async function prefixProxy(port, prefix, strays) {
  const forward = (incoming) => {
    if (!incoming.url.startsWith(`${prefix}/`)) strays.push(incoming.url);
    const { method, headers, url } = incoming;
    return ask({ host: '127.0.0.1', port, method, headers, path: url.slice(prefix.length) });
  };
  const proxy = createServer((incoming, outgoing) => {
    const onward = incoming.pipe(forward(incoming));
    onward.on('response', (answer) => answer.pipe(outgoing.writeHead(answer.statusCode, answer.headers)));
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
  });
  proxy.on('upgrade', (incoming, socket) => {
    const onward = forward(incoming);
    onward.on('upgrade', ({ headers }, other) => {
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
      socket.write(['HTTP/1.1 101 Switching Protocols', ...lines, '', ''].join('\r\n'));
      socket.pipe(other).pipe(socket);
      socket.on('error', () => other.destroy());
      other.on('error', () => socket.destroy());
    });
    onward.end();
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return proxy;
}
