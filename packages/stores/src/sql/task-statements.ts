import type { Purgeable } from '@latecall/core';
import { overSince, waits } from './task-table.ts';

// One text for SQLite and PostgreSQL, but for what is said to lock rows. Each write is one statement, on one row unless
// it says so, and its conditions are the decision: a row comes back exactly if it was made. CAST tells PostgreSQL the
// type of a value that may be null.

const ofTask = 'scope_key = $1 AND id = $2';

/** As `isOpen` of core has it. */
const open = `${waits} AND (phase IS NULL OR phase = 'dispatching')`;

const terminal = "status IN ('completed', 'failed', 'cancelled')";

/** As `fixedDelivery` of core has it: no delivery is fixed yet, or the one that was is overruled. */
const unfixed = "(delivery_kind IS NULL OR (delivery_kind = 'replace' AND placeholder_sent_at IS NOT NULL))";

/** `values` in the order of the columns. */
export const insertTask: string = `
INSERT INTO latecall_tasks (
  scope_key, thread_key, id, handle, idempotency_key, origin, created_at, status, phase, call_ids, token_hashes,
  dispatch_result, dispatched_at, deadline_at, late_result, scheduling
) VALUES ($1, $2, $3, $4, $5, $6, $7, 'working', $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT DO NOTHING
RETURNING *`;

/** `$1` scope, `$2` id, `$3` idempotency key. The task with the id comes first. */
export const selectRival: string = `
SELECT * FROM latecall_tasks WHERE scope_key = $1 AND (id = $2 OR idempotency_key = $3)
ORDER BY CASE WHEN id = $2 THEN 0 ELSE 1 END
LIMIT 1`;

/** `$1` thread, `$2` handle. */
export const selectHandle: string = 'SELECT id FROM latecall_tasks WHERE thread_key = $1 AND handle = $2';

export const selectTask: string = `SELECT * FROM latecall_tasks WHERE ${ofTask}`;

export const selectScope: string = 'SELECT scope_key FROM latecall_tasks WHERE id = $1 ORDER BY seq DESC LIMIT 1';

/** `$1` scope. */
export const countOpen: string = `SELECT COUNT(*) AS open FROM latecall_tasks WHERE scope_key = $1 AND ${waits}`;

/**
 * `$1` scope, or thread if `everyBranch`; `$2` statuses as `,one,other,`, `$3` 1 consumed or 0 not; null for any.
 *
 * @param callIds How many lines of `call_ids` follow, of which a task has one; 0 for any.
 */
export function selectTasks({ callIds, everyBranch }: { callIds: number; everyBranch: boolean }): string {
  const hasOne = Array.from({ length: callIds }, (_, index) => `replace(call_ids, $${index + 4}, '') <> call_ids`);
  return `
SELECT * FROM latecall_tasks
WHERE ${everyBranch ? 'thread_key' : 'scope_key'} = $1
  AND (CAST($2 AS TEXT) IS NULL OR CAST($2 AS TEXT) LIKE '%,' || status || ',%')
  AND (CAST($3 AS INTEGER) IS NULL OR CAST($3 AS INTEGER) = CASE WHEN consumption IS NULL THEN 0 ELSE 1 END)
  ${hasOne.length === 0 ? '' : `AND (${hasOne.join(' OR ')})`}
ORDER BY seq`;
}

/**
 * `$3` dispatch result, `$4` its time (they change nothing once the dispatch was given up), `$5` line of a call id, `$6` line of a token hash, `$7` when the placeholder was
 * sent; null for no change. The status is named for the triggers, which tell who listens.
 */
