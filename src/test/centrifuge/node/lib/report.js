// SPDX-License-Identifier: Apache-2.0
import { settings } from './settings.js';

const SCENARIO_MAX_MS = 120_000;

/** Says that a scenario can't be played here, and why. */
export class Skipped extends Error {}

export function skipUnless(condition, reason) {
  if (!condition) throw new Skipped(reason);
}

function limited(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over after ${SCENARIO_MAX_MS} ms`)), SCENARIO_MAX_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/**
 * Plays the scenarios, a name and a function each, one after the other, and prints a line for each. A name may be skipped or
 * chosen with its encoding or without.
 * @returns {Promise<number>} how many failed
 */
export async function play(scenarios, suffix = '') {
  let failed = 0;
  for (const [name, run] of scenarios) {
    const full = `${name}${suffix}`;
    if (settings.only.size && !settings.only.has(name) && !settings.only.has(full)) continue;
    if (settings.skip.has(name) || settings.skip.has(full)) {
      console.log(`skip ${full} (by CENTRIFUGE_SKIP)`);
      continue;
    }
    try {
      await limited(run());
      console.log(`ok ${full}`);
    } catch (error) {
      if (error instanceof Skipped) {
        console.log(`skip ${full} (${error.message})`);
        continue;
      }
      failed++;
      console.log(`FAIL ${full} ${`${error.message ?? JSON.stringify(error)}`.replace(/\s+/g, ' ').slice(0, 1000)}`);
      if (process.env.CENTRIFUGE_TRACE) console.log(error.stack);
    }
  }
  return failed;
}
