import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '@latecall/core';

/** A single task: calls, each with the calls of the same task whose results it needs. */
export interface SourceTask {
  readonly id: string;
  readonly calls: readonly {
    readonly name: string;
    readonly args: { readonly [name: string]: Json };
    readonly deps: readonly number[];
    readonly result?: Json;
  }[];
}

/** What the world outside does with a call. Times in milliseconds. */
export interface CallPlan {
  readonly delay: number;
  /** The result comes again so much later. */
  readonly duplicateAfter?: readonly number[];
  /** The call fails with this code. */
  readonly error?: string;
  /** The result comes so long after its deadline. */
  readonly lateBy?: number;
}

/** Several tasks that one conversation works on at a time. */
export interface Composite {
  readonly id: string;
  readonly tasks: readonly string[];
  /** By task, then by call. */
  readonly plan: readonly (readonly CallPlan[])[];
  readonly cancel?: { readonly task: number; readonly at: number };
}

export interface Workload {
  readonly tasks: readonly SourceTask[];
  readonly composites: readonly Composite[];
}

/** Reads every `tasks.*.json` and `composites.*.json` of a folder. */
export function readWorkload(folder: string): Workload {
  const names = readdirSync(folder).sort();
  const read = <ROW>(kind: string): ROW[] =>
    names
      .filter((name) => name.startsWith(`${kind}.`) && name.endsWith('.json'))
      .flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as ROW[]);
  const workload = { tasks: read<SourceTask>('tasks'), composites: read<Composite>('composites') };
  if (workload.composites.length === 0) throw new Error(`No composites.*.json in the folder "${folder}".`);
  return workload;
}
