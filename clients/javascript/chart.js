// SPDX-License-Identifier: Apache-2.0
// <tideline-chart>: live series from a channel, with its history filled in.

import { Tideline } from './tideline.js';

/**
 * @import {Gap, Publication, Subscription} from './tideline.js'
 * @typedef {{at: number, values: (number|null)[]}} Point  null: nothing is drawn there
 */

const SVG = 'http://www.w3.org/2000/svg';
const HEIGHT = 160;
const MARGIN = { top: 24, right: 8, bottom: 20, left: 48 };
const GRID_LINES = 4;
const POINTS_KEPT = 300;
const STYLE = `
  :host { display: block; min-height: ${HEIGHT}px; color: var(--tideline-chart-text, CanvasText);
    font: var(--tideline-chart-font, 12px system-ui, sans-serif); }
  :host([hidden]) { display: none; }
  svg { display: block; width: 100%; height: ${HEIGHT}px; overflow: visible; }
  text { fill: currentColor; opacity: .75; }
  text.title { opacity: 1; font-weight: 600; }
  line { stroke: var(--tideline-chart-grid, color-mix(in srgb, currentColor 15%, transparent)); }
  path { fill: none; stroke-width: var(--tideline-chart-width, 1.75); stroke-linejoin: round; }
  .s0 { stroke: var(--tideline-chart-line, #0a7ea4); fill: var(--tideline-chart-line, #0a7ea4); }
  .s1 { stroke: var(--tideline-chart-line-2, #b4491f); fill: var(--tideline-chart-line-2, #b4491f); }
  .s2 { stroke: var(--tideline-chart-line-3, #4d7c0f); fill: var(--tideline-chart-line-3, #4d7c0f); }
  .s3 { stroke: var(--tideline-chart-line-4, #7c3aed); fill: var(--tideline-chart-line-4, #7c3aed); }
  path.s0, path.s1, path.s2, path.s3 { fill: none; }
  text.s0, text.s1, text.s2, text.s3 { stroke: none; opacity: 1; }
`;

// So that the module can be imported where there is no document.
const Base = globalThis.HTMLElement ?? /** @type {typeof HTMLElement} */ (class {});

/**
 * A chart of the numbers in a channel's messages.
 *
 * `channel`: which; `fields`: the names of up to four numbers in `data`, `value` unless given (a dot goes deeper;
 * where `data` is a number itself, it is taken); `last`: how many messages to begin with and to keep, 300 unless given;
 * `label`: its title; `unit`: behind the numbers; `url`: the server, if it isn't the page's.
 *
 * Set `client` to the {@link Tideline} that the page has already; else the element makes one, for which the session
 * cookie speaks. Its colours and font are the custom properties `--tideline-chart-line` (`-2` to `-4`), `-text`,
 * `-grid`, `-width` and `-font`. It puts neither styles nor scripts into the page, so a strict policy lets it be.
 */
export class TidelineChart extends Base {
  static observedAttributes = ['channel', 'fields', 'last', 'url', 'label', 'unit'];

  /** @type {?Tideline} */
  #client = null;
  /** @type {?Tideline} made by this element */
  #own = null;
  /** @type {?Subscription} */
  #subscription = null;
  /** @type {Point[]} */
  #points = [];
  #isDrawing = false;
  /** @type {?SVGSVGElement} */
  #svg = null;
  /** @type {?ResizeObserver} */
  #resizes = null;

  /** The client to subscribe with. */
  get client() {
    return this.#client ?? this.#own;
  }

  set client(client) {
    this.#client = client;
    if (this.isConnected) this.#begin();
  }

  /** What is drawn: times in milliseconds, and a value for each field. @returns {readonly Point[]} */
  get points() {
    return this.#points;
  }

  connectedCallback() {
    this.#prepare();
    this.#resizes = new ResizeObserver(() => this.#drawSoon());
    this.#resizes.observe(this);
    this.#begin();
  }

  disconnectedCallback() {
    this.#resizes?.disconnect();
    this.#end();
  }

  /** @param {string} name */
  attributeChangedCallback(name) {
    if (!this.isConnected || !this.#svg) return;
    if (name === 'label' || name === 'unit') this.#drawSoon();
    else this.#begin();
  }

  #prepare() {
    if (this.#svg) return;
    const root = this.attachShadow({ mode: 'open' });
    const style = new CSSStyleSheet();
    style.replaceSync(STYLE);
    root.adoptedStyleSheets = [style];
    this.#svg = /** @type {SVGSVGElement} */ (element('svg', { role: 'img' }));
    root.append(this.#svg);
  }

  #begin() {
    this.#end();
    const channel = this.getAttribute('channel');
    if (!channel) return this.#drawSoon();
    const url = this.getAttribute('url') ?? undefined;
    if (!this.#client) this.#own = new Tideline({ url });
    const client = /** @type {Tideline} */ (this.client);
    this.#subscription = client.subscribe(channel, {
      last: this.#kept,
      onPublication: (publication) => this.#take(publication),
      onGap: (gap) => this.#takeGap(gap),
      onState: ({ error }) => error && this.dispatchEvent(new CustomEvent('error', { detail: error })),
    });
    this.#drawSoon();
  }

