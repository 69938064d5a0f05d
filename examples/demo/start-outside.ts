// Starts the outside world as a second process, and talks to it the only way there is: over HTTP.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Ledger, Order, Ready, Receipt } from './outside-world.ts';

export interface Outside {
  readonly pid: number | undefined;
  /** The jobs of an earlier process that it goes on with. */
  readonly unfinished: readonly string[];
  /** Says where the app takes results now. */
  postTo(origin: string): void;
  submit(order: Order, signal?: AbortSignal): Promise<Receipt>;
  ledger(): Promise<Ledger>;
  stop(): Promise<void>;
}

/** @param file Where it keeps its books; without one, in its memory. */
export async function startOutside(file?: string): Promise<Outside> {
  const child = fork(new URL('./outside-world.ts', import.meta.url), file === undefined ? [] : [file]);
  const ended = once(child, 'exit');
  const die = () => {
    console.error('The outside world has ended. Start the demo again: it goes on.');
    process.exit(1);
  };
  child.once('exit', die);
  const [{ origin, unfinished }] = (await once(child, 'message')) as [Ready]; // the only message it sends
  const call = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const response = await fetch(`${origin}${path}`, init);
    if (!response.ok) throw new Error(`The outside world answered ${response.status}.`);
    return response.json();
  };
  return {
    pid: child.pid,
    unfinished,
    postTo: (where) => {
      child.send(where);
    },
    submit: async (order, signal) => {
      const init = { method: 'POST', body: JSON.stringify(order), ...(signal === undefined ? {} : { signal }) };
      return (await call('/jobs', init)) as Receipt; // a process of ours
    },
    ledger: async () => (await call('/ledger')) as Ledger,
    stop: async () => {
      child.off('exit', die);
      child.disconnect();
      await ended;
    },
  };
}
