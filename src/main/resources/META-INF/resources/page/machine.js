// SPDX-License-Identifier: Apache-2.0
import { Chart, Series } from './chart.js';
import { Ledger } from './ledger.js';

const SPAN_MS = 5 * 60_000;
/** What is asked for at first, and kept: a figure a second. */
const FIGURES = 300;

const percent = (share) => `${Math.round(share * 100)} %`;
const decimal = (value) => value.toFixed(value < 10 ? 1 : 0);
const most = (points, ...names) => Math.max(0, ...points.flatMap((point) => names.map((name) => point[name])));

function bytes(count) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(count) / 10));
  const value = count / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

/** What is drawn, from the fields of `examples/MachineFigures.java`. */
const CHARTS = {
  cpu: {
    names: ['cpu'],
    format: percent,
    ceiling: () => 1,
    now: ({ cpu, cpus }) => `${percent(cpu)} of ${cpus}`,
  },
  load: {
    names: ['load'],
    format: decimal,
    ceiling: (points) => Math.max(most(points, 'load') * 1.1, points.at(-1)?.cpus ?? 1),
    now: ({ load }) => load.toFixed(2),
  },
  memory: {
    names: ['memoryUsedBytes'],
    format: bytes,
    ceiling: (points) => points.at(-1)?.memoryTotalBytes ?? 1,
    now: ({ memoryUsedBytes, memoryTotalBytes }) => `${bytes(memoryUsedBytes)} of ${bytes(memoryTotalBytes)}`,
  },
  network: {
    names: ['receivedBytesPerSecond', 'sentBytesPerSecond'],
    format: bytes,
    ceiling: (points) => Math.max(most(points, 'receivedBytesPerSecond', 'sentBytesPerSecond') * 1.1, 1024),
    now: ({ receivedBytesPerSecond, sentBytesPerSecond }) =>
      `${bytes(receivedBytesPerSecond)}/s in, ${bytes(sentBytesPerSecond)}/s out`,
  },
};

/** One machine: its subscription, the books that prove it whole, and its charts. */
export class Machine {
  #charts;
  #series = new Series(FIGURES);
  #subscription;
  ledger = new Ledger();
  /** Of the last message, from the server's clock to this one's. @type {?number} */
  delayMs = null;

  /** @param {import('../tideline.js').Tideline} client */
  constructor(client, channel, onChange) {
    this.#charts = Object.entries(CHARTS).map(([id, { names, format, ceiling }]) => {
      const canvas = document.getElementById(id);
      return new Chart({ canvas, series: this.#series, names, format, ceiling, spanMs: SPAN_MS });
    });
    this.#subscription = client.subscribe(channel, {
      last: FIGURES,
      onPublication: (publication) => {
        this.#take(publication);
        onChange();
      },
      onGap: (gap) => {
        this.ledger.gap(gap);
        this.#series.addGap(gap.from === null ? 'new epoch' : `gap ${gap.from}–${gap.to}`);
        onChange();
      },
      onState: onChange,
    });
  }

  get subscription() {
    return this.#subscription;
  }

  draw() {
    for (const chart of this.#charts) chart.draw();
    const last = this.#series.points.at(-1);
    if (!last) return;
    for (const [id, { now }] of Object.entries(CHARTS)) document.getElementById(`${id}-now`).textContent = now(last);
  }

  /** For those who don't see the charts. */
  describe() {
    const last = this.#series.points.at(-1);
    if (!last) return;
    for (const [id, { now }] of Object.entries(CHARTS)) {
      document.getElementById(id).setAttribute('aria-label', `${id} over five minutes, now ${now(last)}`);
    }
  }

  #take(publication) {
    this.ledger.publication(publication);
    this.delayMs = Date.now() - Date.parse(publication.time);
    const at = Date.parse(publication.data?.at);
    if (!Number.isNaN(at)) this.#series.add({ ...publication.data, at });
  }
}