  #end() {
    this.#subscription?.unsubscribe();
    this.#subscription = null;
    this.#own?.close();
    this.#own = null;
    this.#points = [];
  }

  get #kept() {
    return Math.max(1, Number(this.getAttribute('last')) || POINTS_KEPT);
  }

  get #fields() {
    return (this.getAttribute('fields') ?? 'value').split(',', 4).map((field) => field.trim());
  }

  /** @param {Publication} publication */
  #take({ time, data }) {
    const values = this.#fields.map((field) => numberAt(data, field));
    if (values.every((value) => value === null)) return;
    this.#add({ at: Date.parse(time), values });
  }

  /** A line across what is missing would claim that it is known. @param {Gap} _gap */
  #takeGap(_gap) {
    const newest = this.#points.at(-1);
    if (newest) this.#add({ at: newest.at, values: newest.values.map(() => null) });
  }

  /** @param {Point} point */
  #add(point) {
    this.#points.push(point);
    if (this.#points.length > this.#kept) this.#points.shift();
    this.#drawSoon();
  }

  #drawSoon() {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    requestAnimationFrame(() => {
      this.#isDrawing = false;
      if (this.isConnected) this.#draw();
    });
  }

  #draw() {
    const svg = /** @type {SVGSVGElement} */ (this.#svg);
    const width = Math.max(120, this.clientWidth);
    svg.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
    svg.setAttribute('aria-label', this.#description());
    const title = element('text', { class: 'title', x: 0, y: 12 }, this.#label);
    const values = this.#points.flatMap((point) => point.values).filter((value) => value !== null);
    if (values.length === 0) {
      svg.replaceChildren(title, element('text', { x: MARGIN.left, y: HEIGHT / 2 }, 'nothing yet'));
      return;
    }
    const scale = niceScale(Math.min(...values), Math.max(...values));
    const x = toRange(this.#points[0].at, this.#points[this.#points.length - 1].at, MARGIN.left, width - MARGIN.right);
    const y = toRange(scale.from, scale.to, HEIGHT - MARGIN.bottom, MARGIN.top);
    svg.replaceChildren(
      title,
      ...this.#grid(scale, y, width),
      ...this.#times(width),
      ...this.#fields.map((_, i) => element('path', { class: `s${i}`, d: pathOf(this.#points, i, x, y) })),
      ...this.#legend(width),
    );
  }

  /** @param {{from: number, to: number, step: number}} scale @param {(value: number) => number} y @param {number} width */
  #grid({ from, to, step }, y, width) {
    const unit = this.getAttribute('unit') ?? '';
    const count = Math.round((to - from) / step);
    return Array.from({ length: count + 1 }, (_, i) => from + i * step).flatMap((value) => [
      element('line', { x1: MARGIN.left, x2: width - MARGIN.right, y1: y(value), y2: y(value) }),
      element('text', { x: MARGIN.left - 6, y: y(value) + 4, 'text-anchor': 'end' }, `${Number(value.toPrecision(6))}${unit}`),
    ]);
  }

  /** @param {number} width */
  #times(width) {
    const y = HEIGHT - 4;
    const [first, last] = [this.#points[0], this.#points[this.#points.length - 1]];
    const ends = [element('text', { x: MARGIN.left, y }, clock(first.at))];
    if (last.at > first.at) {
      ends.push(element('text', { x: width - MARGIN.right, y, 'text-anchor': 'end' }, clock(last.at)));
    }
    return ends;
  }

  /** @param {number} width */
  #legend(width) {
    const fields = this.#fields;
    if (fields.length === 1) return [];
    return fields.map((field, i) =>
      element('text', { class: `s${i}`, x: width - MARGIN.right - (fields.length - 1 - i) * 80, y: 12, 'text-anchor': 'end' }, field),
    );
  }

  get #label() {
    return this.getAttribute('label') ?? this.getAttribute('channel') ?? '';
  }

  #description() {
    const newest = this.#points.findLast(({ values }) => values.some((value) => value !== null));
    if (!newest) return `${this.#label}: nothing yet`;
    const unit = this.getAttribute('unit') ?? '';
    const told = this.#fields.map((field, i) => `${field} ${newest.values[i] ?? 'unknown'}${unit}`);
    return `${this.#label}: ${told.join(', ')} at ${clock(newest.at)}`;
  }
}

/** @param {unknown} data @param {string} field @returns {?number} */
function numberAt(data, field) {
  if (typeof data === 'number') return data;
  /** @type {any} */
  let value = data;
  for (const name of field.split('.')) value = value?.[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** Steps of 1, 2 or 5 times a power of ten. @param {number} least @param {number} most */
function niceScale(least, most) {
  const span = most - least || Math.abs(most) || 1;
  const rough = span / GRID_LINES;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const from = Math.floor(least / step) * step;
  return { from, to: Math.max(from + step, Math.ceil(most / step) * step), step };
}

/** @param {number} from @param {number} to @param {number} start @param {number} end */
function toRange(from, to, start, end) {
  const span = to - from || 1;
  return (/** @type {number} */ value) => start + ((value - from) / span) * (end - start);
}

/** @param {Point[]} points @param {number} series @param {(at: number) => number} x @param {(value: number) => number} y */
function pathOf(points, series, x, y) {
  let d = '';
  let isDown = false;
  for (const { at, values } of points) {
    const value = values[series];
    if (value !== null) d += `${isDown ? 'L' : 'M'}${x(at).toFixed(1)},${y(value).toFixed(1)}`;
    isDown = value !== null;
  }
  // A lone point would not be seen.
  return /^M[^ML]*$/.test(d) ? `${d}h0.1` : d;
}

/** @param {number} at */
function clock(at) {
  return new Date(at).toLocaleTimeString([], { hourCycle: 'h23' });
}

/** @param {string} name @param {Record<string, string|number>} attributes @param {string} [text] */
function element(name, attributes, text = '') {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, `${value}`);
  made.textContent = text;
  return made;
}

if (globalThis.customElements && !customElements.get('tideline-chart')) {
  customElements.define('tideline-chart', TidelineChart);
}
