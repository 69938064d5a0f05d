// A stand-in for the outside world: it takes orders over HTTP, works on them for some seconds, and posts progress,
// questions and results to the callback of the order. It keeps its books in SQLite: started again, it goes on.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import type { Order, Receipt } from '../lib/outside.ts';
import { openDatabase } from '../lib/state.ts';
import { courses } from './courses.ts';

interface Job extends Order {
  readonly number: number;
}

/** Starts it on a free port of this machine. */
export async function startOutsideWorld(): Promise<{ origin: string }> {
  const books = openBooks();
  for (const job of books.unfinished()) begin(job);

  /** Does one step of the order's course after the other, from where its books say. */
  async function work(job: Job): Promise<void> {
    const course = courses[job.kind] ?? [];
    for (let step = books.stepOf(job.key); step < course.length; step = books.stepOf(job.key)) {
      const { after = 0, post } = course[step] ?? {};
      await setTimeout(after);
      if (books.isOver(job.key)) return;
      const answers = books.answersTo(job.key);
      const body = typeof post === 'function' ? post({ number: job.number, answers }) : post;
      if (body === 'wait for an answer') return; // whoever brings it begins again
      if (!(await deliver(job, body))) return books.end(job.key);
      books.advance(job.key, step + 1);
    }
    books.end(job.key);
  }

  function begin(job: Job): void {
    work(job).catch((error: unknown) => console.error(`Order ${job.number} failed:`, error));
  }

  async function answer(request: IncomingMessage): Promise<unknown> {
    const [, , encodedKey = ''] = request.url?.split('/') ?? [];
    const key = decodeURIComponent(encodedKey);
    if (request.method === 'DELETE') {
      books.end(key);
      return {};
    }
    const body = await json(request);
    if (encodedKey !== '') {
      const job = books.addAnswer(key, body);
      if (job !== undefined) begin(job);
      return {};
    }
    const { job, isNew } = books.add(body as Order); // it trusts its only customer
    if (isNew) begin(job);
    return { orderNumber: `No. ${job.number}` } satisfies Receipt;
  }

  const server = createServer((request, response) => {
    answer(request).then(
      (body) => response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo; // a TCP server that listens has a port
  return { origin: `http://127.0.0.1:${port}` };
}

/** Posts until somebody answers; `false` if nobody wants it any more. */
async function deliver({ callback: { url, token } }: Order, body: unknown): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  for (;;) {
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) }).catch(() => undefined);
    if (response !== undefined && response.status < 500) return response.ok;
    await setTimeout(500);
  }
}

function openBooks() {
  const database = openDatabase('outside');
  database.exec(`
    CREATE TABLE IF NOT EXISTS jobs (
      number INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      job TEXT NOT NULL,
      step INTEGER NOT NULL DEFAULT 0,
      answers TEXT NOT NULL DEFAULT '{}',
      over INTEGER NOT NULL DEFAULT 0
    )
  `);
  const insert = database.prepare(`
    INSERT INTO jobs (number, key, job) SELECT coalesce(max(number), 1000) + 1, ?, ? FROM jobs WHERE true
    ON CONFLICT DO NOTHING
  `);
  const select = database.prepare('SELECT * FROM jobs WHERE key = ?');
  const selectOpen = database.prepare('SELECT * FROM jobs WHERE NOT over ORDER BY number');
  const setStep = database.prepare('UPDATE jobs SET step = ? WHERE key = ?');
  const setAnswers = database.prepare('UPDATE jobs SET answers = ? WHERE key = ?');
  const setOver = database.prepare('UPDATE jobs SET over = 1 WHERE key = ?');

  const readJob = (row: Record<string, unknown>): Job => ({
    ...(JSON.parse(String(row.job)) as Order), // only `add` writes it
    number: Number(row.number),
  });
  const answersTo = (key: string) => JSON.parse(String(select.get(key)?.answers ?? '{}')) as Record<string, unknown>;
  return {
    add: (order: Order) => {
      const { changes } = insert.run(order.key, JSON.stringify(order));
      return { job: readJob(select.get(order.key) ?? {}), isNew: changes === 1 };
    },
    unfinished: () => selectOpen.all().map(readJob),
    stepOf: (key: string) => Number(select.get(key)?.step),
    isOver: (key: string) => select.get(key)?.over === 1,
    answersTo,
    addAnswer: (key: string, answer: unknown): Job | undefined => {
      const row = select.get(key);
      if (row === undefined) return undefined;
      const { key: question, answer: text } = answer as { key: string; answer: unknown };
      const answers = answersTo(key);
      if (question in answers) return undefined; // said before: it is at work already
      setAnswers.run(JSON.stringify({ ...answers, [question]: text }), key);
      return readJob(row);
    },
    advance: (key: string, step: number) => void setStep.run(step, key),
    end: (key: string) => void setOver.run(key),
  };
}
