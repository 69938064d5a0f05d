import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '@latecall/core';
import type { CallPlan, Composite, Workload } from './data.ts';

/** A call of an instance, with what is to become of it. */
export interface PlannedCall extends CallPlan {
  /** Names the call within its instance; the oracle's call ids begin with it. */
  readonly key: string;
  readonly task: number;
  readonly tool: string;
  readonly args: { readonly [name: string]: Json };
  /** Keys of the calls whose results it needs. */
  readonly deps: readonly string[];
  /** What only a reader of the true result can know. */
  readonly nonce: string;
  /** A second delivery says something else. */
  readonly otherPayload?: boolean;
  /** The permission is gone when the result would be shown. */
  readonly revoked?: boolean;
}

/** One conversation to play. */
export interface Instance {
  readonly id: string;
  readonly calls: readonly PlannedCall[];
  readonly taskCount: number;
  readonly cancel?: { readonly task: number; readonly at: number };
  /** When the user says something in between. */
  readonly speaksAt?: number;
}

export function instancesOf({ tasks, composites }: Workload): Instance[] {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  return composites.map((composite) => {
    const calls = composite.tasks.flatMap((id, task) => {
      const source = byId.get(id);
      if (source === undefined) throw new Error(`Instance "${composite.id}" names task "${id}", which is not there.`);
      return source.calls.map(
        ({ name, args, deps }, index): PlannedCall => ({
          ...planOf(composite, task, index),
          key: keyOf(task, index),
          task,
          tool: name.replaceAll(/[^a-zA-Z0-9_-]/g, '_'),
          args,
          deps: deps.map((dep) => keyOf(task, dep)),
          nonce: nonceOf(composite.id, task, index),
        }),
      );
    });
    const { id, cancel } = composite;
    return { id, calls, taskCount: composite.tasks.length, ...(cancel === undefined ? {} : { cancel }) };
  });
}

export function keyOf(task: number, index: number): string {
  return `t${task}c${index}`;
}

export function nonceOf(instance: string, task: number, call: number): string {
  return createHash('sha256')
    .update(canonicalJson([instance, task, call]))
    .digest('hex')
    .slice(0, 16);
}

function planOf({ id, plan }: Composite, task: number, index: number): CallPlan {
  const planned = plan[task]?.[index];
  if (planned === undefined) throw new Error(`Instance "${id}" has no plan for call ${index} of task ${task}.`);
  return planned;
}

/** Its call gives no value that another one could build on. */
export function isBarren({ error, lateBy, revoked = false }: PlannedCall): boolean {
  return error !== undefined || lateBy !== undefined || revoked;
}

/** The calls that a right model makes if nobody cancels: all but those that build on one without a value. */
export function expectedCalls({ calls }: Instance): PlannedCall[] {
  const byKey = new Map(calls.map((call) => [call.key, call]));
  const isReached = ({ deps }: PlannedCall): boolean =>
    deps.every((key) => {
      const dep = byKey.get(key);
      return dep !== undefined && !isBarren(dep) && isReached(dep);
    });
  return calls.filter(isReached);
}

/** The longest way through the calls that are made, weighted by their delays. */
export function criticalPath(instance: Instance): number {
  const byKey = new Map(instance.calls.map((call) => [call.key, call]));
  const end = ({ delay, deps }: PlannedCall): number =>
    delay + Math.max(0, ...deps.flatMap((key) => byKey.get(key) ?? []).map(end));
  return Math.max(0, ...expectedCalls(instance).map(end));
}
