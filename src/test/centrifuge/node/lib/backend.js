// SPDX-License-Identifier: Apache-2.0
import { settings } from './settings.js';
import { Skipped } from './report.js';

const ANSWER_MAX_MS = 10_000;
const API_BATCH_MAX = 500;
const TIDELINE_BATCH_MAX = 1000;
const TIDELINE_BATCH_MAX_BYTES = 900_000;

async function post(path, headers, body, type = 'application/json', method = 'POST') {
  const options = { method, headers: { 'Content-Type': type, ...headers }, body, signal: AbortSignal.timeout(ANSWER_MAX_MS) };
  const answer = await fetch(`${settings.http}${path}`, options);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json().catch(() => null);
}

/** Centrifugo's server API, as far as the judges need it. */
class ServerApi {
  async call(method, body) {
    if (!settings.apiKey) throw new Skipped(`the backend has no server API for ${method}`);
    const { result, error } = await post(`/api/${method}`, { 'X-API-Key': settings.apiKey }, JSON.stringify(body));
    if (error) throw new Error(`${method}: ${error.code} ${error.message}`);
    return result;
  }

  publish(channel, data, { tags, key } = {}) {
    return this.call('publish', { channel, data, tags, idempotency_key: key });
  }

  publishBytes(channel, bytes) {
    return this.call('publish', { channel, b64data: Buffer.from(bytes).toString('base64') });
  }

  async publishAll(channel, all) {
    for (let from = 0; from < all.length; from += API_BATCH_MAX) {
      const commands = all.slice(from, from + API_BATCH_MAX).map((data) => ({ publish: { channel, data } }));
      const { replies } = await this.call('batch', { commands });
      const refused = replies.find(({ error }) => error);
      if (refused) throw new Error(`batch: ${JSON.stringify(refused.error)}`);
    }
  }

  /** Removes everything that was published to the channel. */
  forget(channel) {
    return this.call('history_remove', { channel });
  }

  unsubscribe(user, channel) {
    return this.call('unsubscribe', { user, channel });
  }

  disconnect(user, code, reason) {
    return this.call('disconnect', { user, disconnect: { code, reason } });
  }

  /** Ends what the user may do, as far as the backend can. */
  revoke(user) {
    return this.call('disconnect', { user });
  }
}

/** Tideline's own interface for publishing; for what it hasn't, the server API of the door, if there is one. */
class Tideline extends ServerApi {
  #headers = { Authorization: `Bearer ${settings.bearer}` };
  #last = new Map();

  async publish(channel, data, { tags, key } = {}) {
    return this.#publishItems([{ channel, data, headers: tags, key }]);
  }

  publishBytes(channel, bytes) {
    return this.#publishItems([{ channel, data_base64: Buffer.from(bytes).toString('base64') }]);
  }

  async publishAll(channel, all) {
    let items = [];
    let size = 0;
    for (const data of all) {
      const length = JSON.stringify(data).length + channel.length + 50;
      if (items.length === TIDELINE_BATCH_MAX || size + length > TIDELINE_BATCH_MAX_BYTES) {
        await this.#publishItems(items);
        items = [];
        size = 0;
      }
      items.push({ channel, data });
      size += length;
    }
    if (items.length > 0) await this.#publishItems(items);
  }

  async #publishItems(items) {
    const { results } = await post('/v1/messages', this.#headers, JSON.stringify(items));
    const refused = results.find(({ status }) => status >= 300);
    if (refused) throw new Error(`publish: ${JSON.stringify(refused.error)}`);
    const last = results.at(-1);
    this.#last.set(last.channel, last.position);
    return last;
  }

  revoke(user) {
    return post('/v1/revocations', this.#headers, JSON.stringify({ subject: user }));
  }

  forget(channel) {
    const through = encodeURIComponent(this.#last.get(channel));
    return post(`/v1/channels/${channel}/messages?through=${through}`, this.#headers, undefined, undefined, 'DELETE');
  }
}

/** What the application does behind the clients' backs. */
export const backend = settings.backend === 'tideline' ? new Tideline() : new ServerApi();
