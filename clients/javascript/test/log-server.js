// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

const PAGE_MESSAGES = 256;

/**
 * A Tideline server in memory, small enough to be believed: channels are arrays, positions are `epoch-offset`, and every
 * transport serves from the log. A test breaks it through `faults` and the verbs below.
 */
export class LogServer {
  #http = createServer((request, response) => this.#handle(request, response));
  #channels = new Map();
  #sockets = new Set();
  #wakes = new Set();
  #presence = new Map();
  #watches = new Set();
  #epoch = 1;
  port = 0;
  token = 'secret';
  /** Where its paths begin; what is asked for elsewhere is noted. */
  prefix = '';
  strays = [];
  /** Names of the commands that came over WebSockets. */
  commands = [];
  /** Requests and commands seen, e.g. `GET /v1/channels/c/messages?after=1-3`, `ws subscribe c 1-3`. */
  seen = [];
  faults = {
    refuseWebSocket: false,
    silentWebSocket: false,
    bufferStreams: false,
    pageDelayMs: 0,
    /** (publication) => whether a live connection misses it, as if a backplane had lost it */
    loses: () => false,
    repeats: () => false,
    /** () => {status, retryAfter} or null, asked at each HTTP request */
    refuses: () => null,
    losesAnswer: () => false,
    /** Takes what comes over WebSockets, and does nothing about it. */
    deafWebSocket: false,
    /** Longer addresses are 414, as proxies say it: without a problem. */
    addressCharsMax: Infinity,
    /** (request) => whether a proxy answers 404 in the server's place */
    blocks: () => false,
    redirectsTo: null,
  };

