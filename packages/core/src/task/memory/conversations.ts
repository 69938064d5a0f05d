import { type Scope, scopeKey, threadKey } from '../../base/scope.ts';
import type { TaskRecord } from '../task.ts';
import type { Entry } from './entry.ts';

/** The tasks of a memory store by where they belong, oldest first. */
export interface Conversations {
  /** By their idempotency keys. */
  inScope(scope: Scope): ReadonlyMap<string, Entry>;
  /** Those of every branch, by their handles. */
  inThread(scope: Scope): ReadonlyMap<string, Entry>;
  all(): Entry[];
  /** Keeps the task as it is, but for its scope: all tasks of one share it. Its key and its handle must be free. */
  add(task: TaskRecord): Entry;
  remove(entry: Entry): void;
}

/** What is unique in a scope or in a thread is at the same time the index of its tasks. */
export function createConversations(): Conversations {
  const scopes = new Map<string, { readonly scope: Scope; readonly tasks: Map<string, Entry> }>();
  const threads = new Map<string, Map<string, Entry>>();

  return {
    inScope: (scope) => scopes.get(scopeKey(scope))?.tasks ?? none,
    inThread: (scope) => threads.get(threadKey(scope)) ?? none,
    all: () => [...scopes.values()].flatMap(({ tasks }) => [...tasks.values()]),
    add: (task) => {
      const { scope, tasks } = valueAt(scopes, scopeKey(task.scope), () => ({ scope: task.scope, tasks: new Map() }));
      const entry: Entry = { task: { ...task, scope }, seat: undefined, older: undefined };
      tasks.set(task.idempotencyKey, entry);
      valueAt(threads, threadKey(scope), () => new Map<string, Entry>()).set(task.handle, entry);
      return entry;
    },
    remove: ({ task: { scope, idempotencyKey, handle } }) => {
      const [ofScope, ofThread] = [scopeKey(scope), threadKey(scope)];
      const [place, thread] = [scopes.get(ofScope), threads.get(ofThread)];
      place?.tasks.delete(idempotencyKey);
      thread?.delete(handle);
      if (place?.tasks.size === 0) scopes.delete(ofScope);
      if (thread?.size === 0) threads.delete(ofThread);
    },
  };
}

const none: ReadonlyMap<string, Entry> = new Map();

function valueAt<VALUE>(map: Map<string, VALUE>, key: string, create: () => VALUE): VALUE {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const created = create();
  map.set(key, created);
  return created;
}
