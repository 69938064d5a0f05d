import type { Scope } from '../../base/scope.ts';
import type { TaskRef } from '../task-store.ts';
import type { Entry } from './entry.ts';

/** The tasks of a memory store by their ids. */
export interface Ids {
  find(ref: TaskRef): Entry | undefined;
  /** Of the tasks with that id, whatever their scopes, the last that was added. */
  newest(id: string): Entry | undefined;
  add(entry: Entry): void;
  remove(entry: Entry): void;
}

/** An id is hardly ever used in two scopes, so that its tasks are a chain: the newest one, and those before it. */
export function createIds(): Ids {
  const newest = new Map<string, Entry>();

  /** The entry that `entry` is the next older one of. */
  const newerThan = (entry: Entry) => {
    let newer = newest.get(entry.task.id);
    while (newer !== undefined && newer.older !== entry) newer = newer.older;
    return newer;
  };

  return {
    find: ({ scope, id }) => {
      let entry = newest.get(id);
      while (entry !== undefined && !sameScope(entry.task.scope, scope)) entry = entry.older;
      return entry;
    },
    newest: (id) => newest.get(id),
    add: (entry) => {
      const { id } = entry.task;
      entry.older = newest.get(id);
      newest.set(id, entry);
    },
    remove: (entry) => {
      const newer = newerThan(entry);
      if (newer !== undefined) newer.older = entry.older;
      else if (entry.older !== undefined) newest.set(entry.task.id, entry.older);
      else newest.delete(entry.task.id);
    },
  };
}

function sameScope(one: Scope, other: Scope): boolean {
  return one.thread === other.thread && one.tenant === other.tenant && one.branch === other.branch;
}
