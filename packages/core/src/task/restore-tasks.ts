import type { Runtime } from '../runtime.ts';
import type { TaskNote } from './notes.ts';
import type { TaskRecord } from './task.ts';
import type { NewTask, TaskStore } from './task-store.ts';

/**
 * Brings records of tasks into a store that does not know them: for a host that keeps what the store knew somewhere
 * only it can write to. Tasks that the store knows stay as they are.
 */
export async function restoreTasks({ store }: Pick<Runtime, 'store'>, records: readonly TaskRecord[]): Promise<void> {
  for (const record of records) await restore(store, record);
}

/** By the doors that every store has, so that whatever stops it in the middle leaves a valid task. */
async function restore(store: TaskStore, record: TaskRecord): Promise<void> {
  if ((await store.get(record)) !== undefined) return;
  const { result } = await store.create(asNew(record));
  if (result !== 'created') return;
  const { placeholderSentAt } = record;
  if (placeholderSentAt !== undefined) await store.update(record, { placeholderSentAt });
  for (const note of notesOf(record)) await store.note(record, note);
  await restoreOutcome(store, record);
}

function asNew(record: TaskRecord): NewTask {
  const {
    status: _,
    phase: __,
    progress: ___,
    log,
    newsCount,
    newsSequence,
    inputs,
    quarantine,
    cancelToldAt,
    placeholderSentAt,
    settlement,
    finalSettlement,
    settledAt,
    claim,
    delivery,
    consumption,
    ...task
  } = record;
  return task;
}

/** What was noted while it was open, then the rest. How many news there were is counted anew. */
function notesOf(record: TaskRecord): TaskNote[] {
  const { createdAt, progress, newsSequence, log = [], inputs = [], quarantine = [], cancelToldAt } = record;
  const at = createdAt;
  const questions = inputs.flatMap(({ answer, closedAt, askedAt, ...inputRequest }): TaskNote[] => [
    { type: 'news', at: askedAt, inputRequest },
    ...(answer === undefined || closedAt === undefined
      ? []
      : [{ type: 'answer' as const, at: closedAt, key: inputRequest.key, answer }]),
    ...(answer === undefined && closedAt !== undefined
      ? [{ type: 'news' as const, at: closedAt, withdrawn: true as const }]
      : []),
  ]);
  const last = { ...(progress === undefined ? {} : { progress }) };
  return [
    ...log.map((entry): TaskNote => ({ type: 'news', at: entry.at, log: entry })),
    ...(progress === undefined && newsSequence === undefined
      ? []
      : [{ type: 'news' as const, at, ...last, ...(newsSequence === undefined ? {} : { sequence: newsSequence }) }]),
    ...questions,
    ...quarantine.map((result): TaskNote => ({ type: 'quarantine', ...result })),
    ...(cancelToldAt === undefined ? [] : [{ type: 'cancel-told' as const, at: cancelToldAt }]),
  ];
}

async function restoreOutcome(store: TaskStore, record: TaskRecord): Promise<void> {
  const { phase, settlement, finalSettlement, settledAt, delivery, consumption } = record;
  if (settlement === undefined || settledAt === undefined) return;
  const waits = phase === 'authorizing' || phase === 'settling' ? phase : undefined;
  const hold = waits ?? (finalSettlement === undefined ? undefined : 'settling');
  const { lateResult, deadlineAt = Number.POSITIVE_INFINITY } = record;
  // An expiry was stored after the deadline; any other outcome is judged by when it came.
  const now = lateResult === 'accept' ? settledAt : Math.min(settledAt, deadlineAt - 1);
  await store.settle(record, { settlement, now, hold });
  if (finalSettlement !== undefined) await store.finish(record, finalSettlement);
  if (consumption === undefined || delivery === undefined) return;
  const { turn, at, ...told } = consumption;
  const claimant = `restored:${record.id}`;
  await store.claim({ scope: record.scope, claimant, now: at, wanted: [{ id: record.id, delivery }] });
  await store.consume(record, { claimant, turn, now: at, told });
}
