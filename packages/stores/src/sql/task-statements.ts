import { dispatchFailures } from '@latecall/core';

// One text for SQLite and PostgreSQL. Each write is one statement on one row, and its conditions are the decision: a
// row comes back exactly if it was made. CAST tells PostgreSQL the type of a value that may be null.

const ofTask = 'scope_key = $1 AND id = $2';

/** As `isOpen` of core has it. */
const open = "status IN ('working', 'input_required') AND (phase IS NULL OR phase <> 'settling')";

/** As `fixedDelivery` of core has it: no delivery is fixed yet, or the one that was is overruled. */
const unfixed = "(delivery_kind IS NULL OR (delivery_kind = 'replace' AND placeholder_sent_at IS NOT NULL))";

/** `values` in the order of the columns. */
export const insertTask: string = `
INSERT INTO latecall_tasks (
  scope_key, thread_key, id, handle, idempotency_key, origin, status, phase, call_ids, token_hashes,
  dispatch_result, dispatched_at, deadline_at, scheduling
) VALUES ($1, $2, $3, $4, $5, $6, 'working', $7, $8, $9, $10, $11, $12, $13)
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

/**
 * `$1` scope, `$2` statuses as `,one,other,`, `$3` 1 consumed or 0 not; null for any.
 *
 * @param callIds How many lines of `call_ids` follow, of which a task has one; 0 for any.
 */
export function selectTasks({ callIds }: { callIds: number }): string {
  const hasOne = Array.from({ length: callIds }, (_, index) => `replace(call_ids, $${index + 4}, '') <> call_ids`);
  return `
SELECT * FROM latecall_tasks
WHERE scope_key = $1
  AND (CAST($2 AS TEXT) IS NULL OR CAST($2 AS TEXT) LIKE '%,' || status || ',%')
  AND (CAST($3 AS INTEGER) IS NULL OR CAST($3 AS INTEGER) = CASE WHEN consumption IS NULL THEN 0 ELSE 1 END)
  ${hasOne.length === 0 ? '' : `AND (${hasOne.join(' OR ')})`}
ORDER BY seq`;
}

/**
 * `$3` status, `$4` progress, `$5` input request, `$6` dispatch result, `$7` its time, `$8` line of a call id, `$9` line
 * of a token hash, `$10` when the placeholder was sent; null for no change.
 */
export const updateTask: string = `
UPDATE latecall_tasks SET
  status = COALESCE(CAST($3 AS TEXT), status),
  phase = CASE WHEN phase = 'dispatching' AND CAST($7 AS BIGINT) IS NOT NULL THEN NULL ELSE phase END,
  progress = COALESCE(CAST($4 AS TEXT), progress),
  input_request = CASE
    WHEN CAST($3 AS TEXT) = 'working' THEN NULL ELSE COALESCE(CAST($5 AS TEXT), input_request) END,
  dispatch_result = CASE
    WHEN dispatched_at IS NULL AND CAST($7 AS BIGINT) IS NOT NULL THEN CAST($6 AS TEXT) ELSE dispatch_result END,
  dispatched_at = COALESCE(dispatched_at, CAST($7 AS BIGINT)),
  call_ids = CASE
    WHEN CAST($8 AS TEXT) IS NULL OR replace(call_ids, CAST($8 AS TEXT), '') <> call_ids THEN call_ids
    ELSE call_ids || '\n' || CAST($8 AS TEXT) END,
  token_hashes = CASE
    WHEN CAST($9 AS TEXT) IS NULL THEN token_hashes ELSE token_hashes || '\n' || CAST($9 AS TEXT) END,
  placeholder_sent_at = COALESCE(placeholder_sent_at, CAST($10 AS BIGINT))
WHERE ${ofTask} AND (CAST($3 AS TEXT) IS NULL OR (${open}))
RETURNING *`;

/** `$3` status, `$4` phase, `$5` settlement, `$6` now, `$7` scheduling or null for the task's own. */
export const settleTask: string = `
UPDATE latecall_tasks SET
  status = $3, phase = $4, settlement = $5, settled_at = $6, scheduling = COALESCE(CAST($7 AS TEXT), scheduling)
WHERE ${ofTask} AND ${open} AND (deadline_at IS NULL OR deadline_at > $6)
RETURNING *`;

/** `$3` status, `$4` settlement. */
export const finishTask: string = `
UPDATE latecall_tasks SET status = $3, phase = NULL, final_settlement = $4
WHERE ${ofTask} AND phase = 'settling'
RETURNING *`;

/** `$1` now, `$2` scope or null for all, `$3` how many. */
export const selectDue: string = `
SELECT scope_key, id FROM latecall_tasks
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

/** As `neverDispatched` of core has it. Within JSON text no quote of a message stands without its backslash. */
const neverDispatched = `(dispatched_at IS NULL AND status = 'failed' AND final_settlement IS NULL AND (
    ${dispatchFailures.map((code) => `replace(settlement, '"code":"${code}"', '') <> settlement`).join('\n    OR ')}))`;

/** As `isReady` of core has it. `$1` tasks that settle since then or longer count too, or null; `$2` how many. */
export const selectReady: string = `
SELECT scope_key FROM latecall_tasks
WHERE settled_at IS NOT NULL AND consumption IS NULL AND (scheduling IS NULL OR scheduling <> 'silent')
  AND (phase IS NULL OR settled_at <= CAST($1 AS BIGINT))
  AND NOT ${neverDispatched}
GROUP BY scope_key
ORDER BY MIN(settled_at), MIN(seq)
LIMIT $2`;

/** `$3` claimant, `$4` now, `$5` and `$6` the delivery, `$7` claims up to this time are taken over, or null. */
export const claimTask: string = `
UPDATE latecall_tasks SET
  claimant = $3,
  claimed_at = $4,
  claim_fixed = CASE WHEN ${unfixed} OR (claimant = $3 AND claim_fixed = 1) THEN 1 ELSE 0 END,
  delivery_kind = CASE WHEN ${unfixed} THEN $5 ELSE delivery_kind END,
  delivery_offset = CASE WHEN ${unfixed} THEN CAST($6 AS INTEGER) ELSE delivery_offset END
WHERE ${ofTask} AND status IN ('completed', 'failed', 'cancelled') AND consumption IS NULL
  AND (claimant IS NULL OR claimant = $3 OR claimed_at <= CAST($7 AS BIGINT))
RETURNING *`;

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

/** `$3` claimant, `$4` the consumption. */
export const consumeTask: string = `
UPDATE latecall_tasks SET consumption = $4
WHERE ${ofTask} AND claimant = $3 AND consumption IS NULL
RETURNING id`;
