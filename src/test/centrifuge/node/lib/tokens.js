// SPDX-License-Identifier: Apache-2.0
import { createHmac } from 'node:crypto';

import { settings } from './settings.js';

const base64url = (value) => Buffer.from(value).toString('base64url');

/** A token with these claims, signed with HS256 (RFC 7519). */
export function mint(claims, secret = settings.secret) {
  const signed = `${base64url('{"alg":"HS256","typ":"JWT"}')}.${base64url(JSON.stringify({ ...settings.claims, ...claims }))}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** The time in so many seconds, as a claim has it. */
export const inSeconds = (seconds) => Math.floor(Date.now() / 1000) + seconds;
