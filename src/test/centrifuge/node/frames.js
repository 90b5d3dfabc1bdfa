// SPDX-License-Identifier: Apache-2.0

// The protocol frame by frame: what goes in, and exactly what comes out. In JSON members count, not their order; at the end are
// the frames of Protobuf.
import { backend } from './lib/backend.js';
import { Bytes, command, field } from './lib/bytes.js';
import { Raw } from './lib/raw.js';
import { play } from './lib/report.js';
import { assertSame, beginning, between, optional, text, uuid } from './lib/same.js';
import { differs, settings } from './lib/settings.js';
import { inSeconds, mint } from './lib/tokens.js';

const run = Math.random().toString(36).slice(2, 8);
let count = 0;
/** A channel of its own for each use. */
const channelOf = (namespace) => `${namespace}:frames-${run}-${++count}`;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const connected = {
  client: uuid, version: optional(text), ping: settings.ping, pong: true, session: optional(text), node: optional(text), time: optional(between(1, 2 ** 53)),
};
/** The first publication of a log says the epoch, too. */
const epoch = optional(text);
const position = { positioned: true, recoverable: true, epoch: text };
/** What a subscribe without wishes says of a channel with history. */
const unasked = differs('every log is recoverable') ? position : {};
const wording = (words) => (differs('own words') ? beginning(words) : words);
const errorOf = (code, words) => ({ code, message: wording(words) });
const error = (code, words) => ({ id: between(1, 100), error: errorOf(code, words) });
/** What a publication of the backend tells of the sender. */
const ofBackend = differs('senders are users') ? { info: { user: text, client: '' } } : {};
const ttl = (seconds) => (differs('nothing after exp') ? between((seconds * 3) / 4 - 3, (seconds * 3) / 4) : between(seconds - 3, seconds));
const notExpiring = differs('nothing after exp') ? { expires: false, ttl: 0 } : {};
const denied = error(103, 'permission denied');
const badRequest = { code: 3501, reason: 'bad request' };
const invalidToken = { code: 3500, reason: 'invalid token' };

/** Says what the answer to this command must be. */
async function answers(raw, command, expected) {
  const reply = await raw.ask(command);
  assertSame(reply, { id: reply.id, ...expected });
  return reply;
}

async function closes(raw, expected, maxMs) {
  const { code, reason } = await raw.ended(maxMs);
  assertSame({ code, reason }, { ...expected, reason: differs('own words') ? text : expected.reason });
}

/** Says how a subscription token of another channel or user is refused. */
async function refusesForeign(raw, subscribe) {
  if (differs('foreign token is an error')) {
    assertSame(await raw.ask({ subscribe }), denied);
    raw.close();
    return;
  }
  raw.send({ subscribe });
  await closes(raw, invalidToken);
}

/** A connection that is subscribed to a channel with history, and the reply. */
async function subscribed(channel, user = 'fred', request = {}) {
  const raw = await Raw.connected(user);
  const { subscribe } = await raw.ask({ subscribe: { channel, positioned: true, recoverable: true, ...request } });
  return { raw, subscribe };
}

async function publishTo(channel, ...all) {
  for (const data of all) await backend.publish(channel, data);
}

