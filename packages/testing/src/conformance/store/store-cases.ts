import type { TaskStore } from '@latecall/core';

/** Behaviours that every store must show, by name. Each is given a store of its own, which is empty. */
export type StoreCases = Readonly<Record<string, (store: TaskStore) => Promise<void>>>;