export const updateTask: string = `
UPDATE latecall_tasks SET
  status = status,
  phase = CASE WHEN phase = 'dispatching' AND CAST($4 AS BIGINT) IS NOT NULL THEN NULL ELSE phase END,
  dispatch_result = CASE
    WHEN dispatched_at IS NULL AND dispatch_failed IS NULL AND CAST($4 AS BIGINT) IS NOT NULL THEN CAST($3 AS TEXT)
    ELSE dispatch_result END,
  dispatched_at = CASE
    WHEN dispatch_failed IS NULL THEN COALESCE(dispatched_at, CAST($4 AS BIGINT)) ELSE dispatched_at END,
  call_ids = CASE
    WHEN CAST($5 AS TEXT) IS NULL OR replace(call_ids, CAST($5 AS TEXT), '') <> call_ids THEN call_ids
    ELSE call_ids || '\n' || CAST($5 AS TEXT) END,
  token_hashes = CASE
    WHEN CAST($6 AS TEXT) IS NULL THEN token_hashes ELSE token_hashes || '\n' || CAST($6 AS TEXT) END,
  placeholder_sent_at = COALESCE(placeholder_sent_at, CAST($7 AS BIGINT))
WHERE ${ofTask}
RETURNING *`;

/** `$3` status, `$4` notes; `$5` status, `$6` phase, `$7` notes as they were when `noteOn` decided. */
export const noteTask: string = `
UPDATE latecall_tasks SET status = $3, notes = $4
WHERE ${ofTask} AND status = $5
  AND phase IS NOT DISTINCT FROM CAST($6 AS TEXT) AND notes IS NOT DISTINCT FROM CAST($7 AS TEXT)
RETURNING *`;

/** `$3` status, `$4` phase, `$5` settlement, `$6` now, `$7` scheduling or null for the task's own, `$8` 1 for a failure to dispatch or null. */
export const settleTask: string = `
UPDATE latecall_tasks SET
  status = $3, phase = $4, settlement = $5, settled_at = $6, dispatch_failed = CAST($8 AS INTEGER),
  scheduling = COALESCE(CAST($7 AS TEXT), scheduling)
WHERE ${ofTask} AND ${open} AND (deadline_at IS NULL OR deadline_at > $6 OR late_result = 'accept')
RETURNING *`;

/** `$3` status, `$4` settlement. */
export const finishTask: string = `
UPDATE latecall_tasks SET status = $3, phase = NULL, final_settlement = $4
WHERE ${ofTask} AND phase IN ('authorizing', 'settling')
RETURNING *`;

/** `$1` now, `$2` scope or null for all, `$3` how many. */
export const selectDue: string = `
SELECT scope_key, id, late_result FROM latecall_tasks
WHERE ${open} AND deadline_at <= $1 AND (CAST($2 AS TEXT) IS NULL OR scope_key = CAST($2 AS TEXT))
ORDER BY deadline_at, seq
LIMIT $3`;

/** `$3` now, `$4` settlement. */
export const expireTask: string = `
UPDATE latecall_tasks SET status = 'failed', phase = NULL, settlement = $4, settled_at = $3
WHERE ${ofTask} AND ${open} AND deadline_at <= $3
RETURNING *`;

export const selectNextDeadline: string = `
SELECT deadline_at FROM latecall_tasks
WHERE ${open} AND deadline_at IS NOT NULL
ORDER BY deadline_at
LIMIT 1`;

/** As `neverDispatched` of core has it. */
const neverDispatched = '(dispatched_at IS NULL AND dispatch_failed IS NOT NULL)';

/** As `isReady` of core has it. `$1` tasks that settle since then or longer count too, or null; `$2` how many. */
export const selectReady: string = `
SELECT scope_key FROM latecall_tasks
WHERE settled_at IS NOT NULL AND consumption IS NULL AND (scheduling IS NULL OR scheduling <> 'silent')
  AND (phase IS NULL OR phase = 'authorizing' OR settled_at <= CAST($1 AS BIGINT))
  AND NOT ${neverDispatched}
GROUP BY scope_key
ORDER BY MIN(settled_at), MIN(seq)
LIMIT $2`;

/** Who may claim: `$2` claimant, `$4` claims up to this time are taken over, or null. */
const claimable = `${terminal} AND consumption IS NULL
  AND (claimant IS NULL OR claimant = $2 OR claimed_at <= CAST($4 AS BIGINT))`;

/**
 * Claims several tasks in one statement, so that two runs never share a batch. `$1` scope, `$2` claimant, `$3` now, `$4`
 * claims up to this time are taken over, or null; then id, kind and offset of each that is wanted. It locks the oldest
 * row first, as every statement on several rows does, or two of them could wait for each other.
 */
