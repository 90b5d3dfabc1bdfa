// SPDX-License-Identifier: Apache-2.0
import WebSocket from 'ws';

import { settings } from './settings.js';
import { mint } from './tokens.js';

const ANSWER_MAX_MS = 10_000;

/** A connection that speaks the protocol in JSON frame by frame, without an SDK. */
export class Raw {
  /** Replies and pushes that nobody has asked for yet, in order; pings are counted only. */
  received = [];
  pings = 0;
  answersPings = true;
  #id = 0;
  #waiting = [];

  /** @param {string[]} protocols subprotocols to offer */
  static async open(protocols = [], url = settings.urls[0]) {
    const raw = new Raw();
    raw.socket = new WebSocket(url, protocols, { perMessageDeflate: false });
    raw.closed = new Promise((resolve) => raw.socket.on('close', (code, reason) => resolve({ code, reason: `${reason}` })));
    raw.socket.on('message', (data) => `${data}`.split('\n').filter(Boolean).forEach((line) => raw.#take(JSON.parse(line))));
    await new Promise((resolve, reject) => raw.socket.on('open', resolve).on('error', reject));
    return raw;
  }

  /** A connection of this user, after its connect command. */
  static async connected(user, claims = {}) {
    const raw = await Raw.open();
    await raw.ask({ connect: { token: mint({ sub: user, ...claims }) } });
    return raw;
  }

  #take(reply) {
    if (!reply.id && !reply.push && !reply.error) {
      this.pings++;
      if (this.answersPings) this.sendText('{}');
      return;
    }
    this.received.push(reply);
    this.#waiting.forEach((look) => look());
  }

  sendText(text) {
    this.socket.send(text);
  }

  /** Sends a command with the next id and returns that. */
  send(command) {
    const id = ++this.#id;
    this.sendText(JSON.stringify({ id, ...command }));
    return id;
  }

  /** Sends a command and waits for its reply. */
  ask(command) {
    const id = this.send(command);
    return this.next((reply) => reply.id === id);
  }

  /** The next reply or push of this kind; it is taken from what was received. */
  next(wanted = () => true, maxMs = ANSWER_MAX_MS) {
    return new Promise((resolve, reject) => {
      const end = (settle, value) => {
        clearTimeout(timer);
        this.#waiting = this.#waiting.filter((other) => other !== look);
        settle(value);
      };
      const look = () => {
        const at = this.received.findIndex(wanted);
        if (at >= 0) end(resolve, this.received.splice(at, 1)[0]);
      };
      const timer = setTimeout(() => end(reject, new Error(`no such reply in ${maxMs} ms; there were ${JSON.stringify(this.received).slice(0, 500)}`)), maxMs);
      this.#waiting.push(look);
      look();
      this.closed.then(({ code, reason }) => end(reject, new Error(`closed with ${code} ${reason}`)));
    });
  }

  /** Code and reason with which the server closed. */
  ended(maxMs = ANSWER_MAX_MS) {
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error(`not closed after ${maxMs} ms`)), maxMs).unref());
    return Promise.race([this.closed, late]);
  }

  close() {
    this.socket.terminate();
  }
}
