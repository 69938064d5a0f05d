import {
  type ClaimRequest,
  isTerminal,
  type Json,
  sameJson,
  type TaskRecord,
  type TaskRef,
  type TaskStore,
} from '@latecall/core';
import type { World } from './world.ts';

/** What is in the store, seen from above: no process can be wrong about it. */
export interface Facts {
  /** Every task as it was last written, by id. */
  readonly tasks: ReadonlyMap<string, TaskRecord>;
  tasksOf(thread: string): TaskRecord[];
  /** When the delivery of a task was fixed, in milliseconds since the epoch; `undefined` if it is not. */
  fixedAt(id: string): number | undefined;
  /** The store itself; whoever writes through it is watched. */
  readonly store: TaskStore;
}

/** Watches every write, and holds it against the laws that a record alone can break. */
export function watchStore(world: World, raw: TaskStore): Facts {
  const tasks = new Map<string, TaskRecord>();
  const fixedAt = new Map<string, number>();

  const look = async (refs: readonly TaskRef[]) => {
    for (const ref of refs) {
      const before = tasks.get(ref.id);
      const after = await raw.get(ref);
      if (after === undefined) {
        if (before !== undefined) world.break('3', `the task ${ref.id} is gone`);
        continue;
      }
      tasks.set(ref.id, after);
      if (after.delivery === undefined) fixedAt.delete(ref.id);
      else if (!fixedAt.has(ref.id)) fixedAt.set(ref.id, world.now);
      checkRecord(world, after);
      if (before !== undefined) checkChange(world, before, after);
    }
  };
  const watched = <ARGS extends readonly never[], RESULT>(
    method: (...args: ARGS) => Promise<RESULT>,
    touched: (result: RESULT, ...args: ARGS) => readonly TaskRef[],
  ) => {
    return async (...args: ARGS): Promise<RESULT> => {
      const result = await method(...args);
      await look(touched(result, ...args));
      return result;
    };
  };

  return {
    tasks,
    fixedAt: (id) => fixedAt.get(id),
    tasksOf: (thread) => [...tasks.values()].filter(({ scope }) => scope.thread === thread),
    store: {
      ...raw,
      create: watched(raw.create, (created) => ('task' in created ? [created.task] : [])),
      update: watched(raw.update, (_, ref) => [ref]),
      note: watched(raw.note, (_, ref) => [ref]),
      settle: watched(raw.settle, (_, ref) => [ref]),
      finish: watched(raw.finish, (_, ref) => [ref]),
      consume: watched(raw.consume, (_, ref) => [ref]),
      expireDue: watched(raw.expireDue, (expired) => expired),
      claim: watched(raw.claim, (_, { scope, wanted }: ClaimRequest) => wanted.map(({ id }) => ({ scope, id }))),
      release: watched(raw.release, (_, { scope, ids }: Parameters<TaskStore['release']>[0]) =>
        ids.map((id) => ({ scope, id })),
      ),
    },
  };
}

function checkRecord(world: World, task: TaskRecord): void {
  const { id, status, settlement, settledAt = 0, deadlineAt, lateResult, phase } = task;
  if (isTerminal(status) && settlement === undefined) world.break('3', `${id} is ${status} without an outcome`);
  if (isTerminal(status) && phase !== undefined) world.break('3', `${id} is ${status} and in phase ${phase}`);
  const inTime = deadlineAt === undefined || lateResult === 'accept' || settledAt < deadlineAt;
  if (settlement?.status === 'completed' && !inTime) world.break('7', `${id} was completed after its deadline`);
}

const forEver = ['id', 'handle', 'scope', 'turn', 'toolName', 'arguments', 'idempotencyKey', 'createdAt'] as const;
/** Stay as they are once they are there. */
const onceThere = [
  'settlement',
  'settledAt',
  'consumption',
  'dispatchResult',
  'dispatchedAt',
  'placeholderSentAt',
] as const;

function checkChange(world: World, before: TaskRecord, after: TaskRecord): void {
  const { id } = after;
  const same = (key: keyof TaskRecord) => sameJson(jsonOf(before[key]), jsonOf(after[key]));
  for (const key of forEver) if (!same(key)) world.break('3', `${key} of ${id} has changed`);
  for (const key of onceThere) {
    const law = key === 'consumption' ? '4' : key.startsWith('dispatch') ? '2' : '3';
    if (before[key] !== undefined && !same(key)) world.break(law, `${key} of ${id} has changed`);
  }
  if (isTerminal(before.status)) {
    for (const key of ['status', 'finalSettlement'] as const) {
      if (!same(key)) world.break('3', `${key} of ${id} has changed after its end`);
    }
  }
  if (before.consumption !== undefined && !same('delivery')) world.break('13', `the delivery of ${id} has changed`);
}

const jsonOf = (value: unknown) => (value ?? null) as Json; // records are JSON
