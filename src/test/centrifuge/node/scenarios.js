// SPDX-License-Identifier: Apache-2.0

// What an application does with the published SDK, and what it must see.
import assert from 'node:assert/strict';
import { exec } from 'node:child_process';
import { promisify } from 'node:util';

import { backend } from './lib/backend.js';
import { Raw } from './lib/raw.js';
import { skipUnless } from './lib/report.js';
import { differs, settings } from './lib/settings.js';
import { inSeconds, mint } from './lib/tokens.js';

const RECOVERABLE = { recoverable: true, positioned: true };
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const numbers = (from, to) => Array.from({ length: to - from + 1 }, (_, at) => from + at);
/** Messages that are told apart by a number, of about this many bytes. */
const messages = (from, to, bytes = 0) => numbers(from, to).map((n) => ({ n, pad: 'x'.repeat(Math.max(0, bytes - 20)) }));
const numbersOf = (subscription) => subscription.data().map(({ n }) => n);
const seen = (subscription, many) => subscription.events.until('publication', many, 60_000);
const code = (promise) => promise.then(() => assert.fail('was not refused'), (error) => error.code ?? error);

/** A subscription over a wire that was cut after `before` publications, and mended after `missed` more. */
async function cutOff(stage, { before, missed, bytes, whileAway = () => {}, options = {} }) {
  const wire = await stage.wire();
  const client = await stage.connected({ url: wire.url });
  const channel = stage.channel();
  const subscription = await stage.subscribed(client, channel, { ...RECOVERABLE, ...options });
  await backend.publishAll(channel, messages(1, before));
  await seen(subscription, before);
  wire.cut();
  await subscription.events.until('subscribing', 2);
  await backend.publishAll(channel, messages(before + 1, before + missed, bytes));
  await whileAway(channel);
  wire.mend();
  const context = await subscription.events.until('subscribed', 2);
  return { wire, client, channel, subscription, context };
}

