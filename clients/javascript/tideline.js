// SPDX-License-Identifier: Apache-2.0
// The Tideline client for browsers and Node.js: one file, no dependencies.

/** Delays in milliseconds, and bounds. */
export const LIMITS = Object.freeze({
  /** A link that has not got through by then is given up, and the next transport is tried. */
  connectMs: 10_000,
  /** A WebSocket that was silent for so long is asked whether it still lives. */
  idleMs: 30_000,
  /** … and is taken for dead when no answer comes. */
  pongMs: 10_000,
  /** The server sends a heartbeat at least every 25 s: an event stream silent for longer is dead. */
  streamSilenceMs: 60_000,
  /** How long the server holds one long-poll. */
  pollWaitMs: 25_000,
  /** … and when more channels than `heldRequests` take turns at it. */
  pollTurnMs: 1_000,
  /** HTTP requests held open at once: browsers allow six to a host over HTTP/1.1, and publishing needs one. */
  heldRequests: 4,
  /** What the server gives in one page. */
  pageMessages: 256,
  /** What it takes in one command (512, but not with the longest names), and in one event stream. */
  commandChannels: 256,
  streamChannels: 64,
  /** The longest list of channels in the address of a stream: what is longer, many a proxy refuses. */
  streamChars: 8_000,
  /** The server takes 100 a second, and a few more at once. */
  commandsPerSecond: 80,
  /** Event streams at once; they are held requests, and leave the others for pages and polls. */
  streams: 2,
  /** Reconnects wait a random time up to `first · 2^attempt`, and never more than `most`. */
  backoffFirstMs: 500,
  backoffMostMs: 30_000,
  /** A link that has held for so long starts the backoff anew. */
  steadyMs: 5_000,
  /** The transport of first choice, once it has worked, is tried so often before another one is. */
  triesOfTheKnown: 3,
  /** On a fallback, a WebSocket is tried beside it after this time, then after twice that, and so on. */
  upgradeFirstMs: 60_000,
  upgradeMostMs: 600_000,
  /** How long `publish` and `history` repeat what can be repeated. */
  requestMs: 30_000,
  /** Namespaces remembered to be ephemeral; of the others each publish costs a request more. */
  ephemeralNamespaces: 1_000,
  /** How often presence is asked for over long-poll; the other transports tell it. */
  presencePollMs: 5_000,
  /** The longest block of an event stream, in characters: a message and its envelope, with room. */
  streamBlockChars: 2_097_152,
  /** A timer that is later than this was slept through: then the connection is asked whether it still lives. */
  sleepMs: 15_000,
});

/** From the best to the one that always gets through. */
const TRANSPORTS = ['websocket', 'sse', 'long-poll'];
const SUBPROTOCOL = 'tideline.v1';
/** One bad name would have a whole stream refused, one long start a whole command. */
const CHANNEL = /^[A-Za-z0-9][A-Za-z0-9_.:@~-]{0,199}$/;
const START_CHARS_MAX = 200;
const TOKEN_CODES = ['unauthenticated', 'token-expired'];
const REPEATABLE_STATUS = [408, 425, 429, 500, 502, 503, 504];
/** Answers that say that nothing was done. */
const UNDONE_STATUS = [429, 503];
/** What ends a subscription only for the moment. */
const PASSING_CODES = ['slow', 'unavailable', 'overloaded', 'internal', 'too-many-requests'];
/** The server has yet to carry out the unsubscribe that came before. */
const ALREADY_SUBSCRIBED = 'already-subscribed';
/** This connection carries no more: what is left over is polled for beside it. */
const CONNECTION_IS_FULL = 'too-many-subscriptions';
/** The address with all its channels is longer than this server, or a proxy before it, takes. */
const TOO_LONG_STATUS = [414, 431];
/** Close codes that stand for a problem; the ranges say what to do about the others. */
const CLOSE_CODES = {
  4000: 'unauthenticated',
  4001: 'token-revoked',
  4002: 'forbidden',
  4100: 'slow',
  4101: 'no-pong',
  4102: 'too-many-commands',
  4200: 'token-expired',
};

/** Of the standard close codes, those that blame what we sent; and that of a node that goes away. */
const FINAL_CLOSES = [1002, 1003, 1007, 1008, 1009];
const DRAINED = 1012;

/**
 * @typedef {object} Publication  one message of a channel, as the server sends it
 * @property {string} channel
 * @property {number} [offset]    dense: 1, 2, 3 …; absent on ephemeral channels, as is `position`
 * @property {string} [position]  opaque; give it back as `after` to continue behind this message
 * @property {string} time        RFC 3339
 * @property {string} [type]
 * @property {string} [sender]
 * @property {string} [contentType]  absent: JSON
 * @property {Record<string, string>} [headers]
 * @property {unknown} [data]
 * @property {string} [data_base64]  instead of `data` where the payload is not text
 *
 * @typedef {object} Gap  what this subscriber can no longer get; it comes before the next message
 * @property {string} channel
 * @property {?number} from  first and last lost offset; null when the log began anew (`epoch`):
 * @property {?number} to    then the application should reload its state
 * @property {number} [count]  on ephemeral channels instead: how many were dropped
 * @property {'retention'|'epoch'|'skipped'|'purged'} reason
 * @property {string} [position]  absent on ephemeral channels
 *
 * @typedef {object} Page
 * @property {Publication[]} messages
 * @property {string} next
 * @property {boolean} more
 * @property {?Gap} gap
 *
 * @typedef {object} Published
 * @property {string} channel
 * @property {number} [offset]
 * @property {string} [position]
 * @property {string} [time]
 * @property {boolean} [duplicate]  it was already stored under this key
 *
 * @typedef {'websocket'|'sse'|'long-poll'} Transport
 *
 * @typedef {object} ClientState
 * @property {'idle'|'connecting'|'connected'|'waiting'|'failed'|'closed'} state
 * @property {?Transport} transport  in use, or being tried
 * @property {?TidelineError} error  why it is waiting or has failed
 * @property {?number} retryInMs     when it is waiting
 *
 * @typedef {object} Handlers
 * @property {(publication: Publication, subscription: Subscription) => void} [onPublication]
 * @property {(gap: Gap, subscription: Subscription) => void} [onGap]
 * @property {(state: SubscriptionState, subscription: Subscription) => void} [onState]
 * @property {(change: PresenceChange, subscription: Subscription) => void} [onPresence]  asks for it; needs a grant
 *
 * @typedef {object} Presence  who is in a channel
 * @property {number} version    only grows
 * @property {number} count      members: different subjects
 * @property {number} anonymous  connections without a subject
 * @property {?Set<string>} members  null where they are too many to be named
 *
 * @typedef {object} PresenceChange
 * @property {?Presence} presence  as it is now; null when it can't be told, see `error`
 * @property {string[]} joined     since it was told last, also over reconnects
 * @property {string[]} left
 * @property {?TidelineError} error
 *
 * @typedef {object} PresencePage
 * @property {number} version
 * @property {number} count
 * @property {number} anonymous
 * @property {number} connections
 * @property {{subject: string, connections: number, since: string}[]} [members]
 * @property {?string} [next]  where the next page begins; null at the end
 *
 * @typedef {object} SubscriptionState
 * @property {'subscribing'|'subscribed'|'ended'} state
 * @property {?TidelineError} error  why it ended, if the server ended it
 *
 * @typedef {object} Channels
 * @property {{channel: string, epoch: string, head: number, first: number, position: string}[]} channels
 * @property {?string} next  where the next page begins; null at the end
 *
 * @typedef {object} Start  where a subscription begins; none of them: with what comes from now on
 * @property {?string} [after]  a position, `earliest` or `now`
 * @property {?number} [last]   the last N messages first
 * @property {?string} [since]  RFC 3339
 *
 * @typedef {object} Options
 * @property {string} [url]    the server, e.g. `https://example.com/push`; in a page: where it came from
 * @property {string} [token]  a bearer token; without one the session cookie speaks for the user
 * @property {() => (string|Promise<string>)} [getToken]  asked at each connection and request, and before a token
 *   expires
 * @property {'auto'|Transport} [transport]
 * @property {(state: ClientState) => void} [onState]
 * @property {Partial<Record<keyof typeof LIMITS, number>>} [limits]
 * @property {new (...args: any[]) => any} [WebSocket]  for runtimes without one, e.g. `ws`
 * @property {typeof fetch} [fetch]
 * @property {() => number} [random]
 */

