import {
  type CreateResult,
  expiry,
  fitsFilter,
  judgeSettlement,
  type NewTask,
  type Scope,
  type SettleAttempt,
  type SettleResult,
  scopeKey,
  type TaskFilter,
  type TaskHint,
  type TaskRecord,
  type TaskRef,
  type TaskStore,
  threadKey,
} from '@latecall/core';
import { toLine } from './json-lines.ts';
import type { SqlExecutor, SqlRow, SqlValue } from './sql-executor.ts';
import { fromRow, scopeOf, text, toRow, toText } from './task-row.ts';
import {
  claimTask,
  consumeTask,
  expireTask,
  finishTask,
  insertTask,
  releaseTask,
  selectDue,
  selectHandle,
  selectNextDeadline,
  selectReady,
  selectRival,
  selectScope,
  selectTask,
  selectTasks,
  settleTask,
  updateTask,
} from './task-statements.ts';

/** Beyond it the rows are picked here; SQLite takes no condition of a thousand parts. */
const mostCallIds = 100;

/** How many due tasks are looked up at once. */
const mostDue = 100;

/**
 * The store on a table made by `taskTable`. Everything but the hints of others, for every database has its own way to
 * say that something changed.
 *
 * @param tell Is told what this store changed, right after.
 */
export function createSqlStore(input: {
  executor: SqlExecutor;
  tell: (hint: TaskHint) => void;
}): Omit<TaskStore, 'subscribe'> {
  const { executor, tell } = input;
  const first = async (sql: string, values: readonly SqlValue[]) => (await executor.query(sql, values))[0];
  const changedTask = (row: SqlRow | undefined): TaskRecord | undefined => {
    if (row === undefined) return undefined;
    const task = fromRow(row);
    tell({ scope: scopeOf(row), id: task.id });
    return task;
  };
  const get = async (ref: TaskRef) => {
    const row = await first(selectTask, place(ref));
    return row === undefined ? undefined : fromRow(row);
  };

  const create = async (task: NewTask): Promise<CreateResult> => {
    const created = await first(insertTask, toRow(task));
    if (created !== undefined) return { result: 'created', task: fromRow(created) };
    const rival = await first(selectRival, [...place(task), task.idempotencyKey]);
    if (rival !== undefined) return { result: 'exists', task: fromRow(rival) };
    const holder = await first(selectHandle, [threadKey(task.scope), task.handle]);
    // Who stood in the way may have been deleted since.
    return holder === undefined ? create(task) : { result: 'handle_taken' };
  };

  const settle = async (ref: TaskRef, attempt: SettleAttempt): Promise<SettleResult> => {
    const { settlement, now, hold = false, scheduling } = attempt;
    const [status, phase] = hold ? ['working', 'settling'] : [settlement.status, null];
    const values = [...place(ref), status, phase, JSON.stringify(settlement), now, scheduling ?? null];
    const task = changedTask(await first(settleTask, values));
    if (task !== undefined) return { verdict: 'accepted', task };
    const stored = await get(ref);
    if (stored === undefined) return { verdict: 'unknown' };
    const verdict = judgeSettlement({ task: stored, settlement, now });
    // It was created since.
    return verdict === 'accepted' ? settle(ref, attempt) : { verdict, task: stored };
  };

  const expire = async (row: SqlRow, now: number) =>
    changedTask(await first(expireTask, [text(row, 'scope_key'), text(row, 'id'), now, JSON.stringify(expiry())]));

  return {
    create,
    get,
    settle,

    locate: async (id) => {
      const row = await first(selectScope, [id]);
      return row === undefined ? undefined : scopeOf(row);
    },

    list: async (scope, filter = {}) => {
      if (filter.callIds?.length === 0) return [];
      const { sql, values } = listing(scope, filter);
      return (await executor.query(sql, values)).map(fromRow).filter((task) => fitsFilter(task, filter));
    },

    update: async (ref, change) => {
      const { status, progress, inputRequest, dispatched, callId, tokenHash, placeholderSentAt } = change;
      const values = [
        ...place(ref),
        status ?? null,
        toText(progress),
        toText(inputRequest),
        toText(dispatched?.dispatchResult),
        dispatched?.at ?? null,
        callId === undefined ? null : toLine(callId),
        tokenHash === undefined ? null : toLine(tokenHash),
        placeholderSentAt ?? null,
      ];
      return changedTask(await first(updateTask, values));
    },

    finish: async (ref, settlement) => {
      const values = [...place(ref), settlement.status, JSON.stringify(settlement)];
      return changedTask(await first(finishTask, values)) ?? (await get(ref));
    },

    expireDue: async ({ now, scope, limit = Number.POSITIVE_INFINITY }) => {
      const expired: TaskRecord[] = [];
      while (expired.length < limit) {
        const atOnce = Math.min(mostDue, limit - expired.length);
        const due = await executor.query(selectDue, [now, scope === undefined ? null : scopeKey(scope), atOnce]);
        for (const row of due) expired.push(...present(await expire(row, now)));
        if (due.length < atOnce) break;
      }
      return expired;
    },

    nextDeadline: async () => {
      const row = await first(selectNextDeadline, []);
      // BIGINT comes as text from PostgreSQL.
      return row === undefined ? undefined : Number(row.deadline_at);
    },

    ready: async ({ limit = Number.MAX_SAFE_INTEGER, settlingSince } = {}) => {
      if (limit <= 0) return []; // SQLite takes less than nothing for all.
      return (await executor.query(selectReady, [settlingSince ?? null, limit])).map(scopeOf);
    },

    claim: async ({ scope, claimant, now, wanted, takeOverAfterMs }) => {
      const takenOver = takeOverAfterMs === undefined ? null : now - takeOverAfterMs;
      const claimed: SqlRow[] = [];
      for (const { id, delivery } of wanted) {
        const values = [...place({ scope, id }), claimant, now, delivery.kind, delivery.offset, takenOver];
        claimed.push(...present(await first(claimTask, values)));
      }
      return claimed.map(fromRow);
    },

    release: async ({ scope, claimant, ids, sent }) => {
      for (const id of ids) {
        const released = await first(releaseTask, [...place({ scope, id }), claimant, sent ? 1 : 0]);
        if (released !== undefined) tell({ scope: scopeOf(released), id });
      }
    },

    consume: async (ref, { claimant, turn, now, told }) => {
      const consumption = JSON.stringify({ ...told, turn, at: now });
      return (await first(consumeTask, [...place(ref), claimant, consumption])) !== undefined;
    },
  };
}

function place({ scope, id }: TaskRef): [string, string] {
  return [scopeKey(scope), id];
}

function present<VALUE>(value: VALUE | undefined): VALUE[] {
  return value === undefined ? [] : [value];
}

function listing(scope: Scope, { statuses, callIds = [], consumed }: TaskFilter): { sql: string; values: SqlValue[] } {
  const lines = callIds.length > mostCallIds ? [] : callIds.map(toLine);
  const oneOf = statuses === undefined ? null : `,${statuses.join(',')},`;
  const told = consumed === undefined ? null : Number(consumed);
  return { sql: selectTasks({ callIds: lines.length }), values: [scopeKey(scope), oneOf, told, ...lines] };
}
