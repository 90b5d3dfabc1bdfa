// SPDX-License-Identifier: Apache-2.0
// Makes what the package has beside its sources: types, CommonJS, and a file for a script tag.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

import { build } from 'esbuild';

const HERE = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
const PARTS = ['tideline', 'chart', 'kept', 'messages', 'outbox', 'react', 'vue'];
const GZIP_BYTES_MAX = 8 * 1024;
/** Names that the parts of the client use among themselves; an application never sees them. */
const INTERNAL =
  /^(takePresence|takeGap|takePage|standsAt|interrupted|wantsPresence|blamesToken|decline|accepts|isNew|watches|onReply|comeBack|cost|forget|slots|ahead)$/;

process.chdir(HERE);
rmSync('dist', { recursive: true, force: true });

// Each imports the client from beside it, so that there is one Tideline however it was come by.
const toCommonJs = {
  name: 'siblings',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\/tideline\.js$/ }, () => ({ path: './tideline.cjs', external: true })),
};
for (const part of PARTS) {
  await build({
    entryPoints: [`${part}.js`],
    outfile: `dist/${part}.cjs`,
    format: 'cjs',
    bundle: true,
    packages: 'external',
    target: 'es2022',
    plugins: part === 'tideline' ? [] : [toCommonJs],
  });
}

const shared = { bundle: true, minify: true, target: 'es2022', mangleProps: INTERNAL };
await build({ ...shared, entryPoints: ['tideline.js'], outfile: 'dist/tideline.global.js', format: 'iife', globalName: 'tideline' });
await build({ ...shared, entryPoints: ['tideline.js'], outfile: 'dist/tideline.min.js', format: 'esm' });

execFileSync('node', ['node_modules/typescript/bin/tsc', '-p', '.'], { stdio: 'inherit' });
for (const file of readdirSync('dist').filter((name) => name.endsWith('.d.ts'))) {
  const types = readFileSync(`dist/${file}`, 'utf8').replaceAll(/(['"])(\.\/\w+)\.js\1/g, '$1$2.cjs$1');
  writeFileSync(`dist/${file.replace('.d.ts', '.d.cts')}`, types);
}

// It stands at the root of the repository, and belongs into the package.
if (existsSync('../../LICENSE')) copyFileSync('../../LICENSE', 'LICENSE');

const bytes = gzipSync(readFileSync('dist/tideline.min.js'), { level: 9 }).length;
console.log(`dist/tideline.min.js: ${bytes} bytes with gzip`);
if (bytes > GZIP_BYTES_MAX) throw new Error(`the client is larger than ${GZIP_BYTES_MAX} bytes with gzip`);
