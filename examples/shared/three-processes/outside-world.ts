// The outside world: takes orders, one piece of work per key, and posts each result until somebody answers with 2xx.
// Nobody but it knows the link of a video before the result is posted.
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { serve } from '../serve.ts';

interface Order {
  readonly key: string;
  readonly script: string;
  readonly callback: { readonly url: string; readonly token: string };
}

/** One piece of work. */
interface Work {
  readonly key: string;
  readonly url: string;
}

export interface OutsideWorld {
  readonly origin: string;
  /** How often something was ordered, the same thing again included. */
  readonly orders: number;
  readonly work: readonly Work[];
  /** Ends the work that has not ended, and posts its results. Resolves when all of them were taken. */
  postResults(): Promise<void>;
  close(): Promise<void>;
}

/** @param callbackOrigin Where the public address of the callbacks leads at the moment. */
export async function startOutsideWorld(world: {
  callbackOrigin: () => string;
  tell: (line: string) => void;
}): Promise<OutsideWorld> {
  const { callbackOrigin, tell } = world;
  const work: Work[] = [];
  const unfinished: { job: Work; callback: Order['callback'] }[] = [];
  let orders = 0;

  const { origin, close } = await serve(async (request) => {
    const { key, script, callback } = (await request.json()) as Order; // it trusts its customers
    orders += 1;
    if (!work.some((job) => job.key === key)) {
      const job = { key, url: `https://v.example/${randomUUID()}.mp4` };
      work.push(job);
      unfinished.push({ job, callback });
      tell(`takes the order for "${script}"`);
    }
    return Response.json({ jobId: `job_${work.findIndex((job) => job.key === key) + 1}` }, { status: 202 });
  });

  async function post({ url }: Work, callback: Order['callback']): Promise<void> {
    const headers = { authorization: `Bearer ${callback.token}` };
    const body = JSON.stringify({ status: 'completed', result: { url } });
    for (;;) {
      const address = new URL(new URL(callback.url).pathname, callbackOrigin());
      const answer = await fetch(address, { method: 'POST', headers, body }).catch(() => undefined);
      tell(`has posted ${url} and is answered ${answer?.status ?? 'nothing'}`);
      if (answer?.ok === true) return;
      await setTimeout(50);
    }
  }

  return {
    origin,
    close,
    work,
    get orders() {
      return orders;
    },
    postResults: async () => {
      await Promise.all(unfinished.splice(0).map(({ job, callback }) => post(job, callback)));
    },
  };
}
