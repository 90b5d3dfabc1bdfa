// SPDX-License-Identifier: Apache-2.0

// The published SDK in a page in Chromium: one line for each scenario and encoding; the exit code is how many failed.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';

import { chromium } from 'playwright-core';

import { backend } from './lib/backend.js';
import { Wire } from './lib/cut.js';
import { play } from './lib/report.js';
import { settings } from './lib/settings.js';
import { inSeconds, mint } from './lib/tokens.js';

const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const SEEN_MAX_MS = 60_000;
const POLICY = "default-src 'none'; script-src 'self'; connect-src *";
const SCRIPTS = { json: 'centrifuge.js', protobuf: 'centrifuge.protobuf.js' };
const run = Math.random().toString(36).slice(2, 8);
let count = 0;
const nameOf = (prefix) => `${prefix}-${run}-${++count}`;
const numbers = (from, to) => Array.from({ length: to - from + 1 }, (_, at) => from + at);
const messages = (from, to, bytes = 0) => numbers(from, to).map((n) => ({ n, pad: 'x'.repeat(bytes) }));

/** Pages with the SDK as its authors bundle it for browsers. */
async function servePages() {
  const pages = createServer(({ url }, response) => {
    const script = Object.values(SCRIPTS).find((name) => url === `/${name}`);
    const body = script
      ? readFileSync(new URL(`node_modules/centrifuge/dist/${script}`, import.meta.url))
      : `<!doctype html><meta charset="utf-8"><title>page</title><script src="/${SCRIPTS[url.slice(1)]}"></script>`;
    response.writeHead(200, { 'Content-Type': script ? 'text/javascript' : 'text/html', 'Content-Security-Policy': POLICY });
    response.end(body);
  });
  await new Promise((resolve) => pages.listen(settings.pagePort, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${pages.address().port}`, close: () => pages.close() };
}

/** One page in a context of its own, with a client and a subscription whose events are noted in it. */
class Page {
  static async open(browser, origin, encoding) {
    const page = new Page();
    page.context = await browser.newContext();
    page.page = await page.context.newPage();
    page.complaints = [];
    page.page.on('pageerror', (error) => page.complaints.push(`${error}`));
    await page.page.goto(`${origin}/${encoding}`);
    return page;
  }

  /** Connects and subscribes; tokens are those that getToken gives, one after the other, the last one again and again. */
  start({ url = settings.urls[0], tokens, channel, options = {} }) {
    return this.page.evaluate(({ url, tokens, channel, options }) => {
      globalThis.told = [];
      const note = (name, of) => of.on(name, (context) => {
        const data = name === 'publication' && context.data instanceof Uint8Array ? JSON.parse(new TextDecoder().decode(context.data)) : context.data;
        told.push({ name, ...context, data });
      });
      globalThis.client = new Centrifuge(url, {
        getToken: async () => (tokens.length > 1 ? tokens.shift() : tokens[0]), minReconnectDelay: 50, maxReconnectDelay: 500,
      });
      ['connecting', 'connected', 'disconnected'].forEach((name) => note(name, client));
      globalThis.subscription = client.newSubscription(channel, options);
      ['subscribing', 'subscribed', 'unsubscribed', 'publication', 'join', 'leave'].forEach((name) => note(name, subscription));
      subscription.subscribe();
      client.connect();
    }, { url, tokens, channel, options });
  }

  publish(data) {
    return this.page.evaluate((data) => {
      const isBinary = [...document.scripts].some(({ src }) => src.includes('protobuf'));
      return subscription.publish(isBinary ? new TextEncoder().encode(JSON.stringify(data)) : data).then(() => undefined);
    }, data);
  }

  /** The events of this name, as soon as there are so many. */
  async until(name, many = 1) {
    const isThere = ({ name, many }) => told.filter((event) => event.name === name).length >= many;
    await this.page.waitForFunction(isThere, { name, many }, { timeout: SEEN_MAX_MS, polling: 50 });
    return this.of(name);
  }

  async of(name) {
    const found = await this.page.evaluate((name) => JSON.parse(JSON.stringify(told.filter((event) => event.name === name))), name);
    return found;
  }

  async close() {
    await this.context.close();
    assert.deepEqual(this.complaints, []);
  }
}

const RECOVERABLE = { recoverable: true, positioned: true };

const scenarios = {
  async 'live publications'(open) {
    const channel = nameOf('chat:browser');
    const [fred, wilma] = [await open(), await open()];
    await fred.start({ tokens: [mint({ sub: 'fred' })], channel, options: { ...RECOVERABLE, joinLeave: true } });
    await fred.until('subscribed');
    await wilma.start({ tokens: [mint({ sub: 'wilma' })], channel });
    await wilma.until('subscribed');
    await wilma.publish({ text: 'ä 🙂' });
    await backend.publish(channel, { text: 'two' });
    const heard = await fred.until('publication', 2);
    assert.deepEqual(heard.map(({ data }) => data), [{ text: 'ä 🙂' }, { text: 'two' }]);
    assert.equal(heard[0].info.user, 'wilma');
    assert.deepEqual(await fred.page.evaluate(() => subscription.presenceStats().then((stats) => ({ ...stats }))), { numClients: 2, numUsers: 2 });
    await wilma.context.close();
    const [{ info }] = await fred.until('leave');
    assert.equal(info.user, 'wilma');
  },
  async 'recovery of two thousand'(open) {
    const channel = nameOf('chat:browser');
    const wire = await Wire.to(settings.urls[0]);
    try {
      const page = await open();
      await page.start({ url: wire.url, tokens: [mint({ sub: 'fred' })], channel, options: RECOVERABLE });
      await page.until('subscribed');
      await backend.publishAll(channel, messages(1, 5));
      await page.until('publication', 5);
      wire.cut();
      await page.until('subscribing', 2);
      await backend.publishAll(channel, messages(6, 2005, 180));
      wire.mend();
      const [, { recovered, wasRecovering }] = await page.until('subscribed', 2);
      assert.deepEqual([wasRecovering, recovered], [true, true]);
      await backend.publishAll(channel, messages(2006, 2010));
      const heard = await page.until('publication', 2010);
      assert.deepEqual(heard.map(({ data }) => data.n), numbers(1, 2010));
    } finally {
      wire.close();
    }
  },
  async 'page that is offline for a while'(open) {
    const channel = nameOf('chat:browser');
    const page = await open();
    await page.start({ tokens: [mint({ sub: 'fred' })], channel, options: RECOVERABLE });
    await page.until('subscribed');
    await page.context.setOffline(true);
    await page.until('subscribing', 2);
    await backend.publishAll(channel, messages(1, 20));
    await page.context.setOffline(false);
    const heard = await page.until('publication', 20);
    assert.deepEqual(heard.map(({ data }) => data.n), numbers(1, 20));
  },
  async 'tokens refreshed'(open) {
    const channel = nameOf('chat:browser');
    const page = await open();
    await page.start({ tokens: [mint({ sub: 'fred', exp: inSeconds(3) }), mint({ sub: 'fred', exp: inSeconds(600) })], channel });
    await page.until('subscribed');
    await new Promise((resolve) => setTimeout(resolve, (4 + settings.grace) * 1000));
    assert.equal((await page.of('connecting')).length, 1);
    assert.equal(await page.page.evaluate(() => client.state), 'connected');
  },
  async 'subscription denied'(open) {
    const page = await open();
    await page.start({ tokens: [mint({ sub: 'fred' })], channel: nameOf('secret:browser') });
    const [{ code }] = await page.until('unsubscribed');
    assert.equal(code, 103);
  },
  async 'invalid token'(open) {
    const page = await open();
    await page.start({ tokens: [mint({ sub: 'fred' }, 'another secret')], channel: nameOf('chat:browser') });
    const [{ code }] = await page.until('disconnected');
    assert.equal(code, 3500);
  },
};

async function withPages(browser, origin, encoding, scenario) {
  const opened = [];
  const open = async () => {
    opened.push(await Page.open(browser, origin, encoding));
    return opened.at(-1);
  };
  try {
    await scenario(open);
  } finally {
    for (const page of opened) await page.close();
  }
}

if (!BROWSER) {
  console.log('skip all (there is no Chromium)');
  process.exit(0);
}
const pages = await servePages();
const browser = await chromium.launch({
  executablePath: BROWSER,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
});
let failed = 0;
for (const encoding of settings.encodings) {
  const played = Object.entries(scenarios).map(([name, scenario]) => [name, () => withPages(browser, pages.origin, encoding, scenario)]);
  failed += await play(played, ` in Chromium (${encoding})`);
}
await browser.close();
pages.close();
process.exit(Math.min(failed, 255));
