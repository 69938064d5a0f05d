import { type Json, type Outcome, sameJson, type TaskRecord } from '@latecall/core';
import type { Facts } from './facts.ts';
import type { Random } from './random.ts';
import type { Faults } from './settings.ts';
import type { World } from './world.ts';

interface Submission {
  readonly id: string;
  readonly idempotencyKey: string;
  readonly tool: string;
  readonly thread: string;
  readonly input: { readonly work: string };
  readonly callback: { readonly url: string; readonly token: string } | undefined;
}

/** One piece of work, done once however often it was ordered. */
interface Job {
  readonly jobId: string;
  readonly key: string;
  readonly work: string;
  readonly thread: string;
  /** The task that ordered it last, and where its result goes. */
  id: string;
  callback: { readonly url: string; readonly token: string };
  /** Once it is there. */
  outcome?: Outcome;
  /** It was told that nobody waits any more. */
  cancelled: boolean;
  /** Nobody will ever hear of its result. */
  lost: boolean;
}

export interface OutsideWorld {
  submit(submission: Submission): { jobId: string };
  cancel(task: TaskRecord): void;
  readonly jobs: readonly Job[];
  /** What may reach no model: receipts, tokens, keys. */
  readonly secrets: readonly string[];
}

/** @param setup.serve Answers a callback, in whatever process there is; `undefined` if none answers. */
export function createOutside(setup: {
  world: World;
  random: Random;
  faults: Faults;
  facts: Facts;
  serve: (request: Request) => Promise<number | undefined>;
}): OutsideWorld {
  const { world, random, faults, facts, serve } = setup;
  const jobs = new Map<string, Job>();
  const secrets = new Set<string>();
  let nonces = 0;
  const wrong = () => !world.calm && random.chance(faults.outside);
  const nonce = () => {
    nonces += 1;
    return `nonce-${nonces}x`;
  };

  const drawOutcome = (work: string): Outcome => {
    const kind = random.below(20);
    if (kind === 0) return { status: 'cancelled', reason: 'the outside is closed' };
    if (kind < 3) return { status: 'failed', error: { message: `broken ${nonce()}` } };
    return { status: 'completed', result: { nonce: nonce(), of: work } };
  };

  /** Posts until somebody answers. */
  const post = async (job: Job, body: Json, other?: { url: string; token: string }): Promise<number> => {
    for (let wait = 2_000; ; wait = Math.min(wait * 2, 60_000)) {
      const to = other ?? job.callback;
      const request = new Request(to.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${to.token}` },
        body: JSON.stringify(body),
      });
      const status = await serve(request);
      world.say(`outside: ${job.jobId} posts ${JSON.stringify(body)} and is answered ${status}`);
      if (status !== undefined && status < 500) return status;
      await new Promise<void>((resolve) => world.after(wait, resolve));
    }
  };
  const checkAccepted = (job: Job, outcome: Outcome, status: number) => {
    if (status !== 202 && status !== 200) return;
    const stood = [facts.tasks.get(job.id), facts.tasks.get(`${job.id}.late`)];
    const settlements = stood.flatMap((task) => (task?.settlement === undefined ? [] : [task.settlement]));
    if (settlements.some((settlement) => sameJson({ ...settlement }, { ...outcome }))) return;
    world.break('3', `${job.id} was answered ${status} for ${JSON.stringify(outcome)}, which it does not have`);
  };
  const postOutcome = async (job: Job, outcome: Outcome) => {
    checkAccepted(job, outcome, await post(job, { ...outcome }));
  };
  /** What nobody may take: to a task of another job, to an id cut short, with a wrong token. */
  const postToOthers = async (job: Job) => {
    const other = random.pick([...jobs.values()]);
    const { url, token } = job.callback;
    const wrongs = [
      { url: url.slice(0, -3), token },
      { url, token: `${token.slice(0, -1)}_` },
      ...(other === job ? [] : [{ url: other.callback.url, token }]),
    ];
    const status = await post(
      job,
      { status: 'completed', result: { nonce: nonce(), of: job.work } },
      random.pick(wrongs),
    );
    if (status !== 404) world.break('6', `a result without a right to it was answered ${status}`);
  };
  const postNews = async (job: Job) => {
    const news: Json[] = [
      { progress: { fraction: random.next() } },
      { log: 'half way there' },
      { inputRequest: { key: `q${random.below(3)}`, message: 'Which colour?' } },
      { status: 'completed', result: { wrong: 'shape' } },
    ];
    await post(job, random.pick(news));
  };
  const work = async (job: Job) => {
    if (random.chance(0.4)) await postNews(job);
    if (wrong()) await postToOthers(job);
    if (wrong() && random.chance(0.3)) {
      job.lost = true;
      world.say(`outside: ${job.jobId} is lost`);
      return;
    }
    const outcome = drawOutcome(job.work);
    job.outcome = outcome;
    const also: Promise<void>[] = [];
    if (wrong()) also.push(later(random.below(90_000), () => postOutcome(job, outcome)));
    if (wrong()) also.push(later(random.below(20_000), () => postOutcome(job, drawOutcome(job.work))));
    await Promise.all([postOutcome(job, outcome), ...also]);
  };
  const later = (ms: number, run: () => Promise<void>) =>
    new Promise<void>((resolve) => world.after(ms, () => void run().then(resolve)));

  return {
    get jobs() {
      return [...jobs.values()];
    },
    get secrets() {
      return [...secrets];
    },
    submit: ({ id, idempotencyKey, tool, thread, input, callback }) => {
      const task = facts.tasks.get(id);
      if (task === undefined) world.break('2', `${id} was dispatched before it was recorded`);
      else if (task.idempotencyKey.split('.', 1)[0] !== idempotencyKey) world.break('2', `${id} has another key`);
      if (task?.dispatchedAt === undefined && task?.settlement === undefined && task?.phase !== 'dispatching') {
        world.break('2', `${id} is dispatched, and nothing says so`);
      }
      if (callback === undefined) throw new Error('Nobody says where the result goes.');
      const key = `${thread} ${idempotencyKey}`;
      const known = jobs.get(key);
      const name = `${tool} ${input.work}`;
      for (const secret of [idempotencyKey, callback.token]) secrets.add(secret);
      if (known !== undefined) {
        if (known.work !== input.work) world.break('2', `one key for ${known.work} and ${name}`);
        const again = known.id !== id && known.outcome !== undefined;
        Object.assign(known, { id, callback });
        if (again) world.after(1_000, () => void postOutcome(known, known.outcome ?? drawOutcome(known.work)));
        return { jobId: known.jobId };
      }
      const jobId = `job-${jobs.size + 1}-receipt`;
      const job: Job = { jobId, key, work: input.work, thread, id, callback, cancelled: false, lost: false };
      secrets.add(jobId);
      jobs.set(key, job);
      const takes = [random.below(2_000), random.below(30_000), random.below(600_000)];
      world.after(random.pick(takes), () => void work(job));
      return { jobId };
    },
    cancel: ({ id }) => {
      for (const job of jobs.values()) if (job.id === id) job.cancelled = true;
    },
  };
}
