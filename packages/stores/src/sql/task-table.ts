/** Statuses that an outcome may still come to. The indexes hold only if statements say it in the same words. */
export const waits = "status IN ('working', 'input_required')";

/** As `overSince` of core has it for `all`: when the task was over, or since when it is there. */
export const overSince: string = `CASE WHEN ${waits} THEN created_at ELSE COALESCE(consumed_at, settled_at) END`;

/**
 * The table of the tasks, and its indexes. Columns are what the statements put conditions on or change; what never
 * changes and is never asked for is JSON text in `origin`; what notes change is JSON text in `notes`. Times are milliseconds since the epoch. `seq` says which
 * task is older.
 *
 * @param sequence The type of a primary key that counts up by itself, in the words of the database.
 */
export function taskTable({ sequence }: { sequence: string }): string {
  return `
CREATE TABLE IF NOT EXISTS latecall_tasks (
  seq ${sequence},
  scope_key TEXT NOT NULL,
  thread_key TEXT NOT NULL,
  id TEXT NOT NULL,
  handle TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  origin TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  status TEXT NOT NULL,
  phase TEXT,
  call_ids TEXT NOT NULL,
  token_hashes TEXT NOT NULL,
  dispatch_result TEXT,
  dispatched_at BIGINT,
  deadline_at BIGINT,
  late_result TEXT,
  scheduling TEXT,
  notes TEXT,
  placeholder_sent_at BIGINT,
  settlement TEXT,
  settled_at BIGINT,
  dispatch_failed INTEGER,
  final_settlement TEXT,
  claimant TEXT,
  claimed_at BIGINT,
  claim_fixed INTEGER,
  delivery_kind TEXT,
  delivery_offset INTEGER,
  consumption TEXT,
  consumed_at BIGINT,
  UNIQUE (scope_key, id),
  UNIQUE (scope_key, idempotency_key),
  UNIQUE (thread_key, handle)
);
CREATE INDEX IF NOT EXISTS latecall_tasks_by_id ON latecall_tasks (id);
CREATE INDEX IF NOT EXISTS latecall_tasks_by_age ON latecall_tasks (scope_key, seq);
CREATE INDEX IF NOT EXISTS latecall_tasks_due ON latecall_tasks (deadline_at)
  WHERE ${waits} AND deadline_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS latecall_tasks_open ON latecall_tasks (scope_key) WHERE ${waits};
CREATE INDEX IF NOT EXISTS latecall_tasks_over ON latecall_tasks ((${overSince}));
CREATE INDEX IF NOT EXISTS latecall_tasks_untold ON latecall_tasks (scope_key, settled_at)
  WHERE settled_at IS NOT NULL AND consumption IS NULL;
`;
}
