// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';

const env = process.env;

/** Names of scenarios, from a list that is separated by commas. */
const names = (list) => new Set((list ?? '').split(',').filter(Boolean));

const differences = JSON.parse(readFileSync(new URL('../../differences.json', import.meta.url), 'utf8'));

/** Whether the server differs so from the reference, as `differences.json` lists it. */
export function differs(how) {
  if (!(how in differences)) throw new Error(`differences.json doesn't list "${how}"`);
  return settings.server === 'tideline';
}

/** What the caller says of the server that is judged; every judge reads the same variables (see the README). */
export const settings = {
  /** WebSocket addresses of the nodes, without a query. */
  urls: (env.CENTRIFUGE_URL ?? 'ws://127.0.0.1:7600/connection/websocket').split(','),
  /** Base of the HTTP interface through which the backend publishes. */
  http: env.CENTRIFUGE_HTTP ?? 'http://127.0.0.1:7600',
  /** HS256 secret of connection and subscription tokens. */
  secret: env.CENTRIFUGE_SECRET ?? 'secret',
  /** Claims that every token gets beside those of the scenario. */
  claims: JSON.parse(env.CENTRIFUGE_CLAIMS ?? '{}'),
  /** Which server is judged: `reference` or `tideline`. */
  server: env.CENTRIFUGE_SERVER ?? 'reference',
  /** How the backend publishes: `api` is Centrifugo's server API, `tideline` is `POST /v1/messages`. */
  backend: env.CENTRIFUGE_BACKEND ?? 'api',
  /** Key of the server API; without it, what only that can do is skipped. */
  apiKey: env.CENTRIFUGE_API_KEY ?? (env.CENTRIFUGE_BACKEND === 'tideline' ? null : 'test-api-key'),
  /** Bearer token with which the backend publishes to Tideline. */
  bearer: env.CENTRIFUGE_BEARER ?? '',
  /** Shell command that kills the first node by SIGKILL and starts it again; it ends when the node is ready. */
  restart: env.CENTRIFUGE_RESTART,
  /** Shell command that ends the first node by SIGTERM and starts it again; it ends when the node is ready. */
  drain: env.CENTRIFUGE_DRAIN,
  /** Whether what was published survives both. */
  durable: env.CENTRIFUGE_DURABLE === 'true',
  /** Whether a slow reader is waited for, not cut. */
  patient: env.CENTRIFUGE_PATIENT === 'true',
  /** Seconds between the server's pings. */
  ping: Number(env.CENTRIFUGE_PING ?? 2),
  /** Seconds that an expired connection or subscription may take to refresh, as the server is configured, at most. */
  grace: Number(env.CENTRIFUGE_GRACE ?? 5),
  /** Seconds until a connection without a connect command is closed, at most. */
  stale: Number(env.CENTRIFUGE_STALE ?? 5),
  /** Port of the pages that a browser opens. */
  pagePort: Number(env.CENTRIFUGE_PAGE_PORT ?? 0),
  encodings: (env.CENTRIFUGE_ENCODING ?? 'json,protobuf').split(','),
  skip: names(env.CENTRIFUGE_SKIP),
  only: names(env.CENTRIFUGE_ONLY),
};
