// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';

const ROOT = new URL('..', import.meta.url).pathname;
const PARTS = ['', '/kept', '/messages', '/outbox', '/react', '/vue', '/chart'];
let project;

const run = (file, ...args) => execFileSync(file, args, { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

before(() => {
  project = mkdtempSync(join(tmpdir(), 'tideline-consumer-'));
  const packed = execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', project], { cwd: ROOT, encoding: 'utf8' });
  const installed = join(project, 'node_modules/@tideline/client');
  mkdirSync(installed, { recursive: true });
  run('tar', 'xzf', packed.trim().split('\n').at(-1), '-C', installed, '--strip-components=1');
  for (const name of ['react', 'vue', 'ws', '@types', 'csstype', '@vue', 'undici-types']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
  }
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
});
after(() => rmSync(project, { recursive: true, force: true }));

test('it has its licence, and no dependencies', () => {
  const installed = join(project, 'node_modules/@tideline/client');
  assert.match(readFileSync(join(installed, 'LICENSE'), 'utf8'), /Apache License/);
  const { name, dependencies, sideEffects } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  assert.deepEqual([name, dependencies], ['@tideline/client', undefined]);
  assert.ok(!sideEffects.includes('./tideline.js'));
});

test('each part can be imported and required, with one Tideline among them', () => {
  writeFileSync(join(project, 'all.mjs'), `${PARTS.map((part) => `await import('@tideline/client${part}');`).join('\n')}
    import { Tideline } from '@tideline/client'; console.log(typeof Tideline);`);
  writeFileSync(join(project, 'all.cjs'), `${PARTS.map((part) => `require('@tideline/client${part}');`).join('\n')}
    const { Tideline, TidelineError } = require('@tideline/client'); const { Outbox } = require('@tideline/client/outbox');
    new Outbox(new Tideline({ url: 'http://127.0.0.1:9' }), { max: 0 }).publish('c', 1).catch((error) =>
      console.log(typeof Tideline, error instanceof TidelineError));`);
  assert.equal(run(process.execPath, 'all.mjs'), 'function\n');
  assert.equal(run(process.execPath, 'all.cjs'), 'function true\n');
});

test('its types hold under strict, for ESM, CommonJS and bundlers', () => {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const strict = ['--strict', '--noEmit', '--target', 'es2022', '--lib', 'es2023,dom,dom.iterable', '--types', 'node', '--skipLibCheck', 'false'];
  const check = (file, module, resolution) => {
    copyFileSync(join(ROOT, 'test/consumer.ts'), join(project, file));
    run(process.execPath, tsc, ...strict, '--module', module, '--moduleResolution', resolution, '--esModuleInterop', file);
  };
  check('consumer.ts', 'nodenext', 'nodenext');
  check('consumer.ts', 'esnext', 'bundler');
  check('consumer.cts', 'nodenext', 'nodenext');
});

test('a script tag gets it as a global', () => {
  const context = createContext({ URL, EventTarget, AbortController, Event, fetch, setTimeout, clearTimeout });
  runInContext(readFileSync(join(ROOT, 'dist/tideline.global.js'), 'utf8'), context);
  assert.equal(runInContext(`new tideline.Tideline({ url: 'https://example.com' }).state.state`, context), 'idle');
});

test('it is small: 8 KiB minified and with gzip', () => {
  assert.ok(gzipSync(readFileSync(join(ROOT, 'dist/tideline.min.js')), { level: 9 }).length <= 8 * 1024);
});

test('the lock file names no place to download from', () => {
  assert.doesNotMatch(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'), /"resolved"|https?:\/\/registry/);
});
