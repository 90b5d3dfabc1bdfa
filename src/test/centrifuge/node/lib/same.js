// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util';

/** What a frame may have at a place; everything else there must be equal. */
export class Rule {
  constructor(description, holds, isOptional = false) {
    Object.assign(this, { description, holds, isOptional });
  }
}

export const text = new Rule('a string that is not empty', (value) => typeof value === 'string' && value !== '');
export const uuid = new Rule('a UUID', (value) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value));
export const between = (min, max) => new Rule(`a whole number from ${min} to ${max}`, (value) => Number.isInteger(value) && value >= min && value <= max);
export const optional = (rule) => new Rule(`${rule.description}, or nothing`, rule.holds, true);

/** A text that begins so. */
export const beginning = (start) => new Rule(`a string that begins with "${start}"`, (value) => typeof value === 'string' && value.startsWith(start));

/** Where the frame isn't as expected: members by name, whatever their order; none may be missing or added. */
export function differences(actual, expected, path = '$') {
  if (expected instanceof Rule) return expected.holds(actual) ? [] : [`${path} is ${JSON.stringify(actual)}, not ${expected.description}`];
  if (expected === null || typeof expected !== 'object' || actual === null || typeof actual !== 'object') {
    return isDeepStrictEqual(actual, expected) ? [] : [`${path} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`];
  }
  if (Array.isArray(actual) !== Array.isArray(expected)) return [`${path} is ${JSON.stringify(actual)}`];
  const added = Object.keys(actual).filter((key) => !(key in expected)).map((key) => `${path}.${key} is ${JSON.stringify(actual[key])}, not absent`);
  const others = Object.entries(expected).flatMap(([key, value]) => {
    if (key in actual) return differences(actual[key], value, `${path}.${key}`);
    return value instanceof Rule && value.isOptional ? [] : [`${path}.${key} is absent`];
  });
  return [...added, ...others];
}

export function assertSame(actual, expected) {
  const found = differences(actual, expected);
  if (found.length > 0) throw new Error(`${found.join('; ')} in ${JSON.stringify(actual).slice(0, 400)}`);
}
