// The outside world, a process of its own: it takes jobs over HTTP, answers with a receipt, works for a while, and
// posts the result to the address that came with the job. Only this process knows the link of a video before that.
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { serve } from '../shared/serve.ts';

const secondsOf = { teaser: 1.2, film: 2.4 };

/** What it takes. */
export interface Order {
  /** Two orders with one key are one job. */
  readonly key: string;
  readonly kind: keyof typeof secondsOf;
  readonly callback: { readonly url: string; readonly token: string };
}

/** What it answers at once. */
export interface Receipt {
  readonly jobId: string;
  readonly status: 'queued';
}

/** What it knows in the end. */
export interface Ledger {
  readonly jobs: readonly { readonly jobId: string; readonly key: string; readonly url: string }[];
  /** How often somebody asked whether a job was done. */
  readonly statusChecks: number;
}

const jobs: Ledger['jobs'][number][] = [];
let statusChecks = 0;

async function work({ kind, callback }: Order, url: string): Promise<void> {
  await setTimeout(secondsOf[kind] * 1000);
  const headers = { authorization: `Bearer ${callback.token}` };
  await fetch(callback.url, { method: 'POST', headers, body: JSON.stringify({ url }) });
}

const { origin } = await serve(async (request) => {
  const { pathname } = new URL(request.url);
  if (pathname === '/ledger') return Response.json({ jobs, statusChecks } satisfies Ledger);
  if (request.method !== 'POST') {
    statusChecks += 1;
    return Response.json(jobs);
  }
  const order = (await request.json()) as Order; // it trusts its customers
  let job = jobs.find(({ key }) => key === order.key);
  if (job === undefined) {
    const url = `https://v.example/${randomUUID().slice(0, 8)}.mp4`;
    job = { jobId: `job_${jobs.length + 1}`, key: order.key, url };
    jobs.push(job);
    work(order, url).catch((error: unknown) => console.error(`${job?.jobId} could not be delivered:`, error));
  }
  return Response.json({ jobId: job.jobId, status: 'queued' } satisfies Receipt, { status: 202 });
});

process.send?.({ origin });
process.once('disconnect', () => process.exit()); // whoever started it is gone
