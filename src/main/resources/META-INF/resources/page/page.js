// SPDX-License-Identifier: Apache-2.0
import { Tideline } from '../tideline.js';
import { Machine } from './machine.js';
import { Watch } from './watch.js';

const TOKEN = 'tideline.token';
const LOOK_AGAIN_MS = 3_000;
const REDRAW_MS = 500;
const DESCRIBE_MS = 10_000;

const $ = (id) => document.getElementById(id);

/** A link may carry a token in its fragment, which browsers don't send; there it doesn't stay. */
function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given) {
    sessionStorage.setItem(TOKEN, given);
    history.replaceState(null, '', location.pathname + location.search);
  }
  return sessionStorage.getItem(TOKEN);
}

function askForToken(refused) {
  $('live').hidden = true;
  $('sign-in').hidden = false;
  if (refused) {
    sessionStorage.removeItem(TOKEN);
    $('token-hint').textContent = `The token was refused: ${refused.message}`;
    $('token-hint').className = 'error';
  }
  $('token').focus();
}

$('token-form').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem(TOKEN, $('token').value.trim());
  location.reload();
});

/** The page with a token. */
class Live {
  #client;
  /** Watches by itself, so that it may watch the machine's channel too. */
  #watchClient;
  #machine = null;
  #connects = 0;
  #drawing = false;

  constructor(token) {
    this.#client = new Tideline({ token, onState: (state) => this.#showState(state) });
    this.#watchClient = new Tideline({ token });
    new Watch(this.#watchClient);
    $('live').hidden = false;
    $('transports').addEventListener('change', ({ target }) => {
      this.#client.useTransport(target.value);
      this.#watchClient.useTransport(target.value);
    });
    $('reconnect').addEventListener('click', () => {
      this.#client.reconnect();
      this.#watchClient.reconnect();
    });
    $('publish-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#publish(Object.fromEntries(new FormData(event.target)));
    });
    $('machine').addEventListener('change', ({ target }) => this.#chart(target.value));
    setInterval(() => this.#machine?.draw(), REDRAW_MS);
    setInterval(() => this.#machine?.describe(), DESCRIBE_MS);
    this.#findMachines();
  }

  async #findMachines() {
    const known = [...$('machine').options].map(({ value }) => value);
    try {
      const { channels } = await this.#client.channels({ prefix: 'machine:' });
      const names = channels.map(({ channel }) => channel);
      for (const name of names.filter((each) => !known.includes(each))) $('machine').add(new Option(name));
      $('machine').hidden = $('machine').options.length === 0;
      $('no-machine').hidden = !$('machine').hidden;
      if (!this.#machine && names.length > 0) this.#chart(names[0]);
    } catch (error) {
      if (error.status === 401) return askForToken(error);
      $('no-machine').hidden = this.#machine !== null;
    }
    setTimeout(() => this.#findMachines(), LOOK_AGAIN_MS);
  }

  #chart(channel) {
    this.#machine?.subscription.unsubscribe();
    this.#machine = new Machine(this.#client, channel, () => this.#drawSoon());
    $('machine').value = channel;
    $('charts').hidden = false;
  }

  async #publish({ channel, type, data }) {
    const say = (text, failed) => {
      $('published').textContent = text;
      $('published').classList.toggle('error', failed);
    };
    try {
      const value = JSON.parse(data);
      const stored = await this.#client.publish(channel.trim(), value, { type: type.trim() || undefined });
      say(stored.offset === undefined ? 'Sent' : `Stored as ${stored.offset} of ${stored.channel}`, false);
    } catch (error) {
      say(error.message, true);
    }
  }

  #showState({ state, transport, error, retryInMs }) {
    const words = {
      idle: 'no subscription',
      connecting: `connecting over ${transport}`,
      connected: `live over ${transport}`,
      waiting: `reconnecting in ${((retryInMs ?? 0) / 1_000).toFixed(1)} s: ${error?.message}`,
      failed: `stopped: ${error?.message}`,
      closed: 'closed',
    };
    $('state').textContent = words[state];
    $('state').dataset.state = state;
    $('reconnect').hidden = state !== 'waiting' && state !== 'failed';
    $('transport').textContent = state === 'connected' ? transport : '–';
    if (state === 'connected') $('reconnects').textContent = this.#connects++;
    if (state === 'failed' && error.code.startsWith('token-')) askForToken(error);
    if (state === 'failed' && error.code === 'unauthenticated') askForToken(error);
  }

  #drawSoon() {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#showBooks();
      this.#machine.draw();
    });
  }

  #showBooks() {
    const { ledger, subscription, delayMs } = this.#machine;
    const wrong = [];
    if (ledger.misplaced > 0) wrong.push(`${ledger.misplaced} out of order or repeated`);
    $('missing').textContent = [ledger.missing === 0 ? 'nothing lost' : `${ledger.missing} lost`, ...wrong].join(', ');
    $('missing').dataset.ok = ledger.missing === 0 && wrong.length === 0;
    $('received').textContent = subscription.received;
    $('gaps').textContent = subscription.gaps;
    $('position').textContent = subscription.position ?? '–';
    $('delay').textContent = delayMs === null ? '–' : `${delayMs} ms`;
    const offsets = ledger.last === null ? 'no messages yet' : `offsets ${ledger.first} to ${ledger.last}`;
    $('offsets').textContent = `${offsets}: ${ledger.seen} received, ${ledger.told} reported as gaps`;
  }
}

const token = takeToken();
if (token) new Live(token);
else askForToken();
