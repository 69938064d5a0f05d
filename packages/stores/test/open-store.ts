import type { TaskStore } from '@latecall/core';
import { sqliteStore } from '../src/sqlite.ts';

/** Which store, for a worker process that has only its arguments. */
export type StoreKind = 'sqlite';

/** A store that can be closed. */
export interface OpenStore {
  readonly store: TaskStore;
  readonly close: () => void | Promise<void>;
}

/** @param connection What the store is opened with: for `sqlite` the path of the file. */
export function openStore(kind: StoreKind, connection: string): OpenStore {
  switch (kind) {
    case 'sqlite': {
      const store = sqliteStore(connection);
      return { store, close: () => store.close() };
    }
    default:
      return kind satisfies never;
  }
}