/** An answer that says no, or no answer at all. `code` is the last part of the server's problem type. */
export class TidelineError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{status?: number, retry?: boolean, retryAfterMs?: number, problem?: object, cause?: unknown}} [details]
   */
  constructor(code, message, { status, retry = false, retryAfterMs, problem, cause } = {}) {
    super(message, { cause });
    this.name = 'TidelineError';
    this.code = code;
    /** HTTP status, where there was one: then the server was reached. */
    this.status = status;
    /** Whether the same request may succeed later. */
    this.retry = retry;
    this.retryAfterMs = retryAfterMs;
    /** The problem document (RFC 9457), where there was one. */
    this.problem = problem;
  }
}

const unreachable = (message, cause) =>
  new TidelineError('unreachable', message, { retry: true, cause });

/**
 * A client of one server. It opens a connection with the first subscription and closes it with the last.
 *
 * Every subscription is a position in its channel. A connection that ends, by whatever cause and on whatever
 * transport, only means that the next one continues from there. A change of its state is also an event, `state`.
 */
export class Tideline extends EventTarget {
  #base;
  #getToken;
  #tokenCanChange;
  #fetch;
  #WebSocket;
  #random;
  #limits;
  #order;
  #onState;

  /** @type {Map<string, Subscription>} */
  #subscriptions = new Map();
  /** @type {ClientState} */
  #state = { state: 'idle', transport: null, error: null, retryInMs: null };
  #link = null;
  #linkIsUp = false;
  /** Polls for the channels that the link can't carry. @type {?PollLink} */
  #rest = null;
  #probe = null;
  #attempt = 0;
  #transport = 0;
  /** A page of this origin has got through. */
  #hasBeenUp = false;
  /** The transport of first choice has got through once; so often it hasn't since. */
  #firstHasWorked = false;
  #firstFailures = 0;
  /** A token was refused and no connection has held since: another refusal is final. */
  #tokenRejected = false;
  /** Namespaces that refused a key. */
  #ephemeral = new Set();
  #timers = new Timers();
  #listening = new AbortController();

  /** @param {Options} options */
  constructor({
    url = globalThis.location?.origin,
    token,
    getToken,
    transport = 'auto',
    onState,
    limits,
    WebSocket = globalThis.WebSocket,
    fetch = globalThis.fetch.bind(globalThis),
    random = Math.random,
  } = {}) {
    super();
    if (token && getToken) throw new TypeError('give token or getToken, not both');
    this.#base = baseOf(url);
    this.#getToken = getToken ?? (token ? () => token : null);
    this.#tokenCanChange = Boolean(getToken);
    this.#fetch = fetch;
    this.#WebSocket = WebSocket;
    this.#random = random;
    this.#limits = { ...LIMITS, ...limits };
    this.#onState = onState;
    this.useTransport(transport);
    this.#listen();
  }

