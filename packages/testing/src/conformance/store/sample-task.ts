import type {
  ClaimRequest,
  InputRequest,
  Json,
  NewTask,
  Outcome,
  Scope,
  Settlement,
  TaskDelivery,
  TaskNote,
  TaskStore,
} from '@latecall/core';

/** Where the tasks of the cases are, unless a case says otherwise. */
export const scope: Scope = { tenant: 'acme', thread: 'chat-1' };

/** When they are created, and when most things happen to them; milliseconds since the epoch. */
export const created = 1_000_000;
export const now: number = created + 1_000;

/** The task with the id `task_1`. */
export const ref: { readonly scope: Scope; readonly id: string } = { scope, id: 'task_1' };

export const inPlace: TaskDelivery = { kind: 'replace', offset: 0 };
export const behind: TaskDelivery = { kind: 'append', offset: 4 };

/** `task_1`, or one with the id of `over`; ids that differ give handles and keys that differ. */
export const newTask = (over: Partial<NewTask> = {}): NewTask => ({
  id: 'task_1',
  handle: `render_${over.id ?? 'task_1'}`,
  scope,
  turn: 'turn_1',
  toolName: 'render',
  callIds: ['c1'],
  arguments: { script: 'a' },
  idempotencyKey: `key_${over.id ?? 'task_1'}`,
  tokenHashes: [],
  createdAt: created,
  ...over,
});

export const done = (result: Json): Settlement => ({ status: 'completed', result });

/** Makes `task_1` and settles it. */
export async function settled(store: TaskStore, settlement: Settlement = done(1)): Promise<void> {
  await store.create(newTask());
  await store.settle(ref, { settlement, now });
}

/** What the outside reports of its work. */
export const news = (over: Partial<Extract<TaskNote, { type: 'news' }>> = {}): TaskNote => ({
  type: 'news',
  at: now,
  ...over,
});

/** A question of the outside. */
export const question = (key: string, over: Partial<InputRequest> = {}): TaskNote =>
  news({ inputRequest: { key, message: `Which ${key}?`, ...over } });

/** What somebody answers to the question with that key. */
export const answer = (key: string, value: Json): TaskNote => ({ type: 'answer', at: now, key, answer: value });

/** A result that no model may see. */
export const kept = (outcome: Outcome): TaskNote => ({ type: 'quarantine', at: now, reason: 'late', outcome });

/** Makes a task and has a model told its result, all at the time given. */
export async function toldAt(store: TaskStore, task: NewTask, at: number): Promise<void> {
  const { id } = task;
  await store.create(task);
  await store.settle(task, { settlement: done(1), now: at });
  await store.claim(wants({ scope: task.scope, now: at, wanted: [{ id, delivery: inPlace }] }));
  await store.consume(task, { ...by('run-1'), now: at });
}

/** What the claimant `run-1` asks for, unless `over` says otherwise: `task_1`, in place. */
export const wants = (over: Partial<ClaimRequest> = {}): ClaimRequest => ({
  scope,
  claimant: 'run-1',
  now,
  wanted: [{ id: 'task_1', delivery: inPlace }],
  ...over,
});

export const told: { readonly outcome: Outcome } = { outcome: { status: 'completed', result: 1 } };

/** What a claimant says when it has told a model the result. */
export const by = (
  claimant: string,
): { claimant: string; turn: string; now: number; told: { readonly outcome: Outcome } } => ({
  claimant,
  turn: `turn of ${claimant}`,
  now,
  told,
});

export const ids = (tasks: readonly { readonly id: string }[]): string[] => tasks.map(({ id }) => id);

/** Starts all of them before it waits for any. */
export const times = <VALUE>(count: number, make: (index: number) => Promise<VALUE>): Promise<VALUE[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

/** An outcome that is a failure. */
export function failure(code: string, message = 'It failed.'): Settlement {
  return { status: 'failed', error: { code, message } };
}