const scenarios = {
  async connect() {
    const raw = await Raw.open();
    await answers(raw, { connect: { token: mint({ sub: 'fred' }), name: 'frames', version: '1' } }, { connect: connected });
    raw.close();
  },
  async 'connect over the subprotocol centrifuge-json'() {
    const raw = await Raw.open(['centrifuge-json']);
    assertSame(raw.socket.protocol, 'centrifuge-json');
    await answers(raw, { connect: { token: mint({ sub: 'fred' }) } }, { connect: connected });
    raw.close();
  },
  async 'connect with a token that expires'() {
    const raw = await Raw.open();
    const token = mint({ sub: 'fred', exp: inSeconds(60) });
    await answers(raw, { connect: { token } }, { connect: { ...connected, expires: true, ttl: ttl(60) } });
    raw.close();
  },
  async 'connect with unknown members'() {
    const raw = await Raw.open();
    const connect = { token: mint({ sub: 'fred' }), flag: 1, dict: 'none', profile: 'x', headers: { a: 'b' }, data: { any: [1] }, future: { x: 1 } };
    await answers(raw, { connect, future: 1 }, { connect: connected });
    raw.close();
  },
  async 'connect with server-side subscriptions'() {
    const channel = channelOf('chat');
    const raw = await Raw.open();
    const token = mint({ sub: 'fred', channels: [channel] });
    if (differs('server-side by push')) {
      await answers(raw, { connect: { token } }, { connect: connected });
      assertSame(await raw.next(), { push: { channel, subscribe: position } });
    } else {
      await answers(raw, { connect: { token } }, { connect: { ...connected, subs: { [channel]: position } } });
    }
    await publishTo(channel, 1);
    assertSame(await raw.next(), { push: { channel, pub: { data: 1, offset: 1, epoch, ...ofBackend } } });
    raw.close();
  },
  async 'connect without a token'() {
    const raw = await Raw.open();
    raw.send({ connect: {} });
    await closes(raw, badRequest);
  },
  async 'connect with a token that is none'() {
    const raw = await Raw.open();
    raw.send({ connect: { token: 'none' } });
    await closes(raw, invalidToken);
  },
  async 'connect with a token of another secret'() {
    const raw = await Raw.open();
    raw.send({ connect: { token: mint({ sub: 'fred' }, 'another') } });
    await closes(raw, invalidToken);
  },
  async 'connect with an expired token'() {
    const raw = await Raw.open();
    await answers(raw, { connect: { token: mint({ sub: 'fred', exp: inSeconds(-60) }) } }, { error: errorOf(109, 'token expired') });
    raw.close();
  },
  async 'connect twice'() {
    const raw = await Raw.connected('fred');
    raw.send({ connect: { token: mint({ sub: 'fred' }) } });
    await closes(raw, badRequest);
  },
  async 'a command before connect'() {
    const raw = await Raw.open();
    raw.send({ subscribe: { channel: channelOf('chat') } });
    await closes(raw, badRequest);
  },
  async 'no connect at all'() {
    const raw = await Raw.open();
    await closes(raw, { code: 3502, reason: 'stale' }, settings.stale * 1000);
  },
  async 'several commands in a frame'() {
    const channel = channelOf('chat');
    const raw = await Raw.open();
    const commands = [
      { id: 1, connect: { token: mint({ sub: 'fred' }) } }, { id: 2, subscribe: { channel } }, { id: 3, publish: { channel, data: { a: 1 } } },
    ];
    raw.sendText(`${commands.map((command) => JSON.stringify(command)).join('\n')}\n`);
    for (const [id, result] of [[1, { connect: connected }], [2, { subscribe: unasked }], [3, { publish: {} }]]) {
      assertSame(await raw.next((reply) => reply.id === id), { id, ...result });
    }
    raw.close();
  },
  async 'text that is not JSON'() {
    const raw = await Raw.connected('fred');
    raw.sendText('{"id":2,"subscribe":{');
    await closes(raw, badRequest);
  },
  async 'an empty frame'() {
    const raw = await Raw.connected('fred');
    raw.sendText('');
    await closes(raw, badRequest);
  },
  async 'a command without a request'() {
    const raw = await Raw.connected('fred');
    raw.sendText('{"id":2}');
    await closes(raw, badRequest);
  },
  async 'a command without an id'() {
    const raw = await Raw.connected('fred');
    raw.sendText(JSON.stringify({ subscribe: { channel: channelOf('chat') } }));
    await closes(raw, badRequest);
  },
  async 'a frame that is too large'() {
    const channel = channelOf('chat');
    const { raw } = await subscribed(channel);
    raw.send({ publish: { channel, data: 'x'.repeat(200_000) } });
    const { code } = await raw.ended();
    assertSame(code, 1009);
  },
  async 'ping and pong'() {
    const raw = await Raw.connected('fred');
    await wait(settings.ping * 3500);
    assertSame(raw.pings, between(3, 4));
    assertSame(raw.socket.readyState, 1);
    raw.close();
  },
  async 'a pong without a ping'() {
    const raw = await Raw.connected('fred');
    raw.sendText('{}');
    if (differs('stray pongs')) await answers(raw, { subscribe: { channel: channelOf('chat') } }, { subscribe: unasked });
    else await closes(raw, badRequest);
    raw.close();
  },
  async 'no pong'() {
    const raw = await Raw.connected('fred');
    raw.answersPings = false;
    await closes(raw, { code: 3012, reason: 'no pong' }, settings.ping * 3000 + 5000);
  },

  async subscribe() {
    const raw = await Raw.connected('fred');
    await answers(raw, { subscribe: { channel: channelOf('live') } }, { subscribe: {} });
    await answers(raw, { subscribe: { channel: channelOf('live'), flag: 1 } }, { subscribe: {} });
    await answers(raw, { subscribe: { channel: channelOf('chat') } }, { subscribe: unasked });
    raw.close();
  },
  async 'subscribe to a channel with history'() {
    const channel = channelOf('chat');
    const raw = await Raw.connected('fred');
    const request = { channel, positioned: true, recoverable: true, flag: 1 };
    await answers(raw, { subscribe: request }, { subscribe: position });
    await publishTo(channel, 1, 2, 3);
    const other = await Raw.connected('fred');
    await answers(other, { subscribe: request }, { subscribe: { ...position, offset: 3 } });
    raw.close();
    other.close();
  },
  async 'subscribe twice'() {
    const channel = channelOf('chat');
    const { raw } = await subscribed(channel);
    await answers(raw, { subscribe: { channel } }, { error: errorOf(105, 'already subscribed') });
    raw.close();
  },
  async 'subscribe without permission'() {
    const raw = await Raw.connected('fred');
    assertSame(await raw.ask({ subscribe: { channel: channelOf('secret') } }), denied);
    raw.close();
  },
  async 'subscribe to an unknown namespace'() {
    const raw = await Raw.connected('fred');
    assertSame(await raw.ask({ subscribe: { channel: channelOf('nowhere') } }), differs('unknown is forbidden') ? denied : error(102, 'unknown channel'));
    raw.close();
  },
  async 'subscribe to a name that is too long'() {
    const raw = await Raw.connected('fred');
    assertSame(await raw.ask({ subscribe: { channel: `chat:${'x'.repeat(300)}` } }), error(107, 'bad request'));
    raw.close();
  },
  async 'subscribe without a channel'() {
    const raw = await Raw.connected('fred');
    raw.send({ subscribe: {} });
    await closes(raw, badRequest);
  },
  async 'subscribe with a type that is not there'() {
    const raw = await Raw.connected('fred');
    assertSame(await raw.ask({ subscribe: { channel: channelOf('chat'), type: 4 } }), error(108, 'not available'));
    raw.close();
  },
  async 'subscribe with a tags filter'() {
    const raw = await Raw.connected('fred');
    assertSame(await raw.ask({ subscribe: { channel: channelOf('chat'), tf: { op: '', cmp: 'eq', key: 'a', val: 'b' } } }), error(107, 'bad request'));
    raw.close();
  },
  async unsubscribe() {
    const channel = channelOf('chat');
    const { raw } = await subscribed(channel);
    await answers(raw, { unsubscribe: { channel } }, { unsubscribe: {} });
    await answers(raw, { unsubscribe: { channel } }, { unsubscribe: {} });
    await publishTo(channel, 1);
    await wait(300);
    assertSame(raw.received, []);
    await answers(raw, { subscribe: { channel } }, { subscribe: differs('every log is recoverable') ? { ...position, offset: 1 } : {} });
    raw.close();
  },

  async 'a publication from the backend'() {
    const channel = channelOf('chat');
    const { raw } = await subscribed(channel);
    await backend.publish(channel, { text: 'hello', n: 1.5 }, { tags: { lang: 'en', kind: 'a' } });
    assertSame(await raw.next(), { push: { channel, pub: { data: { text: 'hello', n: 1.5 }, offset: 1, tags: { lang: 'en', kind: 'a' }, epoch, ...ofBackend } } });
    raw.close();
  },
  async 'a publication without history'() {
    const channel = channelOf('live');
    const raw = await Raw.connected('fred');
    await raw.ask({ subscribe: { channel } });
    await publishTo(channel, [1]);
    assertSame(await raw.next(), { push: { channel, pub: { data: [1] } } });
    raw.close();
  },
  async 'a publication to a subscription without positions'() {
    const channel = channelOf('chat');
    const raw = await Raw.connected('fred');
    await raw.ask({ subscribe: { channel } });
    await publishTo(channel, null, 'text', 0, false, '');
    for (const [at, data] of [null, 'text', 0, false, ''].entries()) {
      assertSame(await raw.next(), { push: { channel, pub: { data, offset: at + 1, ...ofBackend, ...(at === 0 ? { epoch } : {}) } } });
    }
    raw.close();
  },
  async 'a publication from a client'() {
    const channel = channelOf('chat');
    const raw = await Raw.open();
    const { connect } = await raw.ask({ connect: { token: mint({ sub: 'fred', info: { name: 'Fred' } }) } });
    await raw.ask({ subscribe: { channel } });
    await answers(raw, { publish: { channel, data: { a: 'ä' } } }, { publish: {} });
    const info = { user: 'fred', client: connect.client, ...(differs('senders are users') ? {} : { conn_info: { name: 'Fred' } }) };
    assertSame(await raw.next(), { push: { channel, pub: { data: { a: 'ä' }, offset: 1, info, epoch } } });
    raw.close();
  },
  async 'publish without permission'() {
    const channel = channelOf('readonly');
    const raw = await Raw.connected('fred');
    await raw.ask({ subscribe: { channel } });
    assertSame(await raw.ask({ publish: { channel, data: 1 } }), denied);
    const unsubscribed = await raw.ask({ publish: { channel: channelOf('chat'), data: 1 } });
    assertSame(unsubscribed, differs('rights by pattern') ? { id: unsubscribed.id, publish: {} } : denied);
    raw.close();
  },
  async 'publish without a channel'() {
    const raw = await Raw.connected('fred');
    raw.send({ publish: { data: 1 } });
    await closes(raw, badRequest);
  },

  async history() {
    const channel = channelOf('chat');
    await publishTo(channel, 'a', 'b', 'c', 'd');
    const { raw, subscribe: { epoch } } = await subscribed(channel);
    const pub = (offset) => ({ data: 'abcd'[offset - 1], offset, ...ofBackend });
    const asked = async (request, publications) => {
      await answers(raw, { history: { channel, ...request } }, { history: { epoch, offset: 4, publications } });
    };
    await asked({}, []);
    await asked({ limit: 0 }, []);
    await asked({ limit: -1 }, [1, 2, 3, 4].map(pub));
    await asked({ limit: 2 }, [1, 2].map(pub));
    await asked({ limit: 2, since: { offset: 2, epoch } }, [3, 4].map(pub));
    await asked({ limit: 10, since: { offset: 4, epoch } }, []);
    await asked({ limit: 2, reverse: true }, [4, 3].map(pub));
    await asked({ limit: 10, reverse: true, since: { offset: 3, epoch } }, [2, 1].map(pub));
    raw.close();
  },
  async 'history of another epoch'() {
    const channel = channelOf('chat');
    await publishTo(channel, 'a');
    const { raw } = await subscribed(channel);
    const history = { channel, limit: 10, since: { offset: 0, epoch: 'another' } };
    await answers(raw, { history }, { error: errorOf(112, 'unrecoverable position') });
    raw.close();
  },
  async 'history where there is none'() {
    const channel = channelOf('live');
    const raw = await Raw.connected('fred');
    await raw.ask({ subscribe: { channel } });
    assertSame(await raw.ask({ history: { channel, limit: 1 } }), error(108, 'not available'));
    raw.close();
  },
  async 'history without permission'() {
    const raw = await Raw.connected('fred');
    assertSame(await raw.ask({ history: { channel: channelOf(differs('one right to read') ? 'secret' : 'chat'), limit: 1 } }), denied);
    raw.close();
  },
  async presence() {
    const channel = channelOf('chat');
    const fred = await Raw.open();
    const { connect: { client } } = await fred.ask({ connect: { token: mint({ sub: 'fred', info: { name: 'Fred' } }) } });
    await fred.ask({ subscribe: { channel } });
    const member = { user: 'fred', client, conn_info: { name: 'Fred' } };
    await answers(fred, { presence: { channel } }, { presence: { presence: { [client]: member } } });
    await answers(fred, { presence_stats: { channel } }, { presence_stats: { num_clients: 1, num_users: 1 } });
    fred.close();
  },
  async 'presence where there is none'() {
    const channel = channelOf('live');
    const raw = await Raw.connected('fred');
    await raw.ask({ subscribe: { channel } });
    assertSame(await raw.ask({ presence: { channel } }), error(108, 'not available'));
    assertSame(await raw.ask({ presence_stats: { channel } }), error(108, 'not available'));
    raw.close();
  },
  async 'join and leave'() {
    const channel = channelOf('chat');
    const watcher = await Raw.connected('wilma');
    await watcher.ask({ subscribe: { channel, join_leave: true } });
    const fred = await Raw.open();
    const { connect: { client } } = await fred.ask({ connect: { token: mint({ sub: 'fred', info: { name: 'Fred' } }) } });
    await fred.ask({ subscribe: { channel } });
    const info = { user: 'fred', client, conn_info: { name: 'Fred' } };
    assertSame(await watcher.next(({ push }) => push?.join?.info.user === 'fred'), { push: { channel, join: { info } } });
    await fred.ask({ unsubscribe: { channel } });
    assertSame(await watcher.next(({ push }) => push?.leave), { push: { channel, leave: { info } } });
    watcher.close();
    fred.close();
  },

  async recover() {
    const channel = channelOf('chat');
    await publishTo(channel, 'a', 'b', 'c');
    const { raw: first, subscribe: { epoch } } = await subscribed(channel);
    first.close();
    const raw = await Raw.connected('fred');
    const subscribe = { channel, positioned: true, recoverable: true, recover: true, epoch, offset: 1 };
    const reply = await raw.ask({ subscribe });
    const { publications = [], ...others } = reply.subscribe;
    assertSame(others, { ...position, epoch, offset: 1, recovered: true, was_recovering: true });
    // What doesn't come with the reply comes right behind it.
    const all = [...publications];
    while (all.length < 2) all.push((await raw.next()).push.pub);
    assertSame(all, [{ data: 'b', offset: 2, ...ofBackend }, { data: 'c', offset: 3, ...ofBackend }]);
    raw.close();
  },
  async 'recover when nothing was missed'() {
    const channel = channelOf('chat');
    await publishTo(channel, 'a');
    const { raw: first, subscribe: { epoch } } = await subscribed(channel);
    first.close();
    const raw = await Raw.connected('fred');
    const subscribe = { channel, positioned: true, recoverable: true, recover: true, epoch, offset: 1 };
    await answers(raw, { subscribe }, { subscribe: { ...position, epoch, offset: 1, recovered: true, was_recovering: true } });
    raw.close();
  },
  async 'recover from another epoch'() {
    const channel = channelOf('chat');
    await publishTo(channel, 'a');
    for (const epoch of ['_', 'another', '0123456789ab']) {
      const raw = await Raw.connected('fred');
      const subscribe = { channel, positioned: true, recoverable: true, recover: true, epoch, offset: 0 };
      await answers(raw, { subscribe }, { subscribe: { ...position, offset: 1, was_recovering: true } });
      raw.close();
    }
  },
  async 'recover from beyond the head'() {
    const channel = channelOf('chat');
    await publishTo(channel, 'a');
    const { raw: first, subscribe: { epoch } } = await subscribed(channel);
    first.close();
    const raw = await Raw.connected('fred');
    const subscribe = { channel, positioned: true, recoverable: true, recover: true, epoch, offset: 9 };
    await answers(raw, { subscribe }, { subscribe: { ...position, epoch, offset: 1, was_recovering: true } });
    raw.close();
  },
  async 'recover or be refused'() {
    const channel = channelOf('chat');
    await publishTo(channel, 'a');
    const raw = await Raw.connected('fred');
    const subscribe = { channel, positioned: true, recoverable: true, recover: true, epoch: 'another', flag: 3 };
    await answers(raw, { subscribe }, { error: errorOf(112, 'unrecoverable position') });
    raw.close();
  },
  async 'recover server-side subscriptions'() {
    const channel = channelOf('chat');
    await publishTo(channel, 'a', 'b');
    const { raw: first, subscribe: { epoch } } = await subscribed(channel);
    first.close();
    const raw = await Raw.open();
    const token = mint({ sub: 'fred', channels: [channel] });
    const { connect } = await raw.ask({ connect: { token, subs: { [channel]: { recover: true, epoch, offset: 1 } } } });
    const told = differs('server-side by push') ? (await raw.next(({ push }) => push)).push.subscribe : connect.subs[channel];
    const { publications = [], ...others } = told;
    assertSame(others, { ...position, epoch, offset: 1, recovered: true, was_recovering: true });
    const all = [...publications];
    while (all.length < 1) all.push((await raw.next()).push.pub);
    assertSame(all, [{ data: 'b', offset: 2, ...ofBackend }]);
    raw.close();
  },

  async refresh() {
    const raw = await Raw.connected('fred', { exp: inSeconds(60) });
    await answers(raw, { refresh: { token: mint({ sub: 'fred', exp: inSeconds(90) }) } }, { refresh: { expires: true, ttl: ttl(90) } });
    await answers(raw, { refresh: { token: mint({ sub: 'fred' }) } }, { refresh: notExpiring });
    raw.close();
  },
  async 'refresh with the token of another user'() {
    const raw = await Raw.connected('fred', { exp: inSeconds(60) });
    raw.send({ refresh: { token: mint({ sub: 'wilma', exp: inSeconds(90) }) } });
    await closes(raw, invalidToken);
  },
  async 'refresh with an expired token'() {
    const raw = await Raw.connected('fred', { exp: inSeconds(60) });
    raw.send({ refresh: { token: mint({ sub: 'fred', exp: inSeconds(-60) }) } });
    await closes(raw, { code: 3005, reason: 'connection expired' });
  },
  async 'refresh without a token'() {
    const raw = await Raw.connected('fred', { exp: inSeconds(60) });
    raw.send({ refresh: {} });
    await closes(raw, badRequest);
  },
  async 'no refresh'() {
    const raw = await Raw.connected('fred', { exp: inSeconds(2) });
    await closes(raw, { code: 3005, reason: 'connection expired' }, (4 + settings.grace) * 1000);
  },
  async 'subscribe with a token'() {
    const channel = channelOf('secret');
    const raw = await Raw.connected('fred');
    await answers(raw, { subscribe: { channel, token: mint({ sub: 'fred', channel }) } }, { subscribe: unasked });
    const other = channelOf('secret');
    const token = mint({ sub: 'fred', channel: other, exp: inSeconds(60) });
    await answers(raw, { subscribe: { channel: other, token } }, { subscribe: { ...unasked, expires: true, ttl: ttl(60) } });
    const later = mint({ sub: 'fred', channel: other, exp: inSeconds(90) });
    await answers(raw, { sub_refresh: { channel: other, token: later } }, { sub_refresh: { expires: true, ttl: ttl(90) } });
    assertSame(await raw.ask({ sub_refresh: { channel: other } }), error(107, 'bad request'));
    assertSame(await raw.ask({ sub_refresh: { channel: channelOf('secret'), token: later } }), denied);
    raw.close();
  },
  async 'subscribe with an expired token'() {
    const channel = channelOf('secret');
    const raw = await Raw.connected('fred');
    const token = mint({ sub: 'fred', channel, exp: inSeconds(-60) });
    assertSame(await raw.ask({ subscribe: { channel, token } }), error(109, 'token expired'));
    raw.close();
  },
  async 'subscribe with a token of another secret'() {
    const channel = channelOf('secret');
    const raw = await Raw.connected('fred');
    assertSame(await raw.ask({ subscribe: { channel, token: mint({ sub: 'fred', channel }, 'another') } }), denied);
    raw.close();
  },
  async 'subscribe with the token of another channel'() {
    const raw = await Raw.connected('fred');
    await refusesForeign(raw, { channel: channelOf('secret'), token: mint({ sub: 'fred', channel: channelOf('secret') }) });
  },
  async 'subscribe with the token of another user'() {
    const channel = channelOf('secret');
    const raw = await Raw.connected('fred');
    await refusesForeign(raw, { channel, token: mint({ sub: 'wilma', channel }) });
  },
  async 'a subscription that expires'() {
    const channel = channelOf('secret');
    const raw = await Raw.connected('fred');
    await raw.ask({ subscribe: { channel, token: mint({ sub: 'fred', channel, exp: inSeconds(2) }) } });
    const push = await raw.next(({ push }) => push?.unsubscribe, (5 + settings.grace) * 1000);
    assertSame(push, { push: { channel, unsubscribe: { code: 2501, reason: differs('own words') ? text : 'subscription expired' } } });
    raw.close();
  },
  async 'a call that nobody answers'() {
    const raw = await Raw.connected('fred');
    assertSame(await raw.ask({ rpc: { method: 'any', data: {} } }), error(104, 'method not found'));
    raw.close();
  },
  async 'a message that nobody reads'() {
    const raw = await Raw.connected('fred');
    raw.sendText('{"send":{"data":{}}}');
    await closes(raw, { code: 3508, reason: 'not available' });
  },
  async 'unsubscribe by the server'() {
    const channel = channelOf('chat');
    const user = `user-${run}-a`;
    const { raw } = await subscribed(channel, user);
    await backend.unsubscribe(user, channel);
    assertSame(await raw.next(), { push: { channel, unsubscribe: { code: 2000, reason: 'server unsubscribe' } } });
    raw.close();
  },
  async 'disconnect by the server'() {
    const user = `user-${run}-b`;
    const raw = await Raw.connected(user);
    await backend.disconnect(user, 4321, 'moved');
    await closes(raw, { code: 4321, reason: 'moved' });
  },

  async 'Protobuf with several commands in a frame'() {
    const channel = channelOf('chat');
    for (const [protocols, query] of [[['centrifuge-protobuf'], ''], [[], '?cf_protocol=protobuf']]) {
      const bytes = await Bytes.open(protocols, query);
      bytes.socket.send(Buffer.concat([
        command(1, CONNECT, field(1, mint({ sub: 'fred' }))), command(2, SUBSCRIBE, field(1, channel)), command(3, UNSUBSCRIBE, field(1, channel)),
      ]));
      const [connect, subscribe, unsubscribe] = await bytes.replies(3);
      assertSame([...connect.subarray(0, 3)], [0x08, 1, 0x2a]);
      // Results that are empty are there, with the length 0.
      if (differs('every log is recoverable')) assertSame([...subscribe.subarray(0, 3)], [0x08, 2, 0x32]);
      else assertSame([...subscribe], [0x08, 2, 0x32, 0]);
      assertSame([...unsubscribe], [0x08, 3, 0x3a, 0]);
      bytes.close();
    }
  },
  async 'Protobuf pings are one byte'() {
    const bytes = await connectedInBytes();
    await wait(settings.ping * 1000 + 800);
    assertSame([...bytes.frames.at(-1).data], [0]);
    bytes.socket.send(Buffer.from([0]));
    await wait(settings.ping * 1000);
    assertSame(bytes.socket.readyState, 1);
    bytes.close();
  },
  async 'Protobuf with an error'() {
    const bytes = await connectedInBytes();
    bytes.socket.send(command(2, SUBSCRIBE, field(1, channelOf('secret'))));
    const [, reply] = await bytes.replies(2);
    const told = Buffer.concat([Buffer.from([0x08, 103]), field(2, 'permission denied')]);
    if (differs('own words')) assertSame(reply.includes('permission denied: '), true);
    else assertSame([...reply], [0x08, 2, ...field(2, told)]);
    bytes.close();
  },
  async 'Protobuf that breaks off'() {
    const bytes = await connectedInBytes();
    bytes.socket.send(command(2, SUBSCRIBE, field(1, channelOf('chat'))).subarray(0, -3));
    assertSame(await bytes.closed, badRequest);
  },
};

// Numbers of fields in Command.
const CONNECT = 4;
const SUBSCRIBE = 5;
const UNSUBSCRIBE = 6;

async function connectedInBytes() {
  const bytes = await Bytes.open();
  bytes.socket.send(command(1, CONNECT, field(1, mint({ sub: 'fred' }))));
  await bytes.replies(1);
  return bytes;
}

process.exit(Math.min(await play(Object.entries(scenarios)), 255));