  #listen() {
    const wake = () => this.#wake();
    const handlers = {
      online: wake,
      visibilitychange: wake,
      // A page that was frozen, or comes out of the back/forward cache.
      resume: wake,
      pageshow: ({ persisted }) => persisted && this.#nudge(),
      pagehide: () => this.#suspend(),
    };
    for (const [type, handler] of Object.entries(handlers)) {
      // What happens to the document is told to its window too, when it bubbles or is captured.
      globalThis.addEventListener?.(type, handler, { capture: true, signal: this.#listening.signal });
    }
  }

  /** @returns {ClientState} */
  get state() {
    return this.#state;
  }

  /** @returns {Subscription[]} */
  get subscriptions() {
    return [...this.#subscriptions.values()];
  }

  /**
   * Chooses the transport, also while subscriptions run: they continue from their positions.
   * @param {'auto'|Transport} transport
   */
  useTransport(transport) {
    const order = TRANSPORTS.filter((name) => transport === 'auto' || transport === name);
    this.#order = order.filter((name) => name !== 'websocket' || this.#WebSocket);
    if (this.#order.length === 0) {
      throw new TypeError(`transport must be auto or one of ${TRANSPORTS}`);
    }
    if (this.#state.state !== 'closed') this.#restart();
  }

  /**
   * @param {string} channel
   * @param {Start & Handlers} [options]
   * @returns {Subscription}
   */
  subscribe(channel, options = {}) {
    if (this.#state.state === 'closed') throw new TypeError('it is closed');
    checkChannel(channel);
    if (this.#subscriptions.has(channel)) throw new TypeError(`${channel} is subscribed already`);
    const subscription = new Subscription(channel, options, (ended) => this.#remove(ended));
    this.#subscriptions.set(channel, subscription);
    if (this.#link) this.#link.follow(subscription);
    else if (this.#state.state === 'idle') this.#connect();
    return subscription;
  }

  /**
   * Publishes by REST and repeats, with one idempotency key, until there is an answer that counts or the time is over.
   * An ephemeral channel takes no key: there, a publish whose answer is lost is not repeated.
   * @param {string} channel
   * @param {unknown} data  anything that JSON can say; with `contentType`: a string, bytes or a Blob, sent as it is
   * @param {{type?: string, key?: ?string, contentType?: string, headers?: Record<string, string>, ifMatch?: string,
   *   timeoutMs?: number}} [options]
   * @returns {Promise<Published>}
   */
  async publish(channel, data, { type, key, contentType, headers = {}, ifMatch, timeoutMs } = {}) {
    const sent = new Headers({ 'Content-Type': contentType ?? 'application/json' });
    if (type) sent.set('Tideline-Type', type);
    if (ifMatch) sent.set('If-Match', `"${ifMatch}"`);
    for (const [name, value] of Object.entries(headers)) sent.set(`Tideline-Header-${name}`, value);
    const body = contentType ? data : JSON.stringify(data);
    const post = () => this.#json(timeoutMs, messagesPath(channel), { method: 'POST', headers: sent, body });

    const namespace = channel.split(':', 1)[0];
    if (key === undefined && !this.#ephemeral.has(namespace)) key = randomKey();
    if (!key) return post();
    sent.set('Idempotency-Key', key);
    try {
      return await post();
    } catch (error) {
      if (error.code !== 'not-on-ephemeral') throw error;
      if (this.#ephemeral.size < this.#limits.ephemeralNamespaces) this.#ephemeral.add(namespace);
      sent.delete('Idempotency-Key');
      return post();
    }
  }

  /**
   * One page of what the channel has kept.
   * @param {string} channel
   * @param {Start & {limit?: number, timeoutMs?: number}} [options]
   * @returns {Promise<Page>}
   */
  async history(channel, { timeoutMs, ...query } = {}) {
    return this.#json(timeoutMs, messagesPath(channel, query));
  }

  /**
   * One page of the channels that this client may read.
   * @param {{prefix?: string, after?: string, limit?: number, timeoutMs?: number}} [options]
   * @returns {Promise<Channels>}
   */
  async channels({ timeoutMs, ...query } = {}) {
    return this.#json(timeoutMs, withQuery('channels', query));
  }

  /**
   * One page of who is in a channel, or with `count` the numbers alone.
   * @param {string} channel
   * @param {{count?: boolean, after?: string, limit?: number, timeoutMs?: number}} [options]
   * @returns {Promise<PresencePage>}
   */
  async presence(channel, { timeoutMs, count, ...query } = {}) {
    return this.#json(timeoutMs, presencePath(channel, { ...query, count: count || null }));
  }

  /** Tries again now, whatever it is waiting for; a connection that stands is asked whether it still lives. */
  reconnect() {
    const { state } = this.#state;
    if (state === 'connected') this.#check();
    else if (state !== 'idle' && state !== 'closed') this.#restart();
  }

  /** Ends all subscriptions and the connection, for good. */
  close() {
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    this.#disconnect();
    this.#listening.abort();
    this.#setState('closed');
  }

  // --- the connection -------------------------------------------------------------------------------------------

  #restart() {
    this.#disconnect();
    this.#transport = 0;
    this.#firstHasWorked = false;
    this.#attempt = 0;
    if (this.#subscriptions.size > 0) this.#connect();
    else this.#setState('idle');
  }

  #disconnect() {
    this.#timers.clear();
    this.#closeProbe();
    const links = [this.#link, this.#rest];
    this.#link = this.#rest = null;
    this.#linkIsUp = false;
    for (const link of links) link?.close();
    for (const subscription of this.#subscriptions.values()) subscription.interrupted();
  }

  #connect() {
    const transport = this.#order[this.#transport];
    const link = this.#newLink(transport);
    this.#link = link;
    this.#timers.set('connect', this.#limits.connectMs, () =>
      this.#down(link, { error: unreachable(`no answer over ${transport}`) }),
    );
    for (const subscription of this.#subscriptions.values()) link.follow(subscription);
    link.start?.();
    this.#setState('connecting', { transport });
  }

  #newLink(transport) {
    const { heldRequests, streams } = this.#limits;
    const host = {
      base: this.#base,
      limits: this.#limits,
      slots: new Slots(transport === 'sse' ? heldRequests - streams : heldRequests),
      WebSocket: this.#WebSocket,
      request: (path, init) => this.#request(path, init),
      token: () => this.#token(),
      random: this.#random,
      // Without a token it is the channel that is not public, and only its subscription ends.
      blamesToken: ({ code }) => this.#getToken !== null && TOKEN_CODES.includes(code),
      delay: (attempt) => this.#fullJitter(attempt),
      up: () => this.#up(link),
      down: (outcome) => this.#down(link, outcome),
      decline: (subscription) => this.#poll(subscription, host),
    };
    const link = new LINKS[transport](host);
    return link;
  }

  /** The link carries no more: beside it, what is left over is polled for in turns. */
  #poll(subscription, host) {
    const limits = { ...this.#limits, pollWaitMs: this.#limits.pollTurnMs };
    this.#rest ??= new PollLink({ ...host, limits, up: () => {} });
    this.#rest.follow(subscription);
  }

  #up(link) {
    if (link === this.#probe) this.#promoteProbe();
    if (link !== this.#link) return;
    this.#linkIsUp = this.#hasBeenUp = true;
    this.#firstFailures = 0;
    if (this.#transport === 0) this.#firstHasWorked = true;
    this.#timers.clear('connect');
    this.#timers.set('steady', this.#limits.steadyMs, () => {
      this.#attempt = 0;
      this.#tokenRejected = false;
    });
    if (link.transport !== this.#order[0]) this.#probeLater(this.#limits.upgradeFirstMs);
    this.#noticeSleep();
    this.#setState('connected', { transport: link.transport });
  }

  /**
   * A link ended. What follows is decided here and nowhere else.
   * @param {WebSocketLink|StreamLink|PollLink} link
   * @param {{error: TidelineError, comeBack?: 'never'|'backoff'|'now'}} outcome
   */
  #down(link, { error, comeBack = error.retry ? 'backoff' : 'never' }) {
    link.close();
    if (link === this.#probe) this.#closeProbe();
    if (link !== this.#link) return;
    const wasUp = this.#linkIsUp;
    this.#disconnect();
    if (TOKEN_CODES.includes(error.code) && this.#tokenCanChange && !this.#tokenRejected) {
      this.#tokenRejected = true;
      return this.#wait(0, error);
    }
    // Without a problem it wasn't our server that said no: something between may do so to this transport alone.
    const isBlocked = error.status !== undefined && !error.problem;
    if (wasUp || error.problem) this.#transport = 0;
    else if ((isBlocked || comeBack !== 'never') && this.#fallsBack()) return this.#connect();
    if (comeBack === 'never') return this.#setState('failed', { transport: link.transport, error });
    if (comeBack === 'now' && this.#attempt === 0) {
      this.#attempt = 1;
      return this.#wait(0, error);
    }
    this.#wait((error.retryAfterMs ?? 0) + this.#fullJitter(this.#attempt++), error);
  }

  /**
   * Moves on to the next transport at once; after the last it is time to wait and to begin with the first. Where the
   * first has worked, it is rather the server that is away: it gets a few tries, lest all clients ask three times.
   */
  #fallsBack() {
    const isFirst = this.#transport === 0;
    if (isFirst && this.#firstHasWorked && ++this.#firstFailures < this.#limits.triesOfTheKnown) return false;
    this.#transport = (this.#transport + 1) % this.#order.length;
    return this.#transport !== 0;
  }

  #wait(delayMs, error) {
    this.#timers.set('retry', delayMs, () => this.#connect());
    this.#setState('waiting', { transport: this.#order[this.#transport], error, retryInMs: Math.round(delayMs) });
    if (this.#isOfOtherOrigin && !this.#hasBeenUp && error.code === 'unreachable') this.#tellRefusalFromSilence();
  }

  get #isOfOtherOrigin() {
    return globalThis.location !== undefined && location.origin !== this.#base.origin;
  }

  get #refusal() {
    return `the server refuses pages of ${location.origin}: see tideline.origins`;
  }

  /** A browser shows a page no answer that refuses its origin; but without asking to see it, there is one. */
  async #tellRefusalFromSilence() {
    const waiting = this.#state;
    const signal = AbortSignal.timeout(this.#limits.connectMs);
    try {
      await this.#fetch(this.#base, { mode: 'no-cors', credentials: 'omit', cache: 'no-store', signal });
    } catch {
      return;
    }
    if (this.#state !== waiting) return;
    // It may also be a proxy whose server is away, so it is tried again all the same.
    const error = new TidelineError('origin-refused', this.#refusal, { retry: true });
    this.#setState('waiting', { ...waiting, error });
  }

  #fullJitter(attempt) {
    const { backoffFirstMs, backoffMostMs } = this.#limits;
    return this.#random() * Math.min(backoffMostMs, backoffFirstMs * 2 ** Math.min(attempt, 20));
  }

  #wake() {
    if (!globalThis.document?.hidden) this.#nudge();
  }

  /** The network came back, or the page did: don't wait out a delay that was meant for an outage. */
  #nudge() {
    const { state, error } = this.#state;
    if (state !== 'waiting') this.#check();
    else if (error.retryAfterMs === undefined) this.#wait(this.#fullJitter(0), error);
  }

  #check() {
    this.#link?.check();
    this.#rest?.check();
  }

  /** A connection would keep the page out of the back/forward cache, and be dead when it comes out of it. */
  #suspend() {
    if (!this.#link) return;
    this.#disconnect();
    this.#setState('waiting', { error: unreachable('the page was left') });
  }

  /** Connections that the machine has slept through are often dead without knowing it. */
  #noticeSleep() {
    const { sleepMs } = this.#limits;
    const dueAt = Date.now() + sleepMs;
    this.#timers.set('sleep', sleepMs, () => {
      if (Date.now() - dueAt > sleepMs) this.#wake();
      this.#noticeSleep();
    });
  }

  // While a fallback carries the messages, a WebSocket is opened beside it; only when it stands does it take over.

  #probeLater(delayMs) {
    this.#timers.set('probe', delayMs, () => {
      this.#probe = this.#newLink(this.#order[0]);
      this.#timers.set('probe', this.#limits.connectMs, () => {
        this.#closeProbe();
        this.#probeLater(Math.min(delayMs * 2, this.#limits.upgradeMostMs));
      });
      this.#probe.start();
    });
  }

