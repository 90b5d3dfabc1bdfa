// What an application may write under `strict`; the tests compile it against the packed package.
import { LIMITS, Tideline, TidelineError, type Gap, type Publication, type Subscription } from '@tideline/client';
import { subscribeKept } from '@tideline/client/kept';
import { messages } from '@tideline/client/messages';
import { Outbox } from '@tideline/client/outbox';
import { useConnection, useMessages } from '@tideline/client/react';
import { useMessages as useInVue } from '@tideline/client/vue';
import { TidelineChart } from '@tideline/client/chart';
import Ws from 'ws';

const tideline = new Tideline({
  url: 'https://example.com/push',
  getToken: async () => 'token',
  transport: 'auto',
  WebSocket: Ws,
  limits: { connectMs: LIMITS.connectMs / 2 },
  onState: ({ state, error, retryInMs }) => console.log(state, error?.code, retryInMs?.toFixed()),
});
const subscription: Subscription = tideline.subscribe('orders:42', {
  after: localStorage.getItem('position'),
  onPublication: ({ offset, data }: Publication) => console.log(offset, data),
  onGap: ({ reason }: Gap) => console.log(reason),
});
const position: string | null = subscription.position;
tideline.addEventListener('state', () => console.log(tideline.state.transport));
export async function main(): Promise<number | undefined> {
  for await (const { offset } of messages(tideline, 'orders:43', { last: 5 })) if (offset === 7) break;
  try {
    const { offset } = await new Outbox(tideline, { max: 10 }).publish('orders:42', { position }, { type: 'paid' });
    return offset;
  } catch (error) {
    if (error instanceof TidelineError && error.retry) return error.retryAfterMs;
    throw error;
  }
}
export const kept = subscribeKept(tideline, 'orders:44', { store: sessionStorage, last: 5 });
export const useAll = () => [useMessages(tideline, 'a', { last: 5, max: 9 }).messages.length, useConnection(tideline).state];
export const inVue = () => useInVue(tideline, () => 'a').value.messages;
export const chart = (element: TidelineChart) => (element.client = tideline);
// @ts-expect-error the client decides what is sent
tideline.subscribe('orders:45', { offset: 1 });
// @ts-expect-error there is no such transport
new Tideline({ transport: 'carrier-pigeon' });
