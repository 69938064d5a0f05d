/**
 * The table of the tasks, and its indexes. Columns are what the statements put conditions on or change; what never
 * changes and is never asked for is JSON text in `origin`. Times are milliseconds since the epoch. `seq` says which
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
  status TEXT NOT NULL,
  phase TEXT,
  call_ids TEXT NOT NULL,
  token_hashes TEXT NOT NULL,
  dispatch_result TEXT,
  dispatched_at BIGINT,
  deadline_at BIGINT,
  scheduling TEXT,
  progress TEXT,
  input_request TEXT,
  placeholder_sent_at BIGINT,
  settlement TEXT,
  settled_at BIGINT,
  final_settlement TEXT,
  claimant TEXT,
  claimed_at BIGINT,
  claim_fixed INTEGER,
  delivery_kind TEXT,
  delivery_offset INTEGER,
  consumption TEXT,
  UNIQUE (scope_key, id),
  UNIQUE (scope_key, idempotency_key),
  UNIQUE (thread_key, handle)
);
CREATE INDEX IF NOT EXISTS latecall_tasks_by_id ON latecall_tasks (id);
CREATE INDEX IF NOT EXISTS latecall_tasks_by_age ON latecall_tasks (scope_key, seq);
CREATE INDEX IF NOT EXISTS latecall_tasks_due ON latecall_tasks (deadline_at)
  WHERE status IN ('working', 'input_required') AND deadline_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS latecall_tasks_untold ON latecall_tasks (settled_at)
  WHERE settled_at IS NOT NULL AND consumption IS NULL;
`;
}
