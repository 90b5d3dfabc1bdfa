// SPDX-License-Identifier: Apache-2.0
import { connect, createServer } from 'node:net';

/** A stretch of wire before a node, which can be cut and mended. */
export class Wire {
  #connections = new Set();
  #server;
  #isCut = false;

  static async to(url) {
    const { hostname, port, pathname } = new URL(url);
    const wire = new Wire();
    wire.#server = createServer((near) => wire.#carry(near, Number(port), hostname));
    await new Promise((resolve) => wire.#server.listen(0, '127.0.0.1', resolve));
    wire.url = `ws://127.0.0.1:${wire.#server.address().port}${pathname}`;
    return wire;
  }

  #carry(near, port, host) {
    if (this.#isCut) {
      near.destroy();
      return;
    }
    const far = connect(port, host);
    for (const [one, other] of [[near, far], [far, near]]) {
      this.#connections.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#connections.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }

  /** Ends what is connected; until it is mended, new connections end, too. */
  cut() {
    this.#isCut = true;
    for (const connection of this.#connections) connection.destroy();
  }

  mend() {
    this.#isCut = false;
  }

  close() {
    this.cut();
    this.#server.close();
  }
}
