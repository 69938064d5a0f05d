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

const asIs = (value: unknown) => value;
const parsed = (value: unknown): unknown => JSON.parse(String(value));

/** Columns that are null for what a task does not have: the column, what holds it in a task, and how it is read. */
const optionalColumns: readonly (readonly [string, keyof TaskRecord, (value: unknown) => unknown])[] = [
  ['phase', 'phase', asIs],
  ['dispatch_result', 'dispatchResult', parsed],
  ['dispatched_at', 'dispatchedAt', Number], // BIGINT comes as text from PostgreSQL
  ['deadline_at', 'deadlineAt', Number],
  ['late_result', 'lateResult', asIs],
  ['scheduling', 'scheduling', asIs],
  ['placeholder_sent_at', 'placeholderSentAt', Number],
  ['settlement', 'settlement', parsed],
  ['settled_at', 'settledAt', Number],
  ['final_settlement', 'finalSettlement', parsed],
  ['consumption', 'consumption', parsed],
];

/** The task of a whole row. */
export function fromRow(row: SqlRow): TaskRecord {
  const task: Partial<Record<keyof TaskRecord, unknown>> = {
    ...JSON.parse(text(row, 'origin')),
    id: text(row, 'id'),
    handle: text(row, 'handle'),
    scope: scopeOf(row),
    idempotencyKey: text(row, 'idempotency_key'),
    status: text(row, 'status'),
    createdAt: Number(row.created_at),
    callIds: fromLines(text(row, 'call_ids')),
    tokenHashes: fromLines(text(row, 'token_hashes')),
  };
  for (const [column, name, read] of optionalColumns) if (row[column] !== null) task[name] = read(row[column]);
  if (row.notes !== null) Object.assign(task, parsed(row.notes));
  if (row.claimant !== null) task.claim = claimOf(row);
  if (row.delivery_kind !== null) task.delivery = deliveryOf(row);
  return task as TaskRecord; // what toRow and toNotes wrote
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

function claimOf({ claimant, claimed_at, claim_fixed }: SqlRow): object {
  return { claimant, at: Number(claimed_at), fixedDelivery: Number(claim_fixed) === 1 };
}

function deliveryOf({ delivery_kind, delivery_offset }: SqlRow): object {
  return { kind: delivery_kind, offset: Number(delivery_offset) };
}

function given(name: string, value: unknown): object {
  return value === null ? {} : { [name]: value };
}
