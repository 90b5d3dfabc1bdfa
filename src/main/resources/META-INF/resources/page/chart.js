// SPDX-License-Identifier: Apache-2.0

const MARGIN = { left: 60, right: 8, top: 8, bottom: 20 };
const TICK_MS = 60_000;
/** A figure a second: where three are absent, the line is broken. */
const PAUSE_MS = 3_500;
const PAUSE_LABEL_PIXELS = 130;

/** The figures of one machine by time, bounded, with the gaps that were told between them. */
export class Series {
  #pointsMax;
  #receivedAt = 0;
  /** @type {{at: number, [name: string]: number}[]} */
  points = [];
  /** @type {{from: number, to: ?number, label: string}[]} in time; `to` is null until the next point comes */
  gaps = [];

  constructor(pointsMax) {
    this.#pointsMax = pointsMax;
  }

  add(point) {
    this.points.push(point);
    if (this.points.length > this.#pointsMax) this.points.shift();
    const open = this.gaps.at(-1);
    if (open && open.to === null) open.to = point.at;
    this.gaps = this.gaps.filter(({ to }) => to === null || to >= this.points[0].at);
    this.#receivedAt = performance.now();
  }

  addGap(label) {
    const from = this.points.at(-1)?.at;
    if (from === undefined) return;
    const open = this.gaps.at(-1);
    if (open && open.to === null) open.label = `${open.label}, ${label}`;
    else this.gaps.push({ from, to: null, label });
  }

  /** The machine's time now, told from its last figure: the viewer's clock may be another. */
  get now() {
    const last = this.points.at(-1);
    return last ? last.at + performance.now() - this.#receivedAt : Date.now();
  }
}

/** One or two lines over time on a canvas. */
export class Chart {
  #canvas;
  #series;
  #names;
  #format;
  #ceiling;
  #spanMs;

  /**
   * @param {{canvas: HTMLCanvasElement, series: Series, names: string[], spanMs: number, title: string,
   *   format: (value: number) => string, ceiling: (points: object[]) => number}} options
   */
  constructor({ canvas, series, names, spanMs, format, ceiling }) {
    this.#canvas = canvas;
    this.#series = series;
    this.#names = names;
    this.#format = format;
    this.#ceiling = ceiling;
    this.#spanMs = spanMs;
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (width === 0) return;
    const ratio = globalThis.devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    const pen = this.#canvas.getContext('2d');
    pen.scale(ratio, ratio);
    const colours = getComputedStyle(this.#canvas);
    const colour = (name) => colours.getPropertyValue(`--${name}`).trim();
    pen.font = '11px system-ui, sans-serif';

    const end = this.#series.now;
    const begin = end - this.#spanMs;
    const points = this.#series.points.filter(({ at }) => at >= begin - PAUSE_MS);
    const ceiling = this.#ceiling(points);
    const innerWidth = width - MARGIN.left - MARGIN.right;
    const innerHeight = height - MARGIN.top - MARGIN.bottom;
    const x = (at) => MARGIN.left + ((at - begin) / this.#spanMs) * innerWidth;
    const y = (value) => MARGIN.top + (1 - Math.min(1, value / ceiling)) * innerHeight;

    this.#drawGrid(pen, { begin, end, ceiling, width, height, x, y, colour });
    pen.save();
    pen.beginPath();
    pen.rect(MARGIN.left, 0, innerWidth, height);
    pen.clip();
    this.#drawGaps(pen, { end, height, x, colour });
    drawPauses(pen, { points, x, level: y(0) - 4, colour: colour('quiet') });
    this.#names.forEach((name, index) =>
      drawLine(pen, { points, name, x, y, colour: colour(index === 0 ? 'accent' : 'second'), filled: this.#names.length === 1 }),
    );
    pen.restore();
  }

  #drawGrid(pen, { begin, end, ceiling, width, height, x, y, colour }) {
    pen.strokeStyle = colour('line');
    pen.fillStyle = colour('quiet');
    pen.lineWidth = 1;
    pen.textAlign = 'right';
    pen.textBaseline = 'middle';
    for (const part of [0, 0.5, 1]) {
      const level = Math.round(y(ceiling * part)) + 0.5;
      line(pen, MARGIN.left, level, width - MARGIN.right, level);
      pen.fillText(this.#format(ceiling * part), MARGIN.left - 6, level);
    }
    pen.textAlign = 'center';
    pen.textBaseline = 'bottom';
    for (let at = Math.ceil(begin / TICK_MS) * TICK_MS; at <= end; at += TICK_MS) {
      const place = Math.round(x(at)) + 0.5;
      line(pen, place, MARGIN.top, place, height - MARGIN.bottom);
      if (place > MARGIN.left + 14 && place < width - MARGIN.right - 14) pen.fillText(clock(at), place, height - 3);
    }
  }

  #drawGaps(pen, { end, height, x, colour }) {
    for (const { from, to, label } of this.#series.gaps) {
      const left = x(from);
      const right = Math.max(left + 2, x(to ?? end));
      pen.fillStyle = colour('gap');
      pen.fillRect(left, MARGIN.top, right - left, height - MARGIN.top - MARGIN.bottom);
      pen.fillStyle = colour('bad');
      pen.textAlign = 'left';
      pen.textBaseline = 'top';
      pen.fillText(label, left + 4, MARGIN.top + 3);
    }
  }
}

function drawLine(pen, { points, name, x, y, colour, filled }) {
  for (const run of runs(points)) {
    pen.beginPath();
    for (const point of run) pen.lineTo(x(point.at), y(point[name]));
    if (run.length === 1) pen.lineTo(x(run[0].at) + 1, y(run[0][name]));
    pen.strokeStyle = colour;
    pen.lineWidth = 1.6;
    pen.lineJoin = 'round';
    pen.stroke();
    if (!filled) continue;
    pen.lineTo(x(run.at(-1).at), y(0));
    pen.lineTo(x(run[0].at), y(0));
    pen.globalAlpha = 0.12;
    pen.fillStyle = colour;
    pen.fill();
    pen.globalAlpha = 1;
  }
}

/** Where the line is broken and no gap was told, the machine was silent. */
function drawPauses(pen, { points, x, level, colour }) {
  pen.fillStyle = colour;
  pen.textAlign = 'center';
  pen.textBaseline = 'bottom';
  const all = runs(points);
  for (let i = 1; i < all.length; i++) {
    const from = x(all[i - 1].at(-1).at);
    const to = x(all[i][0].at);
    if (to - from > PAUSE_LABEL_PIXELS) pen.fillText('nothing was published', (from + to) / 2, level);
  }
}

function runs(points) {
  const all = [];
  for (const point of points) {
    const last = all.at(-1);
    if (last && point.at - last.at(-1).at <= PAUSE_MS) last.push(point);
    else all.push([point]);
  }
  return all;
}

function line(pen, fromX, fromY, toX, toY) {
  pen.beginPath();
  pen.moveTo(fromX, fromY);
  pen.lineTo(toX, toY);
  pen.stroke();
}

function clock(at) {
  return new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}
