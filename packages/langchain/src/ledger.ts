import { restoreTasks, sameJson, type TaskRecord } from '@latecall/core';
import { z } from 'zod';
import type { Binding } from './binding.ts';
import { type HostConfig, hasCheckpointer } from './host-config.ts';
import type { Conversing } from './run-model.ts';

/**
 * Where an app gives Latecall no store, a thread with a checkpointer keeps its tasks in the checkpoint, in a part of the
 * state that is private to us: no input can write to it, what a run returns has it not, and it stays when messages are
 * trimmed. The stream modes `values` and `updates` show it, unless `outputKeys` leaves it out.
 */
const LEDGER = '_latecall';

/** By task id. */
type Ledger = Readonly<Record<string, TaskRecord>>;

/** An agent's state with the ledger in it. */
export interface LedgerState {
  readonly [LEDGER]?: Ledger;
}

/** What makes a key of the state private is its first letter. */
export const ledgerState: z.ZodObject<{ [LEDGER]: z.ZodOptional<z.ZodRecord<z.ZodString, z.ZodAny>> }> = z.object({
  [LEDGER]: z.record(z.string(), z.any()).optional(),
});

/** Brings what an earlier process knew into this one's store. */
export async function restoreLedger(binding: Binding, host: HostConfig, stateOf: () => LedgerState): Promise<void> {
  if (keepsOne(binding, host)) await restoreTasks(binding.runtime, Object.values(stateOf()[LEDGER] ?? {}));
}

/** What to write into the state; `undefined` if it says so already, or is not the place. */
export async function keepLedger(call: Conversing & { state: LedgerState }): Promise<LedgerState | undefined> {
  const { binding, scope, host, state } = call;
  if (!keepsOne(binding, host)) return undefined;
  const { [LEDGER]: ledger = {} } = state;
  const tasks = await binding.runtime.store.list(scope);
  const changed = tasks.filter((task) => !sameJson(plain(task), plain(ledger[task.id])));
  if (changed.length === 0) return undefined;
  return { [LEDGER]: { ...ledger, ...Object.fromEntries(changed.map((task) => [task.id, task])) } };
}

function keepsOne({ keepsLedger }: Binding, host: HostConfig): boolean {
  return keepsLedger && hasCheckpointer(host);
}

function plain(task: TaskRecord | undefined) {
  return JSON.parse(JSON.stringify(task ?? null)); // what JSON.parse gives is JSON
}