  #promoteProbe() {
    const probe = this.#probe;
    this.#probe = null;
    this.#disconnect();
    this.#transport = 0;
    this.#link = probe;
    for (const subscription of this.#subscriptions.values()) probe.follow(subscription);
  }

  #closeProbe() {
    this.#probe?.close();
    this.#probe = null;
  }

  #remove(subscription) {
    this.#subscriptions.delete(subscription.channel);
    this.#link?.forget(subscription);
    this.#rest?.forget(subscription);
    if (this.#subscriptions.size > 0 || this.#state.state === 'closed') return;
    this.#disconnect();
    this.#setState('idle');
  }

  /** Comes last wherever it is called: the handler may close the client, or reconnect. */
  #setState(state, { transport = null, error = null, retryInMs = null } = {}) {
    this.#state = { state, transport, error, retryInMs };
    call(this.#onState, this.#state);
    this.dispatchEvent(new Event('state'));
  }

  // --- requests -------------------------------------------------------------------------------------------------

  async #token() {
    try {
      return await this.#getToken?.();
    } catch (cause) {
      throw unreachable('getToken failed', cause);
    }
  }

  /** One request; what is not a success is thrown as a {@link TidelineError}. */
  async #request(path, init = {}) {
    const headers = new Headers(init.headers);
    const token = await this.#token();
    if (token) headers.set('Authorization', `Bearer ${token}`);
    let answer;
    try {
      // A redirect could carry the token to where it wasn't meant for.
      const trust = { redirect: 'error', credentials: this.#getToken ? 'same-origin' : 'include' };
      answer = await this.#fetch(new URL(path, this.#base), { ...trust, ...init, headers });
    } catch (cause) {
      throw unreachable(`the server did not answer${this.#isOfOtherOrigin ? `, or ${this.#refusal}` : ''}`, cause);
    }
    if (!answer.ok) throw await refusal(answer);
    return answer;
  }

  /** Repeats what can be repeated, until the time is over: an answer that broke off is none. */
  async #json(timeoutMs = this.#limits.requestMs, path, init) {
    const deadline = Date.now() + timeoutMs;
    for (let attempt = 0; ; attempt++) {
      try {
        const signal = AbortSignal.timeout(Math.max(1, deadline - Date.now()));
        return await parsed(await this.#request(path, { ...init, signal }));
      } catch (error) {
        const delayMs = (error.retryAfterMs ?? 0) + this.#fullJitter(attempt);
        if (!mayRepeat(init, error) || Date.now() + delayMs >= deadline) throw error;
        await sleep(delayMs);
      }
    }
  }
}

/** A cursor in one channel: it takes messages in offset order, each once, and knows where to continue. */
export class Subscription {
  #start;
  #lastOffset = null;
  #handlers;
  #onEnd;

  /**
   * @param {string} channel
   * @param {Start & Handlers} options
   * @param {(ended: Subscription) => void} onEnd
   * @internal
   * @internal
   */
  constructor(channel, { after, last, since, onPublication, onGap, onState, onPresence }, onEnd) {
    const given = Object.entries({ after, last, since }).filter(([, value]) => value != null);
    if (given.length > 1) throw new TypeError('give one of after, last and since');
    if (given[0]?.[1].length > START_CHARS_MAX) throw new TypeError('that is no position');
    this.channel = channel;
    /** Where it continues: store it, and a later visit gets what came in between. @type {?string} */
    this.position = null;
    /** @type {SubscriptionState['state']} */
    this.state = 'subscribing';
    /** Messages taken, gaps told, repeats dropped, and holes that made it ask again. */
    this.received = 0;
    this.gaps = 0;
    this.duplicates = 0;
    this.holes = 0;
    /** Who is there, if `onPresence` asks for it. @type {?Presence} */
    this.presence = null;
    this.#handlers = { onPublication, onGap, onState, onPresence };
    this.#start = Object.fromEntries(given);
    this.#onEnd = onEnd;
  }

  unsubscribe() {
    this.end(null);
  }

  /** What to ask the server for. Of an ephemeral channel, which has no positions, nothing is asked for twice. @internal */
  get start() {
    return this.position === null ? this.#start : { after: this.position };
  }

  /** The server says where this subscription stands, before it sends anything. @internal */
  standsAt(position) {
    if (this.position === null && position) this.position = position;
    this.#setState('subscribed');
  }

  /** No connection carries it for the moment. @internal */
  interrupted() {
    if (this.state !== 'ended') this.#setState('subscribing');
  }

  /**
   * @param {Publication} publication
   * @returns {boolean} false: something is missing before it, so it was not taken; ask again from `start`
   * @internal
   */
  take(publication) {
    const { offset, position } = publication;
    if (offset !== undefined) {
      if (this.#isBehind(offset)) return true;
      if (this.#leavesHole(offset)) return false;
      this.#lastOffset = offset;
      this.position = position;
    } else {
      this.#start = {};
    }
    this.received++;
    call(this.#handlers.onPublication, publication, this);
    return true;
  }

  /**
   * @param {Gap} gap
   * @returns {boolean} as {@link take}
   * @internal
   */
  takeGap(gap) {
    if (gap.to !== null) {
      if (this.#isBehind(gap.to)) return true;
      if (this.#leavesHole(gap.from)) return false;
    }
    this.#lastOffset = gap.to;
    this.position = gap.position ?? null;
    this.gaps++;
    call(this.#handlers.onGap, gap, this);
    return true;
  }

  /** @param {Page} page @returns {boolean} as {@link take} @internal */
  takePage({ gap, messages, next }) {
    if (gap && !this.takeGap(gap)) return false;
    for (const publication of messages) {
      if (this.state === 'ended') return true;
      if (!this.take(publication)) return false;
    }
    this.position = next ?? null;
    return true;
  }

  /** @internal */
  get wantsPresence() {
    return this.#handlers.onPresence !== undefined;
  }

  /**
   * A state, a change, or why there is none.
   * @returns {boolean} false: a change that doesn't go on from what is known; ask anew
   * @internal
   */
  takePresence({ version, count, anonymous, after, members, join = [], leave = [], code }) {
    const before = this.presence;
    if (after !== undefined && before?.version !== after) return false;
    if (!code && before?.version === version) return true;
    const known = before?.members ?? new Set();
    const named = after === undefined ? members : [...known].filter((each) => !leave.includes(each)).concat(join);
    const now = named ? new Set(named) : null;
    this.presence = code ? null : { version, count, anonymous, members: now };
    const joined = [...(now ?? [])].filter((each) => !known.has(each));
    const left = now ? [...known].filter((each) => !now.has(each)) : [];
    const error = code ? endedByServer(this.channel, code) : null;
    call(this.#handlers.onPresence, { presence: this.presence, joined, left, error }, this);
    return true;
  }

  /** @param {{offset?: number}} publication @internal */
  has({ offset }) {
    return offset !== undefined && this.#lastOffset !== null && offset <= this.#lastOffset;
  }

  /** @param {?TidelineError} error @internal */
  end(error) {
    if (this.state === 'ended') return;
    this.#setState('ended', error);
    this.#onEnd(this);
  }

  #isBehind(offset) {
    const behind = this.has({ offset });
    if (behind) this.duplicates++;
    return behind;
  }

  #leavesHole(offset) {
    const hole = this.#lastOffset !== null && offset > this.#lastOffset + 1;
    if (hole) this.holes++;
    return hole;
  }

  #setState(state, error = null) {
    if (this.state === state) return;
    this.state = state;
    call(this.#handlers.onState, { state, error }, this);
  }
}

// --- links: one connection over one transport -------------------------------------------------------------------
//
// follow(subscription), forget(subscription), check(), close(); a WebSocket begins with start(). A link says `up` when it
// has got through and `down` once, at its end; a closed link delivers nothing more. It decides nothing about what comes
// after.

class WebSocketLink {
  transport = 'websocket';
  #host;
  #socket = null;
  #isOpen = false;
  #ready = false;
  #closed = false;
  /**
   * @type {Map<string, {subscription: Subscription, accepts: boolean, tries: number, isNew: boolean,
   *   watches?: boolean}>}
   */
  #followed = new Map();
  /** Replies awaited, by command id. @type {Map<number, {onReply: (frame: object) => void, count: number}>} */
  #replies = new Map();
  #lastId = 0;
  /** Commands that wait for their turn, and what has been spent of this second. */
  #outgoing = [];
  #spent = 0;
  #timers = new Timers();

  constructor(host) {
    this.#host = host;
  }

  async start() {
    try {
      const token = await this.#host.token();
      if (this.#closed) return;
      const address = `${this.#host.base}ws`.replace('http', 'ws');
      this.#listenTo(new this.#host.WebSocket(address, SUBPROTOCOL), token);
    } catch (cause) {
      this.#fail({ error: asTidelineError(cause) });
    }
  }

  #listenTo(socket, token) {
    this.#socket = socket;
    let why = 'no answer';
    socket.onopen = () => this.#opened(token);
    socket.onmessage = ({ data }) => this.#received(data);
    // Stays for good: an error that nobody listens to ends a Node.js process.
    socket.onerror = ({ message }) => (why = message || why);
    socket.onclose = ({ code, reason }) =>
      this.#fail(this.#isOpen ? outcomeOfClose(code, reason) : { error: unreachable(`no WebSocket: ${why}`) });
  }

  /** Subscriptions that are made together share a command. */
  follow(subscription) {
    this.#followed.set(subscription.channel, { subscription, accepts: false, tries: 0, isNew: true });
    if (this.#ready) queueMicrotask(() => this.#subscribeNew());
  }

  forget({ channel }) {
    const entry = this.#followed.get(channel);
    if (!this.#followed.delete(channel)) return;
    this.#timers.clear(`again ${channel}`);
    if (entry.watches) this.#send({ presence: { channel, watch: false } });
    if (this.#ready) this.#send({ unsubscribe: { channel } });
  }

  check() {
    if (this.#ready) this.#ping();
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#timers.clear();
    if (!this.#socket) return;
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close(1000);
  }

  #fail(outcome) {
    if (!this.#closed) this.#host.down(outcome);
  }

  #opened(token) {
    this.#isOpen = true;
    if (token) this.#authenticate(token, () => this.#begin());
    else this.#begin();
  }

  #authenticate(token, then) {
    this.#send({ auth: { token } }, ({ error }) => {
      if (error) this.#fail({ error: errorOfFrame(error) });
      else then();
    });
  }

  #begin() {
    this.#ready = true;
    this.#listen();
    this.#host.up();
    this.#subscribeNew();
  }

  #subscribeNew() {
    if (!this.#closed) this.#subscribe([...this.#followed.values()].filter(({ isNew }) => isNew));
  }

  #subscribe(entries) {
    for (const some of split(entries, this.#host.limits.commandChannels)) {
      const subscribe = some.map(({ subscription: { channel, start } }) => ({ channel, ...start }));
      for (const entry of some) entry.isNew = false;
      const onReply = ({ ok, error }) => {
        const entry = some.find(({ subscription }) => subscription.channel === (ok ?? error).channel);
        if (entry) this.#subscribed(entry, ok, error);
        else this.#fail({ error: errorOfFrame(error) });
      };
      this.#send({ subscribe }, onReply, some.length);
    }
  }

  #subscribed(entry, ok, error) {
    const { subscription } = entry;
    if (this.#followed.get(subscription.channel) !== entry) return;
    if (ok) {
      entry.accepts = true;
      subscription.standsAt(ok.position);
      if (subscription.wantsPresence && !entry.watches) this.#watch(entry);
    } else if (error.retry || error.code === ALREADY_SUBSCRIBED) {
      this.#again(entry);
    } else if (this.#host.blamesToken(error)) {
      this.#fail({ error: errorOfFrame(error) });
    } else {
      this.#followed.delete(subscription.channel);
      if (error.code === CONNECTION_IS_FULL) this.#host.decline(subscription);
      else subscription.end(errorOfFrame(error));
    }
  }

  #watch(entry) {
    const { channel } = entry.subscription;
    entry.watches = true;
    this.#send({ presence: { channel, watch: true } }, ({ error }) => {
      if (!error || this.#followed.get(channel) !== entry) return;
      entry.watches = false;
      if (error.retry) this.#timers.set(`watch ${channel}`, this.#host.delay(entry.tries++), () => this.#watch(entry));
      else entry.subscription.takePresence({ code: error.code });
    });
  }

  #present(told) {
    const entry = this.#followed.get(told.channel);
    if (!entry?.watches) return;
    if (told.code) entry.watches = false;
    if (entry.subscription.takePresence(told)) return;
    entry.watches = false;
    this.#send({ presence: { channel: told.channel, watch: false } });
    this.#watch(entry);
  }

  /** Asks once more from the subscription's position. */
  #again(entry) {
    const { channel } = entry.subscription;
    entry.accepts = false;
    this.#timers.set(`again ${channel}`, this.#host.delay(entry.tries++), () => this.#subscribe([entry]));
  }

  #received(text) {
    this.#listen();
    let frame;
    try {
      frame = JSON.parse(text);
    } catch (cause) {
      return this.#fail({ error: unreachable('a frame is not JSON', cause) });
    }
    if (frame.channel !== undefined) this.#deliver(frame.channel, (subscription) => subscription.take(frame));
    else if (frame.gap) this.#deliver(frame.gap.channel, (subscription) => subscription.takeGap(frame.gap));
    else if (frame.reply !== undefined) this.#replied(frame);
    else if (frame.presence) this.#present(frame.presence);
    else if (frame.unsubscribed) this.#unsubscribed(frame.unsubscribed);
    else if (frame.expiring) this.#renew();
    else if (frame.drain) this.#drain(frame.drain);
  }

  #deliver(channel, take) {
    const entry = this.#followed.get(channel);
    if (!entry?.accepts) return;
    if (take(entry.subscription)) {
      entry.tries = 0;
      return;
    }
    // What still comes of the old subscription is not looked at; nothing of it comes after the reply.
    entry.accepts = false;
    this.#send({ unsubscribe: { channel } }, () => this.#followed.get(channel) === entry && this.#again(entry));
  }

  #replied(frame) {
    const awaited = this.#replies.get(frame.reply);
    if (!awaited) return;
    if (--awaited.count === 0) this.#replies.delete(frame.reply);
    awaited.onReply(frame);
  }

  #unsubscribed({ channel, code }) {
    const entry = this.#followed.get(channel);
    if (!entry) return;
    if (PASSING_CODES.includes(code)) return this.#again(entry);
    this.#followed.delete(channel);
    entry.subscription.end(endedByServer(channel, code));
  }

  async #renew() {
    try {
      const token = await this.#host.token();
      if (token && !this.#closed) this.#authenticate(token, () => {});
    } catch {
      // The connection lives until the old token ends; the next one asks again.
    }
  }

  /** The node goes away within that time: leaving at a random moment of it spreads the clients. */
  #drain({ withinMs }) {
    const error = new TidelineError('drain', 'the node drains', { retry: true });
    this.#timers.set('drain', this.#host.random() * withinMs, () => this.#fail({ error, comeBack: 'now' }));
  }

  #listen() {
    this.#timers.clear('pong');
    this.#timers.set('idle', this.#host.limits.idleMs, () => this.#ping());
  }

  #ping() {
    this.#send({ ping: {} }, () => {});
    this.#timers.set('pong', this.#host.limits.pongMs, () =>
      this.#fail({ error: unreachable('no answer to a ping') }),
    );
  }

  #send(command, onReply, count = 1) {
    const id = ++this.#lastId;
    if (onReply) this.#replies.set(id, { onReply, count });
    // The server counts a subscribe as one more command for every eight channels.
    this.#outgoing.push({ text: JSON.stringify({ id, ...command }), cost: 1 + count / 8 });
    this.#flush();
  }

  /** No faster than the server takes them. */
  #flush() {
    while (this.#outgoing.length > 0 && this.#spent < this.#host.limits.commandsPerSecond) {
      const { text, cost } = this.#outgoing.shift();
      if (this.#spent === 0) {
        this.#timers.set('pace', 1_000, () => {
          this.#spent = 0;
          this.#flush();
        });
      }
      this.#spent += cost;
      this.#socket.send(text);
    }
  }
}

