// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import { buildSync } from 'esbuild';
import { chromium } from 'playwright-core';

import { RealServer, serverIsMissing } from './real-server.js';

const ROOT = new URL('..', import.meta.url).pathname;
const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const skip = serverIsMissing || (BROWSER ? false : 'there is no Chromium: apt-get install chromium');
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src *; frame-ancestors 'none'; require-trusted-types-for 'script'";
const SEEN_MAX_MS = 60_000;

/** React as an application would bundle it. */
function reactPage() {
  const contents = `
    import { createElement, StrictMode } from 'react';
    import { createRoot } from 'react-dom/client';
    import { Tideline } from './tideline.js';
    import { useConnection, useMessages } from './react.js';
    const { url, token } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    const client = new Tideline({ url, token });
    const List = () => {
      const { messages, state } = useMessages(client, 'react:a', { last: 5 });
      return createElement('p', null, useConnection(client).state, ' ', state, ' ', messages.map(({ data }) => data).join());
    };
    createRoot(document.body).render(createElement(StrictMode, null, createElement(List), createElement(List)));`;
  const options = { bundle: true, write: false, format: 'esm', define: { 'process.env.NODE_ENV': '"development"' } };
  return buildSync({ ...options, stdin: { contents, resolveDir: ROOT, loader: 'js' } }).outputFiles[0].text;
}