export const scenarios = {
  async 'connect with a token'(stage) {
    const client = stage.client({ data: stage.encoded({ any: 'thing' }), name: 'judge', version: '1.2' });
    client.connect();
    const context = await client.events.until('connected');
    assert.match(context.client, /^[0-9a-f-]{36}$/);
    assert.equal(context.transport, 'websocket');
  },
  async 'connect with getToken'(stage) {
    let asked = 0;
    const getToken = async () => mint({ sub: 'fred', asked: ++asked });
    await stage.connected({ getToken });
    assert.equal(asked, 1);
  },
  async 'anonymous connection refused'(stage) {
    const client = stage.client({ token: '' });
    client.connect();
    const context = await client.events.until('disconnected');
    assert.equal(context.code, 3501);
  },
  async 'invalid token refused'(stage) {
    const client = stage.client({ token: mint({ sub: 'fred' }, 'another secret') });
    client.connect();
    const context = await client.events.until('disconnected');
    assert.equal(context.code, 3500);
  },
  async 'expired token replaced'(stage) {
    const tokens = [mint({ sub: 'fred', exp: inSeconds(-60) }), mint({ sub: 'fred' })];
    const client = stage.client({ getToken: async () => tokens.shift() });
    client.connect();
    await client.events.until('connected');
    assert.equal(tokens.length, 0);
    assert.equal(client.events.of('error')[0].error.code, 109);
  },
  async 'pings keep a connection'(stage) {
    const client = await stage.connected({ maxServerPingDelay: 1000 });
    await wait((settings.ping * 4 + 1) * 1000);
    assert.equal(client.state, 'connected');
    assert.equal(client.events.of('connecting').length, 1);
  },
  async 'connection token refreshed'(stage) {
    let asked = 0;
    const client = await stage.connected({ getToken: async () => mint({ sub: 'fred', exp: inSeconds(++asked < 3 ? 3 : 600) }) });
    await client.events.when(() => asked === 3, 'three tokens');
    await wait((3 + settings.grace) * 1000);
    assert.equal(client.events.of('connecting').length, 1, 'one connection outlives its tokens');
    assert.equal(client.state, 'connected');
  },
  async 'user without a further token'(stage) {
    let asked = 0;
    const client = stage.client({ getToken: async () => (++asked === 1 ? mint({ sub: 'fred', exp: inSeconds(2) }) : '') });
    client.connect();
    assert.equal((await client.events.until('disconnected')).code, 1);
  },

  async 'live publications'(stage) {
    const channel = stage.channel();
    const client = await stage.connected();
    const subscription = await stage.subscribed(client, channel, RECOVERABLE);
    const { streamPosition, recoverable, positioned, wasRecovering, recovered } = subscription.events.of('subscribed')[0];
    assert.deepEqual({ recoverable, positioned, wasRecovering, recovered }, { recoverable: true, positioned: true, wasRecovering: false, recovered: false });
    assert.equal(streamPosition.offset, 0);
    assert.ok(streamPosition.epoch);
    await backend.publish(channel, { text: 'one' }, { tags: { lang: 'en' } });
    await backend.publish(channel, ['two']);
    await seen(subscription, 2);
    const [one, two] = subscription.events.of('publication');
    assert.deepEqual([one.offset, two.offset], [1, 2]);
    assert.deepEqual({ ...one.tags }, { lang: 'en' });
    assert.equal(one.info === undefined, !differs('senders are users'));
    assert.deepEqual(subscription.data(), [{ text: 'one' }, ['two']]);
  },
  async 'publications without history'(stage) {
    const channel = stage.channel('live');
    const client = await stage.connected();
    const subscription = await stage.subscribed(client, channel, RECOVERABLE);
    const { recoverable, positioned, streamPosition } = subscription.events.of('subscribed')[0];
    assert.deepEqual({ recoverable, positioned, streamPosition }, { recoverable: false, positioned: false, streamPosition: undefined });
    await backend.publish(channel, { text: 'one' });
    await seen(subscription, 1);
    assert.equal(subscription.events.of('publication')[0].offset, undefined);
  },
  async 'data on connect and subscribe'(stage) {
    const client = await stage.connected({ data: stage.encoded({ room: 'ä' }) });
    const subscription = await stage.subscribed(client, stage.channel(), { data: stage.encoded({ since: [1, 2] }) });
    assert.equal(subscription.state, 'subscribed');
  },
  async 'publish with sender info'(stage) {
    const channel = stage.channel();
    const fred = await stage.connected({ claims: { info: { name: 'Frédéric' } } });
    const wilma = await stage.connected();
    const heard = await stage.subscribed(wilma, channel);
    const subscription = await stage.subscribed(fred, channel);
    await subscription.publish(stage.encoded({ text: 'hello' }));
    await fred.publish(channel, stage.encoded('again'));
    await seen(heard, 2);
    assert.deepEqual(heard.data(), [{ text: 'hello' }, 'again']);
    const { info } = heard.events.of('publication')[0];
    assert.equal(info.user, fred.user);
    assert.equal(info.client, fred.events.of('connected')[0].client);
    if (!differs('senders are users')) assert.deepEqual(stage.decoded(info.connInfo), { name: 'Frédéric' });
    await seen(subscription, 2);
  },
  async unicode(stage) {
    const channel = stage.channel();
    const text = 'ä € 漢字 🏳️‍🌈 \u202eעברית \u0001 \\ " \u2028 </script>';
    const client = await stage.connected({ user: stage.name('Jürgen 🙂') });
    const subscription = await stage.subscribed(client, channel);
    await backend.publish(channel, { [text]: text }, { tags: { lang: 'en' } });
    await subscription.publish(stage.encoded(text));
    await seen(subscription, 2);
    assert.deepEqual(subscription.data(), [{ [text]: text }, text]);
    assert.equal(subscription.events.of('publication')[1].info.user, client.user);
    const { publications } = await subscription.history({ limit: 10 });
    assert.deepEqual(publications.map(({ data }) => stage.decoded(data)), [{ [text]: text }, text]);
  },
  async 'binary payloads'(stage) {
    skipUnless(stage.isBinary, 'JSON has none');
    const channel = stage.channel();
    const bytes = Uint8Array.from({ length: 1024 }, (_, at) => at % 256);
    const client = await stage.connected();
    const subscription = await stage.subscribed(client, channel);
    await backend.publishBytes(channel, bytes);
    await subscription.publish(bytes);
    await seen(subscription, 2);
    for (const { data } of subscription.events.of('publication')) assert.deepEqual(Buffer.from(data), Buffer.from(bytes));
    const { publications } = await subscription.history({ limit: 10 });
    for (const { data } of publications) assert.deepEqual(Buffer.from(data), Buffer.from(bytes));
  },
  async history(stage) {
    const channel = stage.channel();
    await backend.publishAll(channel, messages(1, 10));
    const client = await stage.connected();
    const subscription = await stage.subscribed(client, channel);
    const asked = async (options) => {
      const { publications, offset, epoch } = await subscription.history(options);
      assert.equal(offset, 10);
      return { epoch, found: publications.map(({ data, offset: at }) => [at, stage.decoded(data).n]) };
    };
    const { epoch, found } = await asked({ limit: 0 });
    assert.deepEqual(found, []);
    const pairs = (...all) => all.map((n) => [n, n]);
    assert.deepEqual((await asked({ limit: -1 })).found, pairs(...numbers(1, 10)));
    assert.deepEqual((await asked({ limit: 3 })).found, pairs(1, 2, 3));
    assert.deepEqual((await asked({ limit: 3, since: { offset: 8, epoch } })).found, pairs(9, 10));
    assert.deepEqual((await asked({ limit: 3, reverse: true })).found, pairs(10, 9, 8));
    assert.deepEqual((await asked({ limit: 9, since: { offset: 3, epoch }, reverse: true })).found, pairs(2, 1));
    assert.equal(await code(subscription.history({ limit: 1, since: { offset: 1, epoch: 'another' } })), 112);
  },
  async presence(stage) {
    const channel = stage.channel();
    const fred = await stage.connected({ claims: { info: { name: 'Fred' } } });
    const subscription = await stage.subscribed(fred, channel);
    await stage.subscribed(await stage.connected({ user: fred.user }), channel);
    await stage.subscribed(await stage.connected(), channel);
    const { clients } = await subscription.presence();
    assert.equal(Object.keys(clients).length, 3);
    const { client } = fred.events.of('connected')[0];
    assert.equal(clients[client].user, fred.user);
    assert.equal(clients[client].client, client);
    assert.deepEqual(stage.decoded(clients[client].connInfo), { name: 'Fred' });
    assert.deepEqual({ ...(await subscription.presenceStats()) }, { numClients: 3, numUsers: 2 });
  },
  async 'join and leave'(stage) {
    const channel = stage.channel();
    const watcher = await stage.subscribed(await stage.connected(), channel, { joinLeave: true });
    const fred = await stage.connected({ claims: { info: { name: 'Fred' } } });
    const subscription = await stage.subscribed(fred, channel);
    const wanted = (name) => watcher.events.when(() => watcher.events.of(name).find(({ info }) => info.user === fred.user), `${name} of Fred`);
    const { info } = await wanted('join');
    assert.equal(info.client, fred.events.of('connected')[0].client);
    assert.deepEqual(stage.decoded(info.connInfo), { name: 'Fred' });
    subscription.unsubscribe();
    await wanted('leave');
    const wilma = await stage.connected();
    await stage.subscribed(wilma, channel);
    const ofWilma = (name) => watcher.events.when(() => watcher.events.of(name).find(({ info: { user } }) => user === wilma.user), `${name} of Wilma`);
    if (differs('short visits')) await ofWilma('join');
    wilma.disconnect();
    await ofWilma('leave');
  },
  async 'unsubscribe and come back'(stage) {
    const channel = stage.channel();
    const client = await stage.connected();
    const subscription = await stage.subscribed(client, channel, RECOVERABLE);
    await backend.publishAll(channel, messages(1, 2));
    await seen(subscription, 2);
    subscription.unsubscribe();
    await subscription.events.until('unsubscribed');
    await backend.publishAll(channel, messages(3, 5));
    subscription.subscribe();
    await seen(subscription, 5);
    assert.deepEqual(numbersOf(subscription), numbers(1, 5));
  },
  async 'hundred channels at once'(stage) {
    const client = stage.client();
    const channels = numbers(1, 100).map(() => stage.channel());
    const subscriptions = channels.map((channel) => stage.subscription(client, channel, RECOVERABLE));
    client.connect();
    for (const subscription of subscriptions) await subscription.events.until('subscribed');
    for (const channel of channels) await backend.publish(channel, channel);
    for (const [at, subscription] of subscriptions.entries()) {
      await seen(subscription, 1);
      assert.deepEqual(subscription.data(), [channels[at]]);
    }
  },
  async 'commands in one frame'(stage) {
    const channel = stage.channel();
    const client = await stage.connected();
    const subscription = await stage.subscribed(client, channel);
    client.startBatching();
    const published = numbers(1, 20).map((n) => subscription.publish(stage.encoded({ n })));
    const asked = subscription.presenceStats();
    await wait(50);
    client.stopBatching();
    await Promise.all(published);
    assert.equal((await asked).numClients, 1);
    await seen(subscription, 20);
    assert.deepEqual(numbersOf(subscription), numbers(1, 20));
  },
  async 'server-side subscription'(stage) {
    const wire = await stage.wire();
    const channel = stage.channel();
    const client = await stage.connected({ url: wire.url, claims: { channels: [channel] } });
    const context = await client.events.until('subscribed');
    assert.equal(context.channel, channel);
    assert.equal(context.recoverable, true);
    await backend.publishAll(channel, messages(1, 3));
    await client.events.until('publication', 3);
    wire.cut();
    await client.events.until('connecting', 2);
    await backend.publishAll(channel, messages(4, 203));
    wire.mend();
    const again = await client.events.until('subscribed', 2);
    // A push in Protobuf has no field for it.
    if (!differs('server-side by push') || !stage.isBinary) assert.equal(again.recovered, true);
    await client.events.until('publication', 203);
    await backend.publishAll(channel, messages(204, 204));
    await client.events.until('publication', 204);
    assert.deepEqual(client.events.of('publication').map(({ data }) => stage.decoded(data).n), numbers(1, 204));
  },

  async 'recovery of nothing'(stage) {
    const { channel, subscription, context } = await cutOff(stage, { before: 2, missed: 0 });
    assert.deepEqual([context.wasRecovering, context.recovered], [true, true]);
    await backend.publishAll(channel, messages(3, 3));
    await seen(subscription, 3);
    assert.deepEqual(numbersOf(subscription), [1, 2, 3]);
  },
  async 'recovery of a few'(stage) {
    const { channel, subscription, context } = await cutOff(stage, { before: 3, missed: 7 });
    assert.deepEqual([context.wasRecovering, context.recovered], [true, true]);
    await seen(subscription, 10);
    await backend.publishAll(channel, messages(11, 12));
    await seen(subscription, 12);
    assert.deepEqual(numbersOf(subscription), numbers(1, 12));
    assert.deepEqual(subscription.events.of('publication').map(({ offset }) => offset), numbers(1, 12));
  },
  async 'recovery of two thousand'(stage) {
    const { channel, subscription, context } = await cutOff(stage, { before: 5, missed: 2000, bytes: 200 });
    assert.deepEqual([context.wasRecovering, context.recovered], [true, true]);
    // What is published meanwhile comes behind what was missed.
    await backend.publishAll(channel, messages(2006, 2105));
    await seen(subscription, 2105);
    await wait(500);
    assert.deepEqual(numbersOf(subscription), numbers(1, 2105));
    assert.deepEqual(subscription.events.of('publication').map(({ offset }) => offset), numbers(1, 2105));
  },
  async 'cut again while recovering'(stage) {
    const { wire, subscription } = await cutOff(stage, { before: 1, missed: 3000, bytes: 200 });
    for (const many of [200, 900]) {
      await seen(subscription, many);
      const states = subscription.events.of('subscribed').length;
      wire.cut();
      await wait(100);
      wire.mend();
      const context = await subscription.events.until('subscribed', states + 1);
      assert.equal(context.recovered, true);
    }
    await seen(subscription, 3001);
    await wait(500);
    assert.deepEqual(numbersOf(subscription), numbers(1, 3001));
  },
  async 'recovery from what is no longer kept'(stage) {
    const { channel, subscription, context } = await cutOff(stage, { before: 3, missed: 5, whileAway: (gone) => backend.forget(gone) });
    assert.deepEqual([context.wasRecovering, context.recovered], [true, false]);
    await backend.publish(channel, { n: 9 });
    await seen(subscription, 4);
    assert.deepEqual(numbersOf(subscription), [1, 2, 3, 9]);
  },
  async 'recovery from another epoch'(stage) {
    const channel = stage.channel();
    await backend.publishAll(channel, messages(1, 3));
    const client = await stage.connected();
    const subscription = await stage.subscribed(client, channel, { ...RECOVERABLE, since: { offset: 1, epoch: 'another' } });
    const { wasRecovering, recovered, streamPosition } = subscription.events.of('subscribed')[0];
    assert.deepEqual([wasRecovering, recovered, streamPosition.offset], [true, false, 3]);
    await backend.publish(channel, { n: 4 });
    await seen(subscription, 1);
    assert.deepEqual(numbersOf(subscription), [4]);
  },
  async 'recovery since a position that was kept'(stage) {
    const channel = stage.channel();
    await backend.publishAll(channel, messages(1, 5));
    const first = await stage.subscribed(await stage.connected(), channel, RECOVERABLE);
    const { streamPosition: { epoch } } = first.events.of('subscribed')[0];
    const since = { offset: 2, epoch };
    const second = await stage.subscribed(await stage.connected(), channel, { ...RECOVERABLE, since });
    assert.equal(second.events.of('subscribed')[0].recovered, true);
    await seen(second, 3);
    assert.deepEqual(numbersOf(second), [3, 4, 5]);
  },
  async 'state loaded where recovery is impossible'(stage) {
    let asked = 0;
    const channel = stage.channel();
    await backend.publishAll(channel, messages(1, 3));
    const known = await stage.subscribed(await stage.connected(), channel, RECOVERABLE);
    const { streamPosition: { epoch } } = known.events.of('subscribed')[0];
    const getState = async () => (++asked === 1 ? { offset: 1, epoch: 'another' } : { offset: 2, epoch });
    const subscription = await stage.subscribed(await stage.connected(), channel, { ...RECOVERABLE, getState });
    await seen(subscription, 1);
    assert.equal(asked, 2);
    assert.deepEqual(numbersOf(subscription), [3]);
  },

  async 'subscription token'(stage) {
    const channel = stage.channel('secret');
    const client = await stage.connected();
    const getToken = async ({ channel: asked }) => mint({ sub: client.user, channel: asked, info: { role: 'guest' } });
    const subscription = await stage.subscribed(client, channel, { getToken });
    await backend.publish(channel, 1);
    await seen(subscription, 1);
    await subscription.publish(stage.encoded(2));
    await seen(subscription, 2);
    assert.deepEqual(subscription.data(), [1, 2]);
    const { clients } = await subscription.presence();
    assert.deepEqual(Object.values(clients).map(({ chanInfo }) => stage.decoded(chanInfo)), [{ role: 'guest' }]);
    if (differs('senders are users')) return;
    assert.deepEqual(stage.decoded(subscription.events.of('publication')[1].info.chanInfo), { role: 'guest' });
  },
  async 'subscription token refreshed'(stage) {
    const channel = stage.channel('secret');
    const client = await stage.connected();
    let asked = 0;
    const getToken = async () => mint({ sub: client.user, channel, exp: inSeconds(++asked < 3 ? 3 : 600) });
    const subscription = await stage.subscribed(client, channel, { getToken });
    await subscription.events.when(() => asked === 3, 'three tokens');
    await wait((3 + settings.grace) * 1000);
    assert.equal(subscription.events.of('subscribing').length, 1, 'one subscription outlives its tokens');
    await backend.publish(channel, 1);
    await seen(subscription, 1);
  },
  async 'subscription token expired'(stage) {
    const channel = stage.channel('secret');
    const client = await stage.connected();
    const tokens = [mint({ sub: client.user, channel, exp: inSeconds(-60) }), mint({ sub: client.user, channel })];
    const subscription = await stage.subscribed(client, channel, { getToken: async () => tokens.shift() });
    assert.equal(tokens.length, 0);
    assert.equal(subscription.events.of('error')[0].error.code, 109);
  },
  async 'subscription token of another channel'(stage) {
    const client = await stage.connected();
    const token = mint({ sub: client.user, channel: stage.channel('secret') });
    const subscription = stage.subscription(client, stage.channel('secret'), { token });
    if (differs('foreign token is an error')) assert.equal((await subscription.events.until('unsubscribed')).code, 103);
    else assert.equal((await client.events.until('disconnected')).code, 3500);
  },
  async 'subscription denied'(stage) {
    const client = await stage.connected();
    const subscription = stage.subscription(client, stage.channel('secret'));
    assert.equal((await subscription.events.until('unsubscribed')).code, 103);
    assert.equal(client.state, 'connected');
  },
  async 'publish denied'(stage) {
    const client = await stage.connected();
    const subscription = await stage.subscribed(client, stage.channel('readonly'));
    assert.equal(await code(subscription.publish(stage.encoded(1))), 103);
    const unsubscribed = client.publish(stage.channel(), stage.encoded(1));
    if (differs('rights by pattern')) await unsubscribed;
    else assert.equal(await code(unsubscribed), 103);
  },
  async 'unknown namespace'(stage) {
    const client = await stage.connected();
    const subscription = stage.subscription(client, stage.channel('nowhere'));
    assert.equal((await subscription.events.until('unsubscribed')).code, differs('unknown is forbidden') ? 103 : 102);
  },
  async 'history and presence not there'(stage) {
    const client = await stage.connected();
    const subscription = await stage.subscribed(client, stage.channel('live'));
    assert.equal(await code(subscription.history({ limit: 1 })), 108);
    assert.equal(await code(subscription.presence()), 108);
    assert.equal(await code(subscription.presenceStats()), 108);
  },
  async 'call that nobody answers'(stage) {
    const client = await stage.connected();
    assert.equal(await code(client.rpc('any', stage.encoded({}))), 104);
  },
  async 'too large a publication'(stage) {
    const client = await stage.connected();
    const subscription = await stage.subscribed(client, stage.channel());
    const refused = code(subscription.publish(stage.encoded('x'.repeat(200_000))));
    assert.equal((await client.events.until('disconnected')).code, 3);
    await refused;
  },
  async 'unsubscribed by the server'(stage) {
    const channel = stage.channel();
    const client = await stage.connected();
    const subscription = await stage.subscribed(client, channel);
    await backend.unsubscribe(client.user, channel);
    assert.equal((await subscription.events.until('unsubscribed')).code, 2000);
    assert.equal(client.state, 'connected');
  },
  async 'disconnected by the server for now'(stage) {
    const client = await stage.connected();
    const subscription = await stage.subscribed(client, stage.channel(), RECOVERABLE);
    await backend.disconnect(client.user, 4001, 'moved');
    const { code: told, reason } = await client.events.until('connecting', 2);
    assert.deepEqual([told, reason], [4001, 'moved']);
    await client.events.until('connected', 2);
    assert.equal((await subscription.events.until('subscribed', 2)).recovered, true);
  },
  async 'disconnected by the server for good'(stage) {
    const client = await stage.connected();
    await backend.disconnect(client.user, 4501, 'banned');
    const { code: told, reason } = await client.events.until('disconnected');
    assert.deepEqual([told, reason], [4501, 'banned']);
  },

  async 'user whose rights are revoked'(stage) {
    const client = await stage.connected();
    await stage.subscribed(client, stage.channel(), RECOVERABLE);
    await backend.revoke(client.user);
    const { code: told } = await client.events.until('disconnected');
    assert.equal(told, 3503);
    if (settings.server === 'reference') return;
    const again = stage.client({ user: client.user });
    again.connect();
    assert.equal((await again.events.until('disconnected')).code, 3503);
  },

  async 'two nodes'(stage) {
    const [first, second] = settings.urls;
    skipUnless(second, 'CENTRIFUGE_URL names one node');
    const channel = stage.channel();
    const here = await stage.subscribed(await stage.connected({ url: first }), channel, { ...RECOVERABLE, joinLeave: true });
    const there = await stage.connected({ url: second });
    const subscription = await stage.subscribed(there, channel, RECOVERABLE);
    await here.events.when(() => here.events.of('join').find(({ info }) => info.user === there.user), 'join on the other node');
    await subscription.publish(stage.encoded({ n: 1 }));
    await backend.publish(channel, { n: 2 });
    for (const heard of [here, subscription]) {
      await seen(heard, 2);
      assert.deepEqual(numbersOf(heard), [1, 2]);
      assert.equal((await heard.presenceStats()).numClients, 2);
      assert.equal(Object.keys((await heard.presence()).clients).length, 2);
    }
    there.disconnect();
    await here.events.when(() => here.events.of('leave').find(({ info }) => info.user === there.user), 'leave on the other node');
  },
  async 'moving to another node'(stage) {
    const [first, second] = settings.urls;
    skipUnless(second, 'CENTRIFUGE_URL names one node');
    const channel = stage.channel();
    const here = await stage.subscribed(await stage.connected({ url: first }), channel, RECOVERABLE);
    await backend.publishAll(channel, messages(1, 10));
    await seen(here, 10);
    const { streamPosition: { epoch } } = here.events.of('subscribed')[0];
    const there = await stage.subscribed(await stage.connected({ url: second }), channel, { ...RECOVERABLE, since: { offset: 4, epoch } });
    assert.equal(there.events.of('subscribed')[0].recovered, true);
    await seen(there, 6);
    assert.deepEqual(numbersOf(there), numbers(5, 10));
  },
  async 'node killed while a thousand are published'(stage) {
    skipUnless(settings.restart, 'CENTRIFUGE_RESTART is not set');
    const channel = stage.channel();
    const client = await stage.connected({ maxServerPingDelay: 3000 });
    const subscription = await stage.subscribed(client, channel, RECOVERABLE);
    let restarted;
    for (const message of messages(1, 1000)) {
      if (message.n === 200) restarted = promisify(exec)(settings.restart);
      await publishSurely(channel, message);
    }
    await restarted;
    const context = await subscription.events.until('subscribed', 2, 60_000);
    await subscription.events.when(() => numbersOf(subscription).includes(1000), 'the last message', 60_000);
    const found = numbersOf(subscription);
    const isOnceInOrder = found.every((n, at) => at === 0 || n > found[at - 1]);
    assert.ok(isOnceInOrder, `not once and in order: ${found.join()}`);
    if (settings.durable || context.recovered) {
      assert.equal(context.recovered, true);
      assert.deepEqual(found, numbers(1, 1000));
    }
  },
  async 'node shut down'(stage) {
    skipUnless(settings.drain, 'CENTRIFUGE_DRAIN is not set');
    const channel = stage.channel();
    const client = await stage.connected({ url: settings.urls[0] });
    const subscription = await stage.subscribed(client, channel, RECOVERABLE);
    await backend.publishAll(channel, messages(1, 3));
    await seen(subscription, 3);
    const restarted = promisify(exec)(settings.drain);
    const { code: told } = await client.events.until('connecting', 2);
    assert.equal(told, 3001);
    await restarted;
    const context = await subscription.events.until('subscribed', 2, 60_000);
    assert.ok(context.recovered || !settings.durable, 'what was published is there');
    await backend.publish(channel, { n: 4 });
    await seen(subscription, 4);
    assert.deepEqual(numbersOf(subscription), [1, 2, 3, 4]);
  },
  async 'slow reader that loses something'(stage) {
    skipUnless(!stage.isBinary, 'once is enough');
    const channel = stage.channel();
    const subscribe = { channel, ...RECOVERABLE };
    const raw = await Raw.connected('slow');
    const { subscribe: { epoch } } = await raw.ask({ subscribe });
    const many = 15_000;
    raw.socket.pause();
    await backend.publishAll(channel, messages(1, many, 1000));
    await backend.forget(channel);
    raw.socket.resume();
    const offsets = [];
    const isOver = ({ push }) => push?.pub || push?.unsubscribe;
    for (let reply; (reply = await raw.next(isOver, 30_000).catch(() => null));) {
      if (reply.push.unsubscribe) {
        // Sent back to subscribe again, from where it is.
        assert.ok(reply.push.unsubscribe.code >= 2500, JSON.stringify(reply));
        break;
      }
      offsets.push(reply.push.pub.offset);
    }
    assert.deepEqual(offsets, numbers(1, offsets.length));
    assert.ok(offsets.length < many, 'the reader was too fast to lose something');
    const other = await Raw.connected('slow');
    const { subscribe: reply } = await other.ask({ subscribe: { ...subscribe, recover: true, epoch, offset: offsets.length } });
    assert.deepEqual([reply.recovered ?? false, reply.was_recovering, reply.offset], [false, true, many]);
    raw.close();
    other.close();
  },
  async 'slow reader'(stage) {
    skipUnless(!stage.isBinary, 'once is enough');
    const channel = stage.channel();
    const subscribe = { channel, ...RECOVERABLE };
    let raw = await Raw.connected('slow');
    const { subscribe: { epoch } } = await raw.ask({ subscribe });
    const many = 15_000;
    raw.socket.pause();
    await backend.publishAll(channel, messages(1, many, 1000));
    raw.socket.resume();
    const offsets = [];
    while (offsets.length < many) {
      const publications = await nextPublications(raw);
      publications.forEach(({ offset }) => offsets.push(offset));
      if (publications.length > 0) continue;
      const { code: told } = await raw.ended();
      assert.ok(!settings.patient, `a slow reader was cut with ${told} after ${offsets.length}`);
      assert.ok([3008, 3009, 1006].includes(told), `${told}`);
      raw = await Raw.connected('slow');
      raw.send({ subscribe: { ...subscribe, recover: true, epoch, offset: offsets.length } });
    }
    assert.deepEqual(offsets, numbers(1, many));
    raw.close();
  },
};

/** The publications of the next push or of a reply to subscribe; none if the connection is over and all that it brought was read. */
async function nextPublications(raw) {
  try {
    const { push, subscribe } = await raw.next(({ push, subscribe }) => push?.pub || subscribe?.publications, 30_000);
    if (subscribe) assert.equal(subscribe.recovered, true);
    return push ? [push.pub] : subscribe.publications;
  } catch (error) {
    if (`${error}`.includes('closed with')) return [];
    throw error;
  }
}

/** Publishes until it is answered; the key makes a repetition harmless. */
async function publishSurely(channel, message) {
  for (const deadline = Date.now() + 60_000; ;) {
    try {
      await backend.publish(channel, message, { key: `message-${message.n}` });
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await wait(100);
    }
  }
}
