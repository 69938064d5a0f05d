import { canonicalJson, type Json, type Outcome, sameJson, type Verdict } from '@latecall/core';
import type { VirtualTime } from '../lib/virtual-time.ts';
import type { Instance, PlannedCall } from './instance.ts';
import { keyOfCall, trueArguments } from './oracle.ts';

/** Work that the world was asked for: one for each key however often it was submitted. */
interface Job {
  readonly call: PlannedCall;
  readonly id: string;
  readonly submissions: number;
  /** Right name, arguments and evidence. */
  readonly right: boolean;
}

/** What a delivery was, and what it was told. */
export interface Delivery {
  readonly key: string;
  readonly kind: 'true' | 'again' | 'other' | 'late' | 'wrong-id' | 'race';
  readonly verdict: Verdict;
}

/** Brings a result to the app. */
export type Post = (delivery: {
  id: string;
  outcome: Outcome;
  kind: Delivery['kind'];
  key: string;
}) => Promise<Verdict[]>;

export interface World {
  submit(submission: { id: string; idempotencyKey: string; callId: string; tool: string; input: unknown }): {
    jobId: string;
  };
  readonly jobs: readonly Job[];
  readonly deliveries: readonly Delivery[];
  /** Deliveries that are still to come. */
  readonly outstanding: number;
  /** What is wrong with what it was asked for. */
  readonly problems: readonly string[];
}

/** The world outside: takes each piece of work once per key, and answers as the plan of the call says. */
export function createWorld({ instance, time, post }: { instance: Instance; time: VirtualTime; post: Post }): World {
  const calls = new Map(instance.calls.map((call) => [call.key, call]));
  const jobs = new Map<string, Job>();
  const deliveries: Delivery[] = [];
  const problems: string[] = [];
  let outstanding = 0;

  const deliver = (after: number, job: Job, kind: Delivery['kind'], outcome: Outcome) => {
    outstanding += 1;
    time.schedule(async () => {
      const { key } = job.call;
      for (const verdict of await post({ id: job.id, outcome, kind, key })) deliveries.push({ key, kind, verdict });
      outstanding -= 1;
    }, after);
  };

  return {
    submit: ({ id, idempotencyKey, callId, tool, input }) => {
      const known = jobs.get(idempotencyKey);
      if (known !== undefined) {
        jobs.set(idempotencyKey, { ...known, submissions: known.submissions + 1 });
        return { jobId: idempotencyKey };
      }
      const call = calls.get(keyOfCall(callId));
      if (call === undefined) {
        problems.push(`a call that nobody planned: ${callId}`);
        return { jobId: idempotencyKey };
      }
      const right = tool === call.tool && sameJson(input as Json, trueArguments(call, calls));
      if (!right) problems.push(`${call.key} was issued as ${tool}(${canonicalJson(input as Json)})`);
      const job = { call, id, submissions: 1, right };
      jobs.set(idempotencyKey, job);
      const { delay, lateBy, error, duplicateAfter = [], otherPayload = false } = call;
      const outcome: Outcome =
        error === undefined
          ? { status: 'completed', result: { nonce: call.nonce } }
          : { status: 'failed', error: { message: error, code: error } };
      deliver(delay + (lateBy ?? 0), job, lateBy === undefined ? 'true' : 'late', outcome);
      for (const after of duplicateAfter) {
        const again = delay + (lateBy ?? 0) + after;
        if (otherPayload) deliver(again, job, 'other', { status: 'completed', result: { nonce: 'forged' } });
        else deliver(again, job, 'again', outcome);
      }
      return { jobId: idempotencyKey };
    },
    get jobs() {
      return [...jobs.values()];
    },
    deliveries,
    problems,
    get outstanding() {
      return outstanding;
    },
  };
}