describe('in Chromium', { skip }, () => {
  let pages;
  let allowed;
  let refusing;
  let browser;
  let context;
  let page;
  let complaints;

  before(async () => {
    const react = reactPage();
    pages = createServer(({ url }, response) => {
      const path = url.split('?')[0];
      const script = path === '/react-page.js' ? react : path.endsWith('.js') && readFileSync(`${ROOT}${path}`, 'utf8');
      const body = script || `<!doctype html><meta charset="utf-8"><title>page</title><link rel="icon" href="data:,"><body>${
        path === '/react' ? '<script type="module" src="/react-page.js"></script>' : '<script type="module" src="/chart.js"></script>'}</body>`;
      response.writeHead(200, { 'Content-Type': script ? 'text/javascript' : 'text/html', 'Content-Security-Policy': POLICY });
      response.end(body);
    });
    await new Promise((resolve) => pages.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${pages.address().port}`;
    [allowed, refusing] = await Promise.all([
      new RealServer({ 'tideline.origins': origin }).start(),
      new RealServer({ 'tideline.origins': 'https://elsewhere.example.com' }).start(),
    ]);
    browser = await chromium.launch({
      executablePath: BROWSER,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    });
  });
  after(async () => {
    await browser?.close();
    await Promise.all([allowed?.close(), refusing?.close()]);
    pages?.close();
  });
  beforeEach(async () => {
    context = await browser.newContext();
    page = await context.newPage();
    complaints = [];
    page.on('pageerror', (error) => complaints.push(`${error}`));
    page.on('console', (told) => /Content Security|Trusted/i.test(told.text()) && complaints.push(told.text()));
  });
  afterEach(async () => {
    await context.close();
    assert.deepEqual(complaints, []);
  });

  const open = (path = '/', host = '127.0.0.1') => page.goto(`http://${host}:${pages.address().port}${path}`);
  const until = (condition, argument) => page.waitForFunction(condition, argument, { timeout: SEEN_MAX_MS, polling: 50 });

  /** A client in the page, whose states, data and holes are noted. */
  async function follow(server, channel, options = {}) {
    await page.evaluate(async ({ url, token, channel, options }) => {
      const { Tideline } = await import('/tideline.js');
      globalThis.states = [];
      globalThis.data = [];
      globalThis.client = new Tideline({ url, token, ...options, onState: (state) => states.push({ ...state, code: state.error?.code, message: state.error?.message }) });
      globalThis.subscription = client.subscribe(channel, { after: 'earliest', onPublication: (publication) => data.push(publication.data) });
    }, { url: server.url, token: server.token, channel, options });
  }

  async function publish(server, channel, ...all) {
    for (const data of all) {
      const headers = { Authorization: `Bearer ${server.token}`, 'Content-Type': 'application/json' };
      const answer = await fetch(`${server.url}/v1/channels/${channel}/messages`, { method: 'POST', headers, body: JSON.stringify(data) });
      assert.equal(answer.status, 201);
    }
  }

  for (const transport of ['websocket', 'sse', 'long-poll']) {
    test(`a page of another origin that is allowed gets its messages over ${transport}`, async () => {
      await publish(allowed, `other:${transport}`, 1, 2);
      await open();
      await follow(allowed, `other:${transport}`, { transport });
      await until(() => data.length === 2);
      assert.equal(await page.evaluate(() => client.state.transport), transport);
    });

    test(`a refused origin is told apart from silence over ${transport}`, async () => {
      // Another host of this machine: in the first run pages of localhost itself may connect.
      await open('/', 'refused.localhost');
      await follow(refusing, 'refused:a', { transport, limits: { connectMs: 2_000 } });
      await until(() => states.some(({ code }) => code === 'origin-refused'));
      const told = await page.evaluate(() => states.find(({ code }) => code === 'origin-refused'));
      assert.match(told.message, /tideline\.origins/);
      assert.equal(told.state, 'waiting');
      const silent = await page.evaluate(async ({ transport }) => {
        const { Tideline } = await import('/tideline.js');
        const codes = [];
        const other = new Tideline({ url: 'http://127.0.0.1:9', token: 'x', transport, onState: ({ error }) => error && codes.push(error.code) });
        other.subscribe('c');
        while (codes.length < 3) await new Promise((resolve) => setTimeout(resolve, 50));
        other.close();
        return codes;
      }, { transport });
      assert.ok(silent.every((code) => code === 'unreachable'), `${silent}`);
    });

    test(`the network being away is waited out over ${transport}`, async () => {
      const channel = `offline:${transport}`;
      await publish(allowed, channel, 1);
      await open();
      await follow(allowed, channel, { transport, limits: { idleMs: 500, pongMs: 500, streamSilenceMs: 2_000 } });
      await until(() => data.length === 1);
      await context.setOffline(true);
      await publish(allowed, channel, 2);
      await context.setOffline(false);
      await until(() => data.length === 2);
    });

    test(`a page that was left and comes back from the back/forward cache goes on over ${transport}`, async () => {
      const channel = `cached:${transport}`;
      await publish(allowed, channel, 1);
      await open();
      await follow(allowed, channel, { transport });
      await until(() => data.length === 1);
      await page.evaluate(() => {
        globalThis.shown = [];
        addEventListener('pageshow', ({ persisted }) => shown.push(persisted));
      });
      await open('/?another');
      await publish(allowed, channel, 2);
      await page.goBack({ waitUntil: 'commit' });
      await until(() => globalThis.shown?.[0] === true && data.length === 2);
      assert.ok(await page.evaluate(() => states.some(({ message }) => message === 'the page was left')));
    });

    test(`a frozen page goes on when it is thawed over ${transport}`, async () => {
      const channel = `frozen:${transport}`;
      await publish(allowed, channel, 1);
      await open();
      await follow(allowed, channel, { transport });
      await until(() => data.length === 1);
      const tools = await context.newCDPSession(page);
      await tools.send('Page.setWebLifecycleState', { state: 'frozen' });
      await publish(allowed, channel, 2);
      await tools.send('Page.setWebLifecycleState', { state: 'active' });
      await until(() => data.length === 2);
    });
  }

  test('a position is kept over a reload', async () => {
    await publish(allowed, 'kept:a', 1, 2);
    const visit = async (last) => {
      await page.evaluate(async ({ url, token }) => {
        const [{ Tideline }, { subscribeKept }] = await Promise.all([import('/tideline.js'), import('/kept.js')]);
        globalThis.data = [];
        subscribeKept(new Tideline({ url, token }), 'kept:a', { after: 'earliest', onPublication: (publication) => data.push(publication.data) });
      }, { url: allowed.url, token: allowed.token });
      await until((wanted) => data.at(-1) === wanted, last);
      return page.evaluate(() => data);
    };
    await open();
    assert.deepEqual(await visit(2), [1, 2]);
    // Else this page would get it too.
    await page.goto('about:blank');
    await publish(allowed, 'kept:a', 3);
    await open();
    assert.deepEqual(await visit(3), [3]);
  });

  test('React components that use one channel share its subscription, also in strict mode', async () => {
    await publish(allowed, 'react:a', 1, 2);
    await open(`/react#${new URLSearchParams({ url: allowed.url, token: allowed.token })}`);
    const shows = (text) => until((wanted) => [...document.querySelectorAll('p')].filter((each) => each.textContent === wanted).length === 2, text);
    await shows('connected subscribed 1,2');
    await publish(allowed, 'react:a', 3);
    await shows('connected subscribed 1,2,3');
  });

  test('<tideline-chart> draws history and what comes, under a strict policy, in the colours of the page', async () => {
    await publish(allowed, 'chart:a', { cpu: 1, load: 2 }, { cpu: 3, load: 2.5 });
    await open();
    await page.evaluate(async ({ url, token }) => {
      const { Tideline } = await import('/tideline.js');
      const chart = document.createElement('tideline-chart');
      chart.setAttribute('channel', 'chart:a');
      chart.setAttribute('fields', 'cpu, load');
      chart.setAttribute('label', 'Machine');
      chart.style.setProperty('--tideline-chart-line', 'rgb(1, 2, 3)');
      chart.client = new Tideline({ url, token });
      document.body.append(chart);
      globalThis.chart = chart;
    }, { url: allowed.url, token: allowed.token });
    const path = () => document.querySelector('tideline-chart').shadowRoot.querySelector('path.s0');
    await until(() => chart.points.length === 2 && /M.*L/.test(chart.shadowRoot.querySelector('path.s0')?.getAttribute('d')));
    assert.equal(await page.evaluate(`getComputedStyle((${path})()).stroke`), 'rgb(1, 2, 3)');
    await publish(allowed, 'chart:a', { cpu: 'nothing' }, { cpu: 9, load: 1 });
    await until(() => chart.points.length === 3 && /Machine: cpu 9, load 1 at/.test(chart.shadowRoot.querySelector('svg').getAttribute('aria-label')));
    await page.evaluate(() => chart.remove());
    assert.equal(await page.evaluate(() => chart.client.subscriptions.length), 0);
  });
});
