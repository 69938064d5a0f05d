// The outside world, a process of its own: it takes jobs over HTTP, answers with a receipt, works for a while, and
// posts the result to the address that came with the job. Only this process knows the link of a video before that.
//
// It keeps its books in a database. Started on the same one again, it does what it had not done yet: a video that was
// being rendered is rendered anew, and a result that nobody has answered for is posted again.
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { serve } from '../shared/serve.ts';
import { openAlone } from './state.ts';

const secondsOf = { teaser: 1.2, film: 2.4 };
const timesFaster = Number(process.env.LATECALL_DEMO_TIMES_FASTER ?? 1);

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

/** What it says once, when it is ready. */
export interface Ready {
  readonly origin: string;
  /** The jobs of an earlier process that it goes on with. */
  readonly unfinished: readonly string[];
}

const [file = ':memory:'] = process.argv.slice(2);
const database = openAlone(file);
database.exec(`
  CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY,
    jobId TEXT GENERATED ALWAYS AS ('job_' || number),
    key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, callback TEXT NOT NULL,
    url TEXT,
    delivered INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE IF NOT EXISTS statusChecks (number INTEGER PRIMARY KEY);
`);
const insertJob = database.prepare('INSERT INTO jobs (key, kind, callback) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
const selectJob = database.prepare('SELECT * FROM jobs WHERE key = ?');
const selectJobs = database.prepare('SELECT jobId, key, url FROM jobs ORDER BY number');
const selectUnfinished = database.prepare('SELECT * FROM jobs WHERE NOT delivered ORDER BY number');
const finish = database.prepare('UPDATE jobs SET url = ? WHERE number = ?');
const deliver = database.prepare('UPDATE jobs SET delivered = 1 WHERE number = ?');
const insertStatusCheck = database.prepare('INSERT INTO statusChecks DEFAULT VALUES');
const countStatusChecks = database.prepare('SELECT count(*) AS statusChecks FROM statusChecks');

interface Job {
  readonly number: number;
  readonly jobId: string;
  readonly kind: Order['kind'];
  /** As JSON. */
  readonly callback: string;
  /** The link, once the video is rendered. */
  readonly url: string | null;
}

async function work(job: Job): Promise<void> {
  let { url } = job;
  if (url === null) {
    await setTimeout((secondsOf[job.kind] * 1000) / timesFaster);
    url = `https://v.example/${randomUUID().slice(0, 8)}.mp4`;
    finish.run(url, job.number);
  }
  await post({ status: 'completed', result: { url } }, JSON.parse(job.callback) as Order['callback']); // we wrote it
  deliver.run(job.number);
}

// A deployed app keeps its address. This one has another port each time it is started, and says which.
const appAddress = Promise.withResolvers<string>();
process.once('message', (origin: string) => appAddress.resolve(origin));

/** Posts until somebody answers. */
async function post(outcome: object, { url, token }: Order['callback']): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const address = new URL(new URL(url).pathname, await appAddress.promise);
  for (;;) {
    const answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify(outcome) }).catch(
      () => undefined,
    );
    if (answer !== undefined && answer.status < 500) return;
    await setTimeout(100);
  }
}

function begin(job: Job): void {
  work(job).catch((error: unknown) => console.error(`${job.jobId} failed:`, error));
}

const { origin } = await serve(async (request) => {
  const { pathname } = new URL(request.url);
  if (pathname === '/ledger') return Response.json({ jobs: selectJobs.all(), ...countStatusChecks.get() });
  if (request.method !== 'POST') {
    insertStatusCheck.run();
    return Response.json(selectJobs.all());
  }
  const { key, kind, callback } = (await request.json()) as Order; // it trusts its customers
  const { changes } = insertJob.run(key, kind, JSON.stringify(callback));
  const job = selectJob.get(key) as unknown as Job; // it is there now, if it was not before
  if (changes === 1) begin(job);
  return Response.json({ jobId: job.jobId, status: 'queued' } satisfies Receipt, { status: 202 });
});

const unfinished = selectUnfinished.all() as unknown as Job[]; // the columns of the table
process.send?.({ origin, unfinished: unfinished.map(({ jobId }) => jobId) } satisfies Ready);
for (const job of unfinished) begin(job);

process.on('SIGINT', () => {}); // Ctrl-C is meant for whoever started it
process.once('disconnect', () => process.exit()); // whoever started it is gone
