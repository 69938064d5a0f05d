import {
  type AsyncFunctionData,
  asyncFunctionData,
  type Clock,
  canonicalJson,
  isOpen,
  type Scope,
  type TaskRecord,
  type TaskStore,
} from '@latecall/core';
import { type EventCursor, fingerprint, formatCursor } from './event-cursor.ts';

/** A task that changed, and what a listener knows once it has been told. */
export interface TaskEvent {
  readonly id: string;
  readonly data: AsyncFunctionData;
}

/** Finds what has changed in a conversation since it was last asked. */
export interface TaskWatch {
  changes(): Promise<TaskEvent[]>;
}

/**
 * Starts from what a listener knows; without that from nothing, and then tasks whose outcome a model has been told are
 * left out: the conversation itself tells them.
 */
export function watchTasks(input: {
  store: Pick<TaskStore, 'get' | 'list'>;
  scope: Scope;
  after: EventCursor | undefined;
  clock: Pick<Clock, 'now'>;
}): TaskWatch {
  const { store, scope, after, clock } = input;
  const states = new Map(after?.states);
  const watched = new Set<string>(); // ids
  let newest = after?.newest ?? 0;
  let first = true;

  const missed = (task: TaskRecord) =>
    task.consumption === undefined ||
    (after !== undefined && (task.createdAt > after.newest || after.states.has(fingerprint(task.handle))));

  const candidates = async (): Promise<TaskRecord[]> => {
    if (first) {
      const all = (await store.list(scope)).filter(isTold);
      first = false;
      // What a new listener is not told of now was told before it came.
      if (after === undefined) newest = all.reduce((latest, { createdAt }) => Math.max(latest, createdAt), 0);
      return all.filter(missed);
    }
    const open = (await store.list(scope, { consumed: false })).filter(isTold);
    const still = new Set(open.map(({ id }) => id));
    const told = await Promise.all([...watched].filter((id) => !still.has(id)).map((id) => store.get({ scope, id })));
    return [...told.filter((task) => task !== undefined), ...open];
  };

  /** Beside which call a task is shown: a late result beside the call that had expired. */
  const callOf = async (task: TaskRecord): Promise<string> => {
    const { sequelOf } = task;
    const made = sequelOf === undefined ? undefined : await store.get({ scope, id: sequelOf });
    return (made ?? task).callIds.at(-1) ?? '';
  };

  const take = (task: TaskRecord, toolCallId: string): TaskEvent[] => {
    const data = asyncFunctionData({ task, toolCallId, clock });
    const handle = fingerprint(task.handle);
    const state = fingerprint(canonicalJson(data));
    const changed = states.get(handle) !== state;
    newest = Math.max(newest, task.createdAt);
    if (task.consumption === undefined) {
      watched.add(task.id);
      states.set(handle, state);
    } else {
      watched.delete(task.id);
      states.delete(handle);
    }
    return changed ? [{ id: formatCursor({ newest, states }), data }] : [];
  };

  // Stores list the oldest first: an event's id speaks for what is older, and a line that breaks in between loses nothing.
  return {
    changes: async () => {
      const events: TaskEvent[] = [];
      for (const task of await candidates()) events.push(...take(task, await callOf(task)));
      return events;
    },
  };
}

/** The task of a late result is made a moment before the result is in it: nobody waits for it. */
function isTold(task: TaskRecord): boolean {
  return task.sequelOf === undefined || !isOpen(task);
}
