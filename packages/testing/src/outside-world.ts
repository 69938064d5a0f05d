import { type Clock, type Outcome, systemClock } from '@latecall/core';

/** What `dispatch` of a tool passes on. */
export interface Submission {
  /** The task that the result belongs to. */
  readonly id: string;
  readonly idempotencyKey: string;
  readonly input: unknown;
  readonly callback?: { readonly url: string; readonly token: string };
}

/** One piece of work that the outside was asked for. */
export interface OutsideJob extends Submission {
  readonly jobId: string;
}

/** A result on its way back: what `settle` takes. */
export interface OutsideDelivery {
  readonly id: string;
  readonly outcome: Outcome;
}

/** One line of the outside's own log. */
export type OutsideEvent =
  | { readonly type: 'submitted' | 'deduplicated'; readonly jobId: string; readonly idempotencyKey: string }
  | { readonly type: 'delivered' | 'dropped'; readonly jobId: string; readonly id: string };

/** What may go wrong on the way back. Without any: one delivery, at once, of the right result to the right task. */
export interface DeliveryFaults {
  /** Milliseconds until the delivery. @default 0 */
  readonly after?: number;
  /** The result never arrives. */
  readonly drop?: boolean;
  /** Delivers again after so many milliseconds: the same, or with `secondOutcome` something else. */
  readonly duplicateAfter?: number;
  readonly secondOutcome?: Outcome;
  /** Delivers to another id than the right one: truncated, foreign, made up. */
  readonly toId?: string;
}

/** A world outside that takes jobs, does each piece of work once per key, and answers when it is told to. */
export interface OutsideWorld {
  /** Takes a job; the receipt is the same for every submission with one key. */
  submit(submission: Submission): { jobId: string };
  /** The pieces of work, oldest first: one per key however often it was submitted. */
  readonly jobs: readonly OutsideJob[];
  readonly log: readonly OutsideEvent[];
  /** The job of a task. @throws if the outside was never asked for it. */
  jobOf(id: string): OutsideJob;
  /** Ends a job: delivers its outcome through `deliver`, with the faults that are wanted. Later ones wait for the clock. */
  finish(job: OutsideJob, outcome: Outcome, faults?: DeliveryFaults): Promise<void>;
}

/** Makes an {@link OutsideWorld}. `deliver` is where results go: a callback, a store, a message. */
export function createOutsideWorld(options: {
  deliver: (delivery: OutsideDelivery, job: OutsideJob) => unknown;
  clock?: Clock;
}): OutsideWorld {
  const { deliver, clock = systemClock } = options;
  const jobs: OutsideJob[] = [];
  const log: OutsideEvent[] = [];

  const send = async (job: OutsideJob, outcome: Outcome, { drop = false, toId = job.id }: DeliveryFaults) => {
    log.push({ type: drop ? 'dropped' : 'delivered', jobId: job.jobId, id: toId });
    if (!drop) await deliver({ id: toId, outcome }, job);
  };
  const sendAfter = async (ms: number, run: () => Promise<void>) => {
    if (ms > 0) clock.schedule(run, ms);
    else await run();
  };

  return {
    jobs,
    log,
    submit: ({ idempotencyKey, ...rest }) => {
      const known = jobs.find((job) => job.idempotencyKey === idempotencyKey);
      const job = known ?? { jobId: `job_${jobs.length + 1}`, idempotencyKey, ...rest };
      if (known === undefined) jobs.push(job);
      log.push({ type: known === undefined ? 'submitted' : 'deduplicated', jobId: job.jobId, idempotencyKey });
      return { jobId: job.jobId };
    },
    jobOf: (id) => {
      const job = jobs.find((candidate) => candidate.id === id);
      if (job === undefined) throw new Error(`The outside was never asked for task "${id}".`);
      return job;
    },
    finish: async (job, outcome, faults = {}) => {
      const { after = 0, duplicateAfter, secondOutcome = outcome } = faults;
      await sendAfter(after, () => send(job, outcome, faults));
      if (duplicateAfter !== undefined) await sendAfter(after + duplicateAfter, () => send(job, secondOutcome, faults));
    },
  };
}