  constructor() {
    this.#http.on('upgrade', (request, socket) => this.#upgrade(request, socket));
    this.#http.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
    });
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  async start() {
    await new Promise((resolve) => this.#http.listen(this.port, '127.0.0.1', resolve));
    this.port = this.#http.address().port;
    return this;
  }

  /** Goes away as a killed process does: the log stays, every connection is cut. */
  async stop() {
    const closed = new Promise((resolve) => this.#http.close(resolve));
    this.cut();
    await closed;
  }

  /** Resets every connection; new ones are taken. */
  cut() {
    for (const socket of this.#sockets) socket.destroy();
    this.#wakes.clear();
  }

  /** A new incarnation of the log: older positions no longer compare. */
  beginEpoch() {
    this.#epoch++;
    this.#channels.clear();
  }

  publish(channel, data, { key, type } = {}) {
    const log = this.#log(channel);
    if (key && log.keys.has(key)) return { ...log.keys.get(key), duplicate: true };
    const offset = log.messages.length + 1;
    const position = this.#position(offset);
    const publication = { channel, offset, position, time: new Date().toISOString(), type, data };
    log.messages.push(publication);
    const stored = { channel, offset, position, time: publication.time, duplicate: false };
    if (key) log.keys.set(key, stored);
    for (const wake of [...this.#wakes]) wake(publication);
    return stored;
  }

  /** Forgets what is older: subscribers behind it get a gap. */
  prune(channel, throughOffset) {
    this.#log(channel).first = throughOffset + 1;
  }

  /** From now on these are in the channel; watchers are told so as a change, or as the state. */
  present(channel, members, { asState = false, after } = {}) {
    const before = this.#members(channel);
    const next = { version: before.version + 1, members: [...members].sort() };
    this.#presence.set(channel, next);
    const change = {
      channel,
      version: next.version,
      after: after ?? before.version,
      count: next.members.length,
      anonymous: 0,
      join: next.members.filter((each) => !before.members.includes(each)),
      leave: before.members.filter((each) => !next.members.includes(each)),
    };
    const told = asState ? this.#roster(channel) : change;
    for (const watch of [...this.#watches]) watch(told);
  }

  /** No more is told of it. */
  endPresence(channel, code) {
    for (const watch of [...this.#watches]) watch({ channel, code });
  }

  #members(channel) {
    return this.#presence.get(channel) ?? { version: 0, members: [] };
  }

  #roster(channel) {
    const { version, members } = this.#members(channel);
    return { channel, version, count: members.length, anonymous: 0, members };
  }

  /** Sends the state now, and what changes. */
  #watch(channel, send, closeable) {
    if (channel.startsWith('hidden')) return send({ channel, code: 'forbidden' });
    send(this.#roster(channel));
    const watch = (told) => told.channel === channel && send(told);
    this.#watches.add(watch);
    const stop = () => this.#watches.delete(watch);
    closeable.once('close', stop);
    return stop;
  }

  /** Sends a frame to every WebSocket. */
  tell(frame) {
    for (const wake of [...this.#wakes]) wake(null, frame);
  }

  closeWebSockets(code, reason) {
    for (const wake of [...this.#wakes]) wake(null, null, { code, reason });
  }

  #log(channel) {
    if (!this.#channels.has(channel)) this.#channels.set(channel, { messages: [], first: 1, keys: new Map() });
    return this.#channels.get(channel);
  }

  #position(offset) {
    return `${this.#epoch}-${offset}`;
  }

  /** @returns {{offset: number, gap: ?object}} the last offset that the reader has, and what it has lost */
  #stand(channel, { after = 'now', last, since }) {
    const { messages, first } = this.#log(channel);
    const head = messages.length;
    if (last !== undefined) return { offset: Math.max(first - 1, head - Number(last)), gap: null };
    if (since !== undefined) {
      const index = messages.findIndex(({ time }) => time >= since);
      return { offset: index < 0 ? head : index, gap: null };
    }
    if (after === 'now') return { offset: head, gap: null };
    if (after === 'earliest') return { offset: first - 1, gap: null };
    const [epoch, offset] = after.split('-').map(Number);
    if (epoch !== this.#epoch) {
      return { offset: head, gap: { channel, from: null, to: null, reason: 'epoch', position: this.#position(head) } };
    }
    if (offset >= first - 1) return { offset, gap: null };
    const lost = { from: offset + 1, to: first - 1, position: this.#position(first - 1) };
    return { offset: first - 1, gap: { channel, reason: 'retention', ...lost } };
  }

  async #handle(request, response) {
    if (!this.#isHere(request)) return problem(response, { status: 404, code: 'not-found' });
    this.seen.push(`${request.method} ${request.url}`);
    const bare = (status, headers) => response.writeHead(status, headers).end();
    if (request.url.length > this.faults.addressCharsMax) return bare(414);
    if (this.faults.blocks(request)) return bare(404);
    if (this.faults.redirectsTo) return bare(302, { Location: this.faults.redirectsTo });
    const refusal = this.faults.refuses(request);
    if (refusal) return problem(response, refusal);
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      return problem(response, { status: 401, code: 'unauthenticated' });
    }
    const url = new URL(request.url, this.url);
    if (url.pathname === '/v1/stream') {
      return this.#stream(response, url.searchParams.getAll('channel'), url.searchParams.get('presence') === 'true');
    }
    const present = /^\/v1\/channels\/([^/]+)\/presence$/.exec(url.pathname)?.[1];
    if (present) return this.#presencePage(response, decodeURIComponent(present), url.searchParams.has('count'));
    const channel = decodeURIComponent(/^\/v1\/channels\/([^/]+)\/messages$/.exec(url.pathname)?.[1] ?? '');
    if (!channel) return problem(response, { status: 404, code: 'not-found' });
    if (channel.startsWith('secret')) return problem(response, { status: 403, code: 'forbidden' });
    const query = Object.fromEntries(url.searchParams);
    if (request.method === 'POST') await this.#post(request, response, channel);
    else this.#page(request, response, channel, query);
  }

  /** Takes the prefix off. */
  #isHere(request) {
    const isHere = request.url.startsWith(`${this.prefix}/v1/`);
    if (isHere) request.url = request.url.slice(this.prefix.length);
    else this.strays.push(`${request.method} ${request.url}`);
    return isHere;
  }

  async #post(request, response, channel) {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const { 'idempotency-key': key, 'tideline-type': type } = request.headers;
    if (key && channel.startsWith('ephemeral')) return problem(response, { status: 422, code: 'not-on-ephemeral' });
    const stored = this.publish(channel, JSON.parse(body), { key, type });
    if (this.faults.losesAnswer(stored)) return request.socket.destroy();
    json(response, 201, stored);
  }

  #page(request, response, channel, query) {
    const { offset, gap } = this.#stand(channel, { after: query.last || query.since ? undefined : 'earliest', ...query });
    const limit = Math.min(PAGE_MESSAGES, Number(query.limit ?? PAGE_MESSAGES));
    const answer = () => {
      const { messages } = this.#log(channel);
      const page = messages.slice(offset, offset + limit);
      const next = this.#position(offset + page.length);
      json(response, 200, { messages: page, next, more: offset + page.length < messages.length, gap });
    };
    const waitMs = Number.parseInt(query.wait ?? '0', 10) * 1000;
    if (waitMs === 0 || gap || this.#log(channel).messages.length > offset) {
      return this.faults.pageDelayMs ? setTimeout(answer, this.faults.pageDelayMs) : answer();
    }
    const done = () => {
      clearTimeout(timer);
      this.#wakes.delete(wake);
      answer();
    };
    const wake = (publication) => publication?.channel === channel && done();
    const timer = setTimeout(done, waitMs);
    this.#wakes.add(wake);
    request.socket.once('close', () => this.#wakes.delete(wake) && clearTimeout(timer));
  }

  #presencePage(response, channel, isCount) {
    if (channel.startsWith('hidden')) return problem(response, { status: 403, code: 'forbidden' });
    const { members, ...numbers } = { ...this.#roster(channel), connections: this.#members(channel).members.length };
    const named = members.map((subject) => ({ subject, connections: 1, since: new Date().toISOString() }));
    json(response, 200, isCount ? numbers : { ...numbers, members: named, next: null });
  }

  #stream(response, channels, wantsPresence) {
    const allowed = channels.filter((channel) => !channel.startsWith('secret'));
    if (allowed.length === 0) return problem(response, { status: 403, code: 'forbidden' });
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    const write = (text) => this.faults.bufferStreams || response.write(text);
    write('retry: 50\n\nid: v-0\n\n');
    for (const channel of channels.filter((each) => !allowed.includes(each))) {
      write(`event: tideline.unsubscribed\ndata: ${JSON.stringify({ channel, code: 'forbidden' })}\n\n`);
    }
    // Every second event ends its lines with CRLF: both are lines of an event stream.
    const send = (publication) => {
      const end = publication.offset % 2 ? '\n' : '\r\n';
      write([`data: ${JSON.stringify(publication)}`, `id: v-${publication.offset}`, '', ''].join(end));
    };
    for (const channel of allowed) {
      this.#deliverFrom(channel, this.#log(channel).messages.length, send, response);
      const tell = (told) => write(`event: tideline.presence\ndata: ${JSON.stringify(told)}\n\n`);
      if (wantsPresence) this.#watch(channel, tell, response);
    }
  }

  #deliverFrom(channel, offset, send, closeable) {
    for (const publication of this.#log(channel).messages.slice(offset)) send(publication);
    const wake = (publication) => {
      if (publication?.channel !== channel || this.faults.loses(publication)) return;
      send(publication);
      if (this.faults.repeats(publication)) send(publication);
    };
    this.#wakes.add(wake);
    const stop = () => this.#wakes.delete(wake);
    closeable.once('close', stop);
    return stop;
  }

  #upgrade(request, socket) {
    socket.on('error', () => {});
    if (!this.#isHere(request)) return socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
    this.seen.push('ws upgrade');
    if (this.faults.refuseWebSocket) return socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Protocol: tideline.v1\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    const send = (frame) => this.faults.silentWebSocket || socket.write(textFrame(JSON.stringify(frame)));
    const stops = new Map();
    const watches = new Map();
    let authenticated = false;
    const commands = {
      auth: ({ token }) => {
        authenticated = token === this.token;
        return authenticated ? { ok: {} } : { error: { code: 'unauthenticated', message: 'bad token', retry: false } };
      },
      ping: () => ({ ok: {} }),
      unsubscribe: ({ channel }) => {
        stops.get(channel)?.();
        stops.delete(channel);
        return { ok: { channel } };
      },
    };
    const presence = (id, { channel, watch }) => {
      if (channel.startsWith('hidden')) {
        return send({ reply: id, error: { code: 'forbidden', message: 'forbidden', retry: false, channel } });
      }
      watches.get(channel)?.();
      send({ reply: id, ok: { channel } });
      if (watch) watches.set(channel, this.#watch(channel, (told) => send({ presence: told }), socket));
    };
    const subscribe = (id, { channel, ...start }) => {
      this.seen.push(`ws subscribe ${channel} ${start.after ?? ''}`.trim());
      const error = (code, retry) => send({ reply: id, error: { code, message: code, retry, channel } });
      if (!authenticated) return error('unauthenticated', false);
      if (channel.startsWith('secret')) return error('forbidden', false);
      const { offset, gap } = this.#stand(channel, start);
      send({ reply: id, ok: { channel, position: start.after?.includes('-') ? start.after : this.#position(offset) } });
      if (gap) send({ gap });
      stops.set(channel, this.#deliverFrom(channel, offset, send, socket));
    };
    const onText = (text) => {
      if (this.faults.deafWebSocket) return;
      const { id, subscribe: wanted, ...rest } = JSON.parse(text);
      this.commands.push(wanted ? 'subscribe' : Object.keys(rest)[0]);
      if (wanted) return [wanted].flat().forEach((each) => subscribe(id, each));
      const [[name, argument]] = Object.entries(rest);
      if (name !== 'ping' && name !== 'auth') this.seen.push(`ws ${name} ${argument.channel}`);
      if (name === 'presence') return presence(id, argument);
      send({ reply: id, ...commands[name](argument) });
    };
    const control = (publication, frame, close) => {
      if (frame) send(frame);
      if (close) socket.end(closeFrame(close));
    };
    this.#wakes.add(control);
    socket.once('close', () => this.#wakes.delete(control));
    readFrames(socket, onText);
  }
}

function problem(response, { status, code = `http-${status}`, retryAfter }) {
  if (retryAfter !== undefined) response.setHeader('Retry-After', retryAfter);
  const retry = status === 429 || status >= 500;
  const body = { type: `https://tideline.io/problems/${code}`, title: code, status, code, retry, advice: `mend ${code}` };
  json(response, status, body, 'application/problem+json');
}

function json(response, status, body, contentType = 'application/json') {
  response.writeHead(status, { 'Content-Type': contentType });
  response.end(JSON.stringify(body));
}

function textFrame(text) {
  const payload = Buffer.from(text);
  const head = payload.length < 126 ? Buffer.from([0x81, payload.length]) : Buffer.from([0x81, 126, 0, 0]);
  if (payload.length >= 126) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

function closeFrame({ code, reason }) {
  const payload = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
  return Buffer.concat([Buffer.from([0x88, payload.length]), payload]);
}

/** Reads the masked frames of a client; a close is answered, all else but text is left out. */
function readFrames(socket, onText) {
  let buffer = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    while (buffer.length >= 2) {
      const short = buffer[1] & 0x7f;
      const headLength = short === 127 ? 10 : short === 126 ? 4 : 2;
      if (buffer.length < headLength) return;
      const length = short === 127 ? Number(buffer.readBigUInt64BE(2)) : short === 126 ? buffer.readUInt16BE(2) : short;
      if (buffer.length < headLength + 4 + length) return;
      const mask = buffer.subarray(headLength, headLength + 4);
      const payload = buffer.subarray(headLength + 4, headLength + 4 + length).map((byte, i) => byte ^ mask[i % 4]);
      const opcode = buffer[0] & 0x0f;
      buffer = buffer.subarray(headLength + 4 + length);
      if (opcode === 1) onText(payload.toString());
      if (opcode === 8) socket.end(Buffer.from([0x88, 0]));
    }
  });
}
