// Starts the outside world as a second process, and talks to it the only way there is: over HTTP.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Ledger, Order, Receipt } from './outside-world.ts';

export interface Outside {
  readonly pid: number | undefined;
  submit(order: Order, signal?: AbortSignal): Promise<Receipt>;
  ledger(): Promise<Ledger>;
  stop(): void;
}

export async function startOutside(): Promise<Outside> {
  const child = fork(new URL('./outside-world.ts', import.meta.url));
  const [{ origin }] = (await once(child, 'message')) as [{ origin: string }]; // the only message it sends
  const call = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const response = await fetch(`${origin}${path}`, init);
    if (!response.ok) throw new Error(`The outside world answered ${response.status}.`);
    return response.json();
  };
  return {
    pid: child.pid,
    submit: async (order, signal) => {
      const init = { method: 'POST', body: JSON.stringify(order), ...(signal === undefined ? {} : { signal }) };
      return (await call('/jobs', init)) as Receipt; // a process of ours
    },
    ledger: async () => (await call('/ledger')) as Ledger,
    stop: () => child.disconnect(),
  };
}
