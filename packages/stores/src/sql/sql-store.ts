import {
  type CreateResult,
  expiry,
  fitsFilter,
  judgeSettlement,
  type NewTask,
  type NoteResult,
  noteOn,
  type Scope,
  type SettleAttempt,
  type SettleResult,
  scopeKey,
  type TaskFilter,
  type TaskHint,
  type TaskNote,
  type TaskRecord,
  type TaskRef,
  type TaskStore,
  threadKey,
} from '@latecall/core';
import { claimBatch } from './claim-tasks.ts';
import { toLine } from './json-lines.ts';
import { purgeTasks } from './purge-tasks.ts';
import type { SqlExecutor, SqlRow, SqlValue } from './sql-executor.ts';
import { dispatchFailed, fromRow, scopeOf, text, textOrNull, toNotes, toRow, toText } from './task-row.ts';
import {
  consumeTask,
  countOpen,
  expireTask,
  finishTask,
  insertTask,
  noteTask,
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
 * @param rowLock How a query locks the rows that it finds, in the words of the database; nothing where one statement at
 *   a time writes.
 * @param rest Lets others write between two statements that change many rows.
 */
export function createSqlStore(input: {
  executor: SqlExecutor;
  tell: (hint: TaskHint) => void;
  rowLock: string;
  rest: () => Promise<void>;
}): Omit<TaskStore, 'subscribe'> {
  const { executor, tell } = input;
  const first = async (sql: string, values: readonly SqlValue[]) => (await executor.query(sql, values))[0];
  const changedTask = (row: SqlRow | undefined): TaskRecord | undefined => {
    if (row === undefined) return undefined;
    const task = fromRow(row);
    tell({ scope: { ...task.scope }, id: task.id });
    return task;
  };
  const find = (ref: TaskRef) => first(selectTask, place(ref));
  const get = async (ref: TaskRef) => {
    const row = await find(ref);
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
    const { settlement, now, hold, scheduling } = attempt;
    const status = hold === undefined ? settlement.status : 'working';
    const failed = dispatchFailed(settlement);
    const outcome = [status, hold ?? null, JSON.stringify(settlement), now, scheduling ?? null, failed];
    const values = [...place(ref), ...outcome];
    const task = changedTask(await first(settleTask, values));
    if (task !== undefined) return { verdict: 'accepted', task };
    const stored = await get(ref);
    if (stored === undefined) return { verdict: 'unknown' };
    const verdict = judgeSettlement({ task: stored, settlement, now });
    // It was created since.
    return verdict === 'accepted' ? settle(ref, attempt) : { verdict, task: stored };
  };

  const note = async (ref: TaskRef, noted: TaskNote): Promise<NoteResult> => {
    const row = await find(ref);
    if (row === undefined) return { verdict: 'unknown' };
    const { verdict, task } = noteOn(fromRow(row), noted);
    if (verdict !== 'accepted') return { verdict, task };
    const seen = [text(row, 'status'), textOrNull(row, 'phase'), textOrNull(row, 'notes')];
    const written = changedTask(await first(noteTask, [...place(ref), task.status, toNotes(task), ...seen]));
    // Something else was written since: decide anew.
    return written === undefined ? note(ref, noted) : { verdict, task: written };
  };

  const expire = async (row: SqlRow, now: number) => {
    const settlement = expiry(row.late_result === 'accept' ? { lateResult: 'accept' } : {});
    const values = [text(row, 'scope_key'), text(row, 'id'), now, JSON.stringify(settlement)];
    return changedTask(await first(expireTask, values));
  };

  return {
    create,
    get,
    settle,
    note,

    locate: async (id) => {
      const row = await first(selectScope, [id]);
      return row === undefined ? undefined : scopeOf(row);
    },

    countOpen: async (scope) => Number((await first(countOpen, [scopeKey(scope)]))?.open),
    purge: (which) => purgeTasks(input, which),

    list: async (scope, filter = {}) => {
      if (filter.callIds?.length === 0) return [];
      const { sql, values } = listing(scope, filter);
      return (await executor.query(sql, values)).map(fromRow).filter((task) => fitsFilter(task, filter));
    },

    update: async (ref, change) => {
      const { dispatched, callId, tokenHash, placeholderSentAt } = change;
      const values = [
        ...place(ref),
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

    claim: (request) => claimBatch(input, request),

    release: async ({ scope, claimant, ids, sent }) => {
      for (const id of ids) {
        const released = await first(releaseTask, [...place({ scope, id }), claimant, sent ? 1 : 0]);
        if (released !== undefined) tell({ scope: scopeOf(released), id });
      }
    },

    consume: async (ref, { claimant, turn, now, told }) => {
      const consumption = JSON.stringify({ ...told, turn, at: now });
      return (await first(consumeTask, [...place(ref), claimant, consumption, now])) !== undefined;
    },
  };
}

function place({ scope, id }: TaskRef): [string, string] {
  return [scopeKey(scope), id];
}

function present<VALUE>(value: VALUE | undefined): VALUE[] {
  return value === undefined ? [] : [value];
}

function listing(scope: Scope, filter: TaskFilter): { sql: string; values: SqlValue[] } {
  const { statuses, callIds = [], consumed, everyBranch = false } = filter;
  const lines = callIds.length > mostCallIds ? [] : callIds.map(toLine);
  const oneOf = statuses === undefined ? null : `,${statuses.join(',')},`;
  const told = consumed === undefined ? null : Number(consumed);
  const key = everyBranch ? threadKey(scope) : scopeKey(scope);
  return { sql: selectTasks({ callIds: lines.length, everyBranch }), values: [key, oneOf, told, ...lines] };
}
