// SPDX-License-Identifier: Apache-2.0

/** The newest that are shown; older ones leave the page. */
const SHOWN_MAX = 200;
const STARTS = { last: { last: 20 }, earliest: { after: 'earliest' }, now: {} };

/** The panel that shows whatever comes on one channel. */
export class Watch {
  #client;
  #list = document.getElementById('watched');
  #state = document.getElementById('watch-state');
  #subscription = null;

  /** @param {import('../tideline.js').Tideline} client */
  constructor(client) {
    this.#client = client;
    document.getElementById('watch-form').addEventListener('submit', (event) => {
      event.preventDefault();
      const { channel, from } = Object.fromEntries(new FormData(event.target));
      this.#begin(channel.trim(), STARTS[from]);
    });
  }

  /** Nothing of what is shown goes before the new subscription stands: a name that is refused changes nothing. */
  #begin(channel, start) {
    const before = this.#subscription;
    try {
      if (before?.channel === channel) before.unsubscribe();
      this.#subscription = this.#subscribe(channel, start);
    } catch (error) {
      return this.#show(error.message, true);
    }
    before?.unsubscribe();
    this.#list.replaceChildren();
    this.#say(channel, this.#subscription.state);
  }

  #subscribe(channel, start) {
    return this.#client.subscribe(channel, {
      ...start,
      onPublication: (publication) => this.#add(publicationItem(publication)),
      onGap: (gap) => this.#add(gapItem(gap)),
      onState: ({ state, error }, subscription) => {
        if (subscription === this.#subscription) this.#say(channel, state, error);
      },
    });
  }

  #say(channel, state, error) {
    const words = { subscribing: 'connecting to', subscribed: 'watching', ended: 'stopped watching' };
    this.#show(`${words[state]} ${channel}${error ? `: ${error.message}` : ''}`, Boolean(error));
  }

  #show(text, isError) {
    this.#state.textContent = text;
    this.#state.classList.toggle('error', isError);
  }

  #add(item) {
    this.#list.prepend(item);
    if (this.#list.childElementCount > SHOWN_MAX) this.#list.lastElementChild.remove();
  }
}

function publicationItem({ offset, time, type, data, data_base64: base64 }) {
  const item = document.createElement('li');
  if (offset !== undefined) item.append(element('b', `${offset}`));
  item.append(element('time', new Date(time).toLocaleTimeString([], { hourCycle: 'h23' })));
  if (type) item.append(element('b', type));
  item.append(base64 === undefined ? JSON.stringify(data) : `base64 ${base64}`);
  return item;
}

function gapItem({ from, to, reason }) {
  const lost = from === null ? 'a new epoch began, earlier messages may be lost' : `${from}–${to} are lost`;
  const item = element('li', `gap: ${lost} (${reason})`);
  item.className = 'gap';
  return item;
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
