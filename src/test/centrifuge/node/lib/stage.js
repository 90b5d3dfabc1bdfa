// SPDX-License-Identifier: Apache-2.0
import { Centrifuge } from 'centrifuge';
import { Centrifuge as ProtobufCentrifuge } from 'centrifuge/build/protobuf';
import WebSocket from 'ws';

import { Wire } from './cut.js';
import { settings } from './settings.js';
import { mint } from './tokens.js';

const SEEN_MAX_MS = 20_000;
const LOOK_MS = 50;
const CLIENT_EVENTS = [
  'state', 'connecting', 'connected', 'disconnected', 'error', 'message', 'subscribing', 'subscribed', 'unsubscribed', 'publication', 'join', 'leave',
];
const SUBSCRIPTION_EVENTS = ['subscribing', 'subscribed', 'unsubscribed', 'publication', 'join', 'leave', 'error'];
const run = Math.random().toString(36).slice(2, 8);
let count = 0;

/** What a client or a subscription told, in order. */
export class Events {
  all = [];
  #looks = new Set();

  constructor(source, names) {
    for (const name of names) {
      source.on(name, (context) => {
        this.all.push({ name, ...context });
        this.#looks.forEach((look) => look());
      });
    }
  }

  of(name) {
    return this.all.filter((event) => event.name === name);
  }

  /** The last event of this name, as soon as there are so many. */
  until(name, times = 1, maxMs = SEEN_MAX_MS) {
    return this.when(() => this.of(name).length >= times && this.of(name).at(-1), `${times} × ${name}`, maxMs);
  }

  /** What the condition is, as soon as it is more than false. */
  when(condition, description, maxMs = SEEN_MAX_MS) {
    return new Promise((resolve, reject) => {
      const end = (settle, value) => {
        clearTimeout(timer);
        clearInterval(often);
        this.#looks.delete(look);
        settle(value);
      };
      const look = () => {
        const found = condition();
        if (found) end(resolve, found);
      };
      const timer = setTimeout(() => {
        const seen = this.all.slice(-8).map(({ name, code, reason, error, offset }) => ({ name, code, reason, error, offset }));
        end(reject, new Error(`not seen in ${maxMs} ms: ${description}; last were ${JSON.stringify(seen)}`));
      }, maxMs);
      // What the SDK tells nobody of, such as a refresh, is looked for now and then.
      const often = setInterval(look, LOOK_MS);
      this.#looks.add(look);
      look();
    });
  }
}

/** What a scenario plays with: clients in one encoding, wires, names of its own. All of it goes when it is over. */
export class Stage {
  #ends = [];

  constructor(encoding) {
    this.encoding = encoding;
    this.isBinary = encoding === 'protobuf';
  }

  /** A name that nobody else has. */
  name(prefix = 'user') {
    return `${prefix}-${run}-${++count}`;
  }

  channel(namespace = 'chat') {
    return this.name(`${namespace}:judge`);
  }

  /** What the SDK has to be given so that this JSON is published. */
  encoded(value) {
    return this.isBinary ? new TextEncoder().encode(JSON.stringify(value)) : value;
  }

  /** The JSON that was published, of what the SDK gave. */
  decoded(data) {
    return this.isBinary && data !== undefined ? JSON.parse(new TextDecoder().decode(data)) : data;
  }

  /** A client that is not connected yet; `client.events` is what it told. */
  client({ user = this.name(), claims = {}, url = settings.urls[0], ...options } = {}) {
    const common = { websocket: WebSocket, minReconnectDelay: 50, maxReconnectDelay: 500, timeout: 10_000 };
    const token = 'token' in options || 'getToken' in options ? {} : { token: mint({ sub: user, ...claims }) };
    const Client = this.isBinary ? ProtobufCentrifuge : Centrifuge;
    const client = new Client(url, { ...common, ...token, ...options });
    client.user = user;
    client.events = new Events(client, CLIENT_EVENTS);
    this.#ends.push(() => client.disconnect());
    return client;
  }

  async connected(options) {
    const client = this.client(options);
    client.connect();
    await client.events.until('connected');
    return client;
  }

  /** A subscription that is not subscribed yet; `events` is what it told, `data()` what was published, decoded. */
  subscription(client, channel, options = {}) {
    const subscription = client.newSubscription(channel, { minResubscribeDelay: 50, maxResubscribeDelay: 500, ...options });
    subscription.events = new Events(subscription, SUBSCRIPTION_EVENTS);
    subscription.data = () => subscription.events.of('publication').map(({ data }) => this.decoded(data));
    subscription.subscribe();
    return subscription;
  }

  async subscribed(client, channel, options) {
    const subscription = this.subscription(client, channel, options);
    await subscription.events.until('subscribed');
    return subscription;
  }

  /** A wire before the first node, for a client that is to be cut off. */
  async wire(url = settings.urls[0]) {
    const wire = await Wire.to(url);
    this.#ends.push(() => wire.close());
    return wire;
  }

  later(end) {
    this.#ends.push(end);
  }

  close() {
    this.#ends.reverse().forEach((end) => end());
  }
}
