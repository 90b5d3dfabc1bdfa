// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const JAR = process.env.TIDELINE_JAR ?? new URL('../../../target/quarkus-app/quarkus-run.jar', import.meta.url).pathname;
const START_MAX_MS = 120_000;
const ANSWER_MAX_MS = 2_000;

/** Why the tests against the real server can't run here; false if they can. */
export const serverIsMissing = existsSync(JAR)
  ? false
  : `${JAR} is missing: build it with ./mvnw package -DskipTests, or name it in TIDELINE_JAR`;

/** The packaged application in a process of its own, with a database and a key of its own. It may be killed and started again. */
export class RealServer {
  #directory = mkdtempSync(join(tmpdir(), 'tideline-client-'));
  #process = null;
  #settings;
  port = 0;

  /** @param {Record<string, string>} settings */
  constructor(settings = {}) {
    this.#settings = settings;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  get token() {
    return readFileSync(join(this.#directory, 'admin.token'), 'utf8').trim();
  }

  async start() {
    this.port ||= await freePort();
    const log = openSync(join(this.#directory, 'server.log'), 'a');
    const properties = { ...this.#settings, 'quarkus.http.port': this.port, 'tideline.data-dir': this.#directory };
    const options = Object.entries(properties).map(([name, value]) => `-D${name}=${value}`);
    this.#process = spawn('java', ['-Xmx256m', ...options, '-jar', JAR], { stdio: ['ignore', log, log], cwd: this.#directory });
    closeSync(log);
    const deadline = Date.now() + START_MAX_MS;
    while (!(await this.#isReady())) {
      if (Date.now() > deadline || this.#process.exitCode !== null) throw new Error(readFileSync(join(this.#directory, 'server.log'), 'utf8'));
      await sleep(200);
    }
    return this;
  }

  async #isReady() {
    try {
      return (await fetch(`${this.url}/q/health/ready`, { signal: AbortSignal.timeout(ANSWER_MAX_MS) })).ok;
    } catch {
      return false;
    }
  }

  /** As `kill -9`. */
  kill() {
    return this.#end('SIGKILL');
  }

  async close() {
    await this.#end('SIGTERM');
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #end(signal) {
    const process = this.#process;
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    const ended = new Promise((resolve) => process.once('exit', resolve));
    process.kill(signal);
    await ended;
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
