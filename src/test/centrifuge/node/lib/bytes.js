// SPDX-License-Identifier: Apache-2.0
import WebSocket from 'ws';

import { settings } from './settings.js';

const ANSWER_MAX_MS = 10_000;

function varint(number) {
  const bytes = [];
  for (let rest = number; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

/** A field with bytes or a text, as Protobuf has it. */
export function field(number, content) {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

/** A command with an id and one request, after its length. */
export function command(id, number, request) {
  const message = Buffer.concat([Buffer.from([0x08]), varint(id), field(number, request)]);
  return Buffer.concat([varint(message.length), message]);
}

/** A connection that speaks the protocol in Protobuf byte by byte. */
export class Bytes {
  frames = [];

  static async open(protocols = ['centrifuge-protobuf'], query = '') {
    const bytes = new Bytes();
    bytes.socket = new WebSocket(`${settings.urls[0]}${query}`, protocols, { perMessageDeflate: false });
    bytes.closed = new Promise((resolve) => bytes.socket.on('close', (code, reason) => resolve({ code, reason: `${reason}` })));
    bytes.socket.on('message', (data, isBinary) => bytes.frames.push({ data, isBinary }));
    await new Promise((resolve, reject) => bytes.socket.on('open', resolve).on('error', reject));
    return bytes;
  }

  /** Replies, each without its length, in order, as soon as there are so many; all frames must be binary. */
  async replies(many) {
    for (const deadline = Date.now() + ANSWER_MAX_MS; ;) {
      const found = this.frames.flatMap(({ data }) => split(data));
      if (found.length >= many) {
        if (this.frames.some(({ isBinary }) => !isBinary)) throw new Error('a frame is text');
        return found;
      }
      if (Date.now() > deadline) throw new Error(`there are ${found.length} replies, not ${many}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  close() {
    this.socket.terminate();
  }
}

function split(frame) {
  const messages = [];
  for (let at = 0; at < frame.length;) {
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = frame[at++];
      length += (byte & 127) << shift;
      if (byte < 128) break;
    }
    messages.push(frame.subarray(at, at + length));
    at += length;
  }
  return messages;
}
