import { createHandle } from '../base/handle.ts';
import { toOutcome } from '../parts/outcome.ts';
import type { Runtime } from '../runtime.ts';
import type { TaskRecord } from '../task/task.ts';
import type { TaskStore } from '../task/task-store.ts';

/** `true` for a task whose deadline has passed, as its model is told, and whose result is welcome all the same. */
export function acceptsLate({ lateResult, settlement }: TaskRecord): boolean {
  const outcome = settlement === undefined ? undefined : toOutcome(settlement);
  return lateResult === 'accept' && outcome?.status === 'expired' && outcome.resultMayCome === true;
}

/** The id of the task that brings the late result of another. */
export function sequelId(id: string): string {
  return `${id}.late`;
}

/**
 * A task as people are to see it: one that expired, and whose late result a model was told, with that result's outcome.
 *
 * @param task The one or the other of the two.
 */
export async function withLateResult(store: Pick<TaskStore, 'get'>, task: TaskRecord): Promise<TaskRecord> {
  const { scope } = task;
  const expired = task.sequelOf === undefined ? task : await store.get({ scope, id: task.sequelOf });
  if (expired === undefined || !acceptsLate(expired)) return task;
  const sequel = expired === task ? await store.get({ scope, id: sequelId(task.id) }) : task;
  if (sequel?.consumption === undefined) return expired;
  const { status, settlement, finalSettlement, settledAt, consumption } = sequel;
  return {
    ...expired,
    status,
    consumption,
    ...(settlement === undefined ? {} : { settlement }),
    ...(finalSettlement === undefined ? {} : { finalSettlement }),
    ...(settledAt === undefined ? {} : { settledAt }),
  };
}

/**
 * The task that brings the late result of one which had expired and accepts late results: its outcome stays what it is,
 * and the result is told once more, behind whatever the conversation has come to. One for each expired task.
 */
export async function sequelOf(runtime: Runtime, task: TaskRecord): Promise<TaskRecord | undefined> {
  const { store, clock, randomBytes } = runtime;
  const { id, scope, turn, toolName, arguments: args, tokenHashes, createdAt, dispatchedAt = createdAt } = task;
  const { dispatchResult, scheduling, snapshot, permissions, dependsOn } = task;
  const names = [`${task.handle}_late`, createHandle({ toolName: `${toolName}_late`, randomBytes })];
  for (const handle of names) {
    const created = await store.create({
      id: sequelId(id),
      handle,
      scope,
      turn,
      toolName,
      callIds: [handle], // no call of the history: it stands behind them all
      arguments: args,
      idempotencyKey: `late:${id}`,
      tokenHashes,
      createdAt: clock.now(),
      dispatchedAt,
      sequelOf: id,
      ...(dispatchResult === undefined ? {} : { dispatchResult }),
      ...(scheduling === undefined ? {} : { scheduling }),
      ...(snapshot === undefined ? {} : { snapshot }),
      ...(permissions === undefined ? {} : { permissions }),
      ...(dependsOn === undefined ? {} : { dependsOn }),
    });
    if (created.result !== 'handle_taken') return created.task;
  }
  return undefined;
}