/**
 * Event streams of many channels each. A stream begins with now; what lies between a subscription's position and the
 * stream is read by pages, and so is whatever turns out to be missing. So a position is one channel's, over whatever
 * transport, and channels can come and go.
 */
class StreamLink {
  transport = 'sse';
  #host;
  #isUp = false;
  /** What is open now; replaced when the channels change, as a stream's are named in its address. */
  #round = new AbortController();
  /** @type {Map<string, {subscription: Subscription, ahead: ?Publication[]}>} `ahead`: came while it reads pages */
  #followed = new Map();
  /** How long the list of channels may be; less, once it was refused as too long. */
  #chars;
  #timers = new Timers();

  constructor(host) {
    this.#host = host;
    this.#chars = host.limits.streamChars;
  }

  follow(subscription) {
    this.#followed.set(subscription.channel, { subscription, ahead: [] });
    this.#openSoon(0);
  }

  forget({ channel }) {
    this.#followed.delete(channel);
  }

  /** Opens anew: a broken stream is noticed late, and another one costs little. */
  check() {
    this.#openSoon(0);
  }

  close() {
    this.#timers.clear();
    this.#round.abort();
  }

  /** Subscriptions that are made together share a stream. */
  #openSoon(delayMs) {
    this.#timers.set('open', delayMs, () => this.#open());
  }

  #open() {
    this.#round.abort();
    this.#round = new AbortController();
    const { streams, streamChannels } = this.#host.limits;
    const all = split([...this.#followed.keys()], streamChannels, this.#chars);
    for (const channels of all.slice(0, streams)) this.#stream(channels, this.#round);
    for (const channel of all.slice(streams).flat()) {
      const { subscription } = this.#followed.get(channel);
      this.#followed.delete(channel);
      this.#host.decline(subscription);
    }
  }

  async #stream(channels, round) {
    try {
      const retryAfterMs = await this.#read(channels, round);
      if (round.signal.aborted) return;
      this.#host.down({
        error: new TidelineError('stream-ended', 'the stream ended', { retry: true, retryAfterMs }),
      });
    } catch (error) {
      if (round.signal.aborted) return;
      if (!TOO_LONG_STATUS.includes(error.status) || channels.length === 1) return this.#failed(channels, error);
      this.#chars = named(channels).length / 2;
      this.#openSoon(0);
    }
  }

  /** @returns {Promise<number|undefined>} when to come back, once the stream has ended */
  async #read(channels, round) {
    const wantsPresence = channels.some((channel) => this.#followed.get(channel)?.subscription.wantsPresence);
    const search = named(channels) + (wantsPresence ? '&presence=true' : '');
    const init = { signal: round.signal, headers: { Accept: 'text/event-stream' }, cache: 'no-store' };
    let retryMs;
    await watched(this.#host, round, this.#host.limits.connectMs, async (touch) => {
      const answer = await this.#host.request(`stream?${search}`, init);
      let begun = false;
      const { streamSilenceMs, streamBlockChars } = this.#host.limits;
      for await (const block of blocks(answer.body, () => touch(streamSilenceMs), streamBlockChars)) {
        if (round.signal.aborted) return;
        if (block.retry > 0) retryMs = +block.retry;
        // The first bytes say that the stream stands: from here on nothing that is published is missed.
        if (!begun) this.#begin(channels, round);
        begun = true;
        this.#take(block, round);
      }
    });
    return retryMs;
  }

  #begin(channels, round) {
    if (!this.#isUp) this.#host.up();
    this.#isUp = true;
    for (const channel of channels) {
      const entry = this.#followed.get(channel);
      if (entry) this.#catchUp(entry, round);
    }
  }

  /**
   * @param {Block} block
   * @param {AbortController} round
   */
  #take({ event = '', data }, round) {
    if (data === undefined) return;
    const told = JSON.parse(data);
    const entry = this.#followed.get(told.channel);
    if (!entry) return;
    if (event === 'tideline.unsubscribed') this.#unsubscribed(entry, told);
    else if (event === 'tideline.presence') this.#present(entry, told);
    else if (event === 'tideline.gap') this.#takeGap(entry, told, round);
    else if (event.startsWith('tideline.') && event !== 'tideline.publication') return;
    else if (entry.ahead) this.#keepAhead(entry, told);
    else if (!entry.subscription.take(told)) this.#catchUp(entry, round);
  }

  /** A stream begins with the state, so whoever doesn't follow a change opens another one. */
  #present({ subscription }, told) {
    if (subscription.wantsPresence && !subscription.takePresence(told)) this.#openSoon(this.#host.delay(0));
  }

  /** While pages are being read, they tell of the gap themselves. */
  #takeGap(entry, gap, round) {
    if (!entry.ahead && !entry.subscription.takeGap(gap)) this.#catchUp(entry, round);
  }

  /** The newest stays, so that what was given up shows as a hole. */
  #keepAhead({ ahead }, publication) {
    if (ahead.length >= this.#host.limits.pageMessages) ahead.length = 0;
    ahead.push(publication);
  }

  #unsubscribed({ subscription }, { channel, code }) {
    if (PASSING_CODES.includes(code)) return this.#openSoon(this.#host.delay(0));
    this.#followed.delete(channel);
    subscription.end(endedByServer(channel, code));
  }

  /** Reads pages until they meet the stream. */
  async #catchUp(entry, round) {
    const { subscription } = entry;
    const isOver = () => round.signal.aborted || this.#followed.get(subscription.channel) !== entry;
    entry.ahead = [];
    try {
      for (let tries = 0; !isOver(); tries++) {
        if (tries > 0) await sleep(this.#host.delay(tries));
        if (await this.#readPages(subscription, round, isOver)) {
          const ahead = entry.ahead.filter((publication) => !subscription.has(publication));
          entry.ahead = [];
          if (ahead.every((publication) => isOver() || subscription.take(publication))) break;
        }
      }
      if (!isOver()) entry.ahead = null;
    } catch (error) {
      if (!isOver()) this.#failed([subscription.channel], error);
    }
  }

  /** @returns {Promise<boolean>} false: they had a hole */
  async #readPages(subscription, round, isOver) {
    for (let more = true; more; ) {
      const page = await this.#host.slots.use(() => readPage(this.#host, subscription, round, 0));
      if (isOver()) return true;
      subscription.standsAt(null);
      if (!subscription.takePage(page)) return false;
      more = page.more;
    }
    return true;
  }

  /** What is refused for good ends; all else is the connection's. */
  #failed(channels, error) {
    if (!isFinal(this.#host, error)) return this.#host.down({ error: asTidelineError(error) });
    for (const channel of channels) {
      const subscription = this.#followed.get(channel)?.subscription;
      this.#followed.delete(channel);
      subscription?.end(error);
    }
  }
}

