import { restoreTasks, type Scope, sameJson, type TaskRecord } from '@latecall/core';
import { z } from 'zod';
import type { Binding } from './binding.ts';

/**
 * Where an app gives Latecall no store, a thread with a checkpointer keeps its tasks in the checkpoint, in a part of the
 * state that is private to us: no input can write to it, no output shows it, and it stays when messages are trimmed.
 */
export const LEDGER = '_latecall';

/** The part of an agent's state that holds the ledger. */
export const ledgerState: z.ZodObject<{ [LEDGER]: z.ZodOptional<z.ZodRecord<z.ZodString, z.ZodAny>> }> = z.object({
  [LEDGER]: z.record(z.string(), z.any()).optional(),
});

/** By task id. */
export type Ledger = Readonly<Record<string, TaskRecord>>;

/** Brings what an earlier process knew into this one's store. */
export function restoreLedger({ runtime }: Binding, ledger: Ledger = {}): Promise<void> {
  return restoreTasks(runtime, Object.values(ledger));
}

/** What to write into the state; `undefined` if it says so already. */
export async function ledgerUpdate(
  { runtime }: Binding,
  scope: Scope,
  ledger: Ledger = {},
): Promise<Ledger | undefined> {
  const tasks = await runtime.store.list(scope);
  const changed = tasks.filter((task) => !sameJson(plain(task), plain(ledger[task.id])));
  if (changed.length === 0) return undefined;
  return { ...ledger, ...Object.fromEntries(changed.map((task) => [task.id, task])) };
}

function plain(task: TaskRecord | undefined) {
  return JSON.parse(JSON.stringify(task ?? null)); // what JSON.parse gives is JSON
}
