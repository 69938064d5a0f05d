import {
  dispatchFailures,
  type NewTask,
  type Scope,
  type Settlement,
  scopeKey,
  type TaskRecord,
  threadKey,
} from '@latecall/core';
import { fromLines, toLines } from './json-lines.ts';
import type { SqlRow, SqlValue } from './sql-executor.ts';

/** JSON text of a value; null for one that is left out. */
export function toText(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

/** The values of `insertTask`. */
export function toRow(task: NewTask): SqlValue[] {
  const { turn, toolName, arguments: input, sequelOf, dependsOn, permissions, snapshot } = task;
  return [
    scopeKey(task.scope),
    threadKey(task.scope),
    task.id,
    task.handle,
    task.idempotencyKey,
    JSON.stringify({ turn, toolName, arguments: input, sequelOf, dependsOn, permissions, snapshot }),
    task.createdAt,
    task.dispatchedAt === undefined ? 'dispatching' : null,
    toLines(task.callIds),
    toLines(task.tokenHashes),
    toText(task.dispatchResult),
    task.dispatchedAt ?? null,
    task.deadlineAt ?? null,
    task.lateResult ?? null,
    task.scheduling ?? null,
  ];
}

/** JSON text of all that notes write to a task; null if nothing was noted. */
export function toNotes(task: TaskRecord): string | null {
  const { progress, log, newsCount, newsSequence, inputs, quarantine, cancelToldAt } = task;
  const text = JSON.stringify({ progress, log, newsCount, newsSequence, inputs, quarantine, cancelToldAt });
  return text === '{}' ? null : text;
}

/** 1 for an outcome that says that there was no dispatch, else null; see `neverDispatched` of core. */
export function dispatchFailed(settlement: Settlement): 1 | null {
  if (settlement.status !== 'failed') return null;
  const { code } = settlement.error;
  return dispatchFailures.some((failure) => failure === code) ? 1 : null;
}

/** The task of a whole row. */
export function fromRow(row: SqlRow): TaskRecord {
  return {
    ...JSON.parse(text(row, 'origin')),
    ...JSON.parse(row.notes === null ? '{}' : text(row, 'notes')),
    id: text(row, 'id'),
    handle: text(row, 'handle'),
    scope: scopeOf(row),
    idempotencyKey: text(row, 'idempotency_key'),
    status: text(row, 'status'),
    createdAt: Number(row.created_at),
    callIds: fromLines(text(row, 'call_ids')),
    tokenHashes: fromLines(text(row, 'token_hashes')),
    ...given('phase', row.phase),
    ...json('dispatchResult', row.dispatch_result),
    ...time('dispatchedAt', row.dispatched_at),
    ...time('deadlineAt', row.deadline_at),
    ...given('lateResult', row.late_result),
    ...given('scheduling', row.scheduling),
    ...time('placeholderSentAt', row.placeholder_sent_at),
    ...json('settlement', row.settlement),
    ...time('settledAt', row.settled_at),
    ...json('finalSettlement', row.final_settlement),
    ...claimOf(row),
    ...deliveryOf(row),
    ...json('consumption', row.consumption),
  };
}

/** The scope that the column `scope_key` of a row stands for. */
export function scopeOf(row: SqlRow): Scope {
  // What scopeKey of core makes.
  const [tenant, thread, branch]: [string | null, string, string | null] = JSON.parse(text(row, 'scope_key'));
  return { ...given('tenant', tenant), thread, ...given('branch', branch) };
}

/** A column that is never null, as text. */
export function text(row: SqlRow, column: string): string {
  return String(row[column]);
}

/** A column that may be null, as text. */
export function textOrNull(row: SqlRow, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

function claimOf(row: SqlRow): object {
  if (row.claimant === null) return {};
  const at = Number(row.claimed_at);
  return { claim: { claimant: row.claimant, at, fixedDelivery: Number(row.claim_fixed) === 1 } };
}

function deliveryOf(row: SqlRow): object {
  if (row.delivery_kind === null) return {};
  return { delivery: { kind: row.delivery_kind, offset: Number(row.delivery_offset) } };
}

function given(name: string, value: unknown): object {
  return value === null ? {} : { [name]: value };
}

// BIGINT comes as text from PostgreSQL.
function time(name: string, value: unknown): object {
  return value === null ? {} : { [name]: Number(value) };
}

function json(name: string, value: unknown): object {
  return value === null ? {} : { [name]: JSON.parse(String(value)) };
}