/** Long-polls: a request a channel, one after the other, each from the position of the last. */
class PollLink {
  transport = 'long-poll';
  #host;
  #isUp = false;
  #isClosed = false;
  /** @type {Map<Subscription, {round: AbortController}>} the request under way */
  #followed = new Map();

  constructor(host) {
    this.#host = host;
  }

  follow(subscription) {
    const wasCrowded = this.#isCrowded;
    const entry = { round: new AbortController() };
    this.#followed.set(subscription, entry);
    if (this.#isCrowded && !wasCrowded) this.check();
    this.#run(subscription, entry);
    if (subscription.wantsPresence) this.#watch(subscription, entry);
  }

  #follows(subscription, entry) {
    return !this.#isClosed && this.#followed.get(subscription) === entry;
  }

  /** What the other transports are told is asked for here. */
  async #watch(subscription, entry) {
    const path = presencePath(subscription.channel, { limit: this.#host.limits.pageMessages });
    while (this.#follows(subscription, entry)) {
      try {
        const page = await parsed(await this.#host.request(path, { signal: AbortSignal.timeout(this.#host.limits.connectMs) }));
        if (!this.#follows(subscription, entry)) return;
        const members = page.next === null ? page.members.map(({ subject }) => subject) : undefined;
        subscription.takePresence({ ...page, members });
      } catch (error) {
        if (isFinal(this.#host, error)) return void subscription.takePresence({ code: error.code });
      }
      await sleep(this.#host.limits.presencePollMs);
    }
  }

  forget(subscription) {
    this.#followed.get(subscription)?.round.abort();
    this.#followed.delete(subscription);
  }

  /** Asks anew: a broken request is noticed late, and another one costs little. */
  check() {
    for (const { round } of this.#followed.values()) round.abort();
  }

  close() {
    this.#isClosed = true;
    this.check();
  }

  /** More channels than requests may be held: they take turns. */
  get #isCrowded() {
    return this.#followed.size > this.#host.limits.heldRequests;
  }

  async #run(subscription, entry) {
    let tries = 0;
    while (this.#follows(subscription, entry)) {
      const round = (entry.round = new AbortController());
      try {
        const isWhole = await this.#host.slots.use(() => this.#poll(subscription, round));
        if (isWhole) tries = 0;
        else await sleep(this.#host.delay(tries++));
      } catch (error) {
        if (!round.signal.aborted) this.#failed(subscription, error);
      }
    }
  }

  /** @returns {Promise<boolean>} false: it left a hole, or an empty answer was not held; ask again, but not at once */
  async #poll(subscription, round) {
    if (round.signal.aborted) return true;
    const waitMs = this.#waitMs(subscription);
    const askedAt = performance.now();
    const page = await readPage(this.#host, subscription, round, waitMs);
    if (round.signal.aborted) return true;
    subscription.standsAt(null);
    if (!this.#isUp) this.#host.up();
    this.#isUp = true;
    const isEmpty = page.messages.length === 0 && !page.gap;
    const heldMs = performance.now() - askedAt;
    return subscription.takePage(page) && !(isEmpty && heldMs < waitMs / 2);
  }

  /** The first answer comes at once: it says where the channel stands, and a proxy that holds answers back is noticed. */
  #waitMs({ state }) {
    if (state !== 'subscribed') return 0;
    return this.#isCrowded ? this.#host.limits.pollTurnMs : this.#host.limits.pollWaitMs;
  }

  #failed(subscription, error) {
    if (!isFinal(this.#host, error)) return this.#host.down({ error: asTidelineError(error) });
    this.#followed.delete(subscription);
    subscription.end(error);
  }
}

/** A page behind the subscription's position, held for as long as there is nothing. */
function readPage(host, subscription, round, waitMs) {
  const query = { ...startOrNow(subscription), limit: host.limits.pageMessages };
  if (waitMs > 0) query.wait = `${Math.ceil(waitMs / 1000)}s`;
  const path = messagesPath(subscription.channel, query);
  return watched(host, round, waitMs + host.limits.connectMs, async () =>
    parsed(await host.request(path, { signal: round.signal })),
  );
}

/** Gives the connection up when nothing was heard for so long. */
async function watched(host, round, silenceMs, work) {
  const giveUp = () => {
    if (!round.signal.aborted) host.down({ error: unreachable('no answer over time') });
  };
  let timer = setTimeout(giveUp, silenceMs);
  const touch = (nextSilenceMs) => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, nextSilenceMs);
  };
  try {
    return await work(touch);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether a request was refused for good, and not for its token. */
function isFinal(host, error) {
  return error.problem !== undefined && !error.retry && !host.blamesToken(error);
}

function asTidelineError(error) {
  return error instanceof TidelineError ? error : unreachable('the connection broke', error);
}

const LINKS = { websocket: WebSocketLink, sse: StreamLink, 'long-poll': PollLink };

// --- small parts ------------------------------------------------------------------------------------------------

/** 4000–4099: stay away; 4100–4199: with backoff; 4200–4299: at once. So old clients handle new codes. */
function outcomeOfClose(number, reason) {
  const isFinal = (number >= 4000 && number < 4100) || FINAL_CLOSES.includes(number);
  const isAtOnce = (number >= 4200 && number < 4300) || number === DRAINED;
  const comeBack = isFinal ? 'never' : isAtOnce ? 'now' : 'backoff';
  const code = CLOSE_CODES[number] ?? `closed-${number}`;
  return { comeBack, error: new TidelineError(code, `closed with ${number} ${reason}`, { retry: !isFinal }) };
}

function endedByServer(channel, code) {
  return new TidelineError(code, `${channel} was ended: ${code}`);
}

function errorOfFrame({ code, message, retry }) {
  return new TidelineError(code, message, { retry });
}

async function parsed(answer) {
  try {
    return await answer.json();
  } catch (cause) {
    throw unreachable('the connection broke', cause);
  }
}

/** What answers without a problem is not our server, but something before it, or in its place. */
async function refusal(answer) {
  const { status, url } = answer;
  const problem = await answer.json().catch(() => null);
  const { code = `http-${status}`, retry = REPEATABLE_STATUS.includes(status), detail, advice, title } = problem ?? {};
  return new TidelineError(code, detail ?? advice ?? title ?? `${url.split('?')[0]} answered ${status}`, {
    status,
    retry,
    // Seconds; a date, which some proxies send, is left out, and the backoff has to do.
    retryAfterMs: answer.headers.get('Retry-After') * 1_000 || undefined,
    problem: problem?.code && problem,
  });
}

/** Where the paths of the protocol begin: the server may stand behind a prefix, as in `https://example.com/push`. */
function baseOf(url) {
  if (!/^(https?:|\/)/.test(url)) throw new TypeError(`${url}: give the url of the server, e.g. http://127.0.0.1:8080`);
  const base = new URL(url, globalThis.location?.href);
  base.pathname = base.pathname.replace(/\/*$/, '/v1/');
  base.search = base.hash = '';
  return base;
}

/** Also keeps a name from being read as a path. */
function checkChannel(channel) {
  if (!CHANNEL.test(channel)) throw new TypeError(`${channel}: a channel is 1 to 200 of A-Z a-z 0-9 _ . : @ ~ -`);
  return channel;
}

function named(channels) {
  return channels.map((channel) => `channel=${channel}`).join('&');
}

/** In parts of at most so many, which as parameters have at most so many characters; but at least one each. */
function split(all, countMax, charsMax) {
  const parts = [];
  for (const each of all) {
    const last = parts.at(-1);
    const fits = last && last.length < countMax && !(named([...last, each]).length > charsMax);
    if (fits) last.push(each);
    else parts.push([each]);
  }
  return parts;
}

function presencePath(channel, query) {
  return withQuery(`channels/${checkChannel(channel)}/presence`, query);
}

function messagesPath(channel, query) {
  return withQuery(`channels/${checkChannel(channel)}/messages`, query);
}

function withQuery(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value != null);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** A page without a start begins with the earliest, a subscription with what comes from now on. */
function startOrNow({ start }) {
  return Object.keys(start).length > 0 ? start : { after: 'now' };
}

/** @typedef {{id?: string, event?: string, data?: string, retry?: string}} Block */

/**
 * The blocks of an event stream, also those without data: they carry the position.
 * @param {ReadableStream<Uint8Array>} body
 */
async function* blocks(body, touch, charsMax) {
  let text = '';
  for await (const chunk of chunks(body.pipeThrough(new TextDecoderStream()))) {
    touch();
    // A CR that ends the chunk may be the first half of a CRLF: it waits for what follows.
    const parts = (text + chunk).replace(/\r\n|\r(?=[^])/g, '\n').split('\n\n');
    text = parts.pop();
    if (text.length > charsMax) throw unreachable('a frame is too long');
    for (const part of parts) yield fieldsOf(part);
    // Counts as soon as its line ends; also the sign that the stream stands, where no block comes first.
    yield { retry: /^retry: (.*)\n/m.exec(text)?.[1] };
  }
}

/** @returns {Block} */
function fieldsOf(lines) {
  const block = {};
  for (const [, name, value] of lines.matchAll(/^([^:\n]+):? ?(.*)/gm)) {
    block[name] = name === 'data' && name in block ? `${block.data}\n${value}` : value;
  }
  return block;
}

/** Browsers that can't iterate a stream with `for await` can still read it. */
async function* chunks(stream) {
  const reader = stream.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Lets so many pieces of work run at once; the others wait in order. */
class Slots {
  #free;
  #waiting = [];

  constructor(count) {
    this.#free = count;
  }

  async use(work) {
    if (this.#free > 0) this.#free--;
    else await new Promise((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}

/** Timers by name: setting one again replaces it. */
class Timers {
  #running = new Map();

  set(name, delayMs, action) {
    clearTimeout(this.#running.get(name));
    this.#running.set(name, setTimeout(action, delayMs));
  }

  /** @param {string} [name] none: all of them */
  clear(name) {
    const names = name === undefined ? [...this.#running.keys()] : [name];
    for (const each of names) {
      clearTimeout(this.#running.get(each));
      this.#running.delete(each);
    }
  }
}

/** A publish without a key may only be repeated when the server says that nothing was done. */
function mayRepeat(init, error) {
  if (init?.method !== 'POST' || init.headers.has('Idempotency-Key')) return error.retry;
  return UNDONE_STATUS.includes(error.status);
}

function sleep(delayMs) {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

/** `crypto.randomUUID` exists in secure contexts only; a key must also be made on plain HTTP. */
function randomKey() {
  return crypto.getRandomValues(new Uint32Array(4)).join('-');
}

/** Runs a handler of the application; what it throws is its own affair and must not stop the messages. */
function call(handler, ...args) {
  if (!handler) return;
  try {
    handler(...args);
  } catch (error) {
    (globalThis.reportError ?? console.error)(error);
  }
}