export function claimTasks({ tasks, rowLock }: { tasks: number; rowLock: string }): string {
  const rows = Array.from({ length: tasks }, (_, index) => {
    const [id, kind, offset] = [5 + 3 * index, 6 + 3 * index, 7 + 3 * index];
    return `(CAST($${id} AS TEXT), CAST($${kind} AS TEXT), CAST($${offset} AS INTEGER))`;
  });
  return `
WITH wanted (wanted_id, wanted_kind, wanted_offset) AS (VALUES ${rows.join(', ')}),
found AS (
  SELECT seq AS found_seq, wanted_kind, wanted_offset FROM wanted JOIN latecall_tasks ON id = wanted_id
  WHERE scope_key = $1 AND ${claimable}
  ORDER BY seq
  ${rowLock}
)
UPDATE latecall_tasks SET
  claimant = $2,
  claimed_at = $3,
  claim_fixed = CASE WHEN ${unfixed} OR (claimant = $2 AND claim_fixed = 1) THEN 1 ELSE 0 END,
  delivery_kind = CASE WHEN ${unfixed} THEN wanted_kind ELSE delivery_kind END,
  delivery_offset = CASE WHEN ${unfixed} THEN wanted_offset ELSE delivery_offset END
FROM found
WHERE seq = found_seq AND ${claimable}
RETURNING *`;
}

/** `$3` claimant, `$4` 1 if a provider was sent the prompt, else 0. */
export const releaseTask: string = `
UPDATE latecall_tasks SET
  claimant = NULL,
  claimed_at = NULL,
  claim_fixed = NULL,
  delivery_kind = CASE WHEN CAST($4 AS INTEGER) = 0 AND claim_fixed = 1 THEN NULL ELSE delivery_kind END,
  delivery_offset = CASE WHEN CAST($4 AS INTEGER) = 0 AND claim_fixed = 1 THEN NULL ELSE delivery_offset END
WHERE ${ofTask} AND claimant = $3 AND consumption IS NULL
RETURNING scope_key, id`;

/** `$3` claimant, `$4` the consumption, `$5` its time. */
export const consumeTask: string = `
UPDATE latecall_tasks SET consumption = $4, consumed_at = $5
WHERE ${ofTask} AND claimant = $3 AND consumption IS NULL
RETURNING id`;

/** As `overSince` of core has it: which tasks a purge is for. */
const purgeable: Readonly<Record<Purgeable, string>> = {
  told: 'consumed_at IS NOT NULL',
  settled: terminal,
  all: 'TRUE',
};

/** What a purge deletes: in which column the scope's key stands, if it names one, and of which tasks. */
export interface PurgeKind {
  readonly within: 'scope_key' | 'thread_key' | undefined;
  readonly which: Purgeable;
}

/** The tasks that are over for longest come first. `$1` before, `$2` since or later, `$3` how many, `$4` the key. */
export function selectOver({ within, which }: PurgeKind): string {
  return `
SELECT seq, ${overSince} AS since FROM latecall_tasks
WHERE ${overSince} < $1 AND ${overSince} >= $2 AND ${purgeable[which]} ${within === undefined ? '' : `AND ${within} = $4`}
ORDER BY ${overSince}, seq
LIMIT $3`;
}

/** Deletes several rows that are still over. `$1` before; then the `seq` of each. Locks the oldest row first. */
export function deleteTasks(input: { which: Purgeable; tasks: number; rowLock: string }): string {
  const { which, tasks, rowLock } = input;
  const rows = Array.from({ length: tasks }, (_, index) => `$${index + 2}`);
  return `
WITH found AS (
  SELECT seq AS found_seq FROM latecall_tasks
  WHERE seq IN (${rows.join(', ')}) AND ${overSince} < $1 AND ${purgeable[which]}
  ORDER BY seq
  ${rowLock}
)
DELETE FROM latecall_tasks WHERE seq IN (SELECT found_seq FROM found)
RETURNING id`;
}
