// SPDX-License-Identifier: Apache-2.0

// Judges a server with the published SDK `centrifuge`: one line for each scenario and encoding; the exit code is how many failed.
import { play } from './lib/report.js';
import { settings } from './lib/settings.js';
import { Stage } from './lib/stage.js';
import { scenarios } from './scenarios.js';

async function withStage(encoding, scenario) {
  const stage = new Stage(encoding);
  try {
    await scenario(stage);
  } finally {
    stage.close();
  }
}

let failed = 0;
for (const encoding of settings.encodings) {
  const played = Object.entries(scenarios).map(([name, scenario]) => [name, () => withStage(encoding, scenario)]);
  failed += await play(played, ` (${encoding})`);
}
process.exit(Math.min(failed, 255));
