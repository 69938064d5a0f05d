import type { AuditEvent, RuntimeOptions, TaskStore } from '@latecall/core';
import { createMemoryStore } from '@latecall/core';
import { record } from './record.ts';

/** The options, with a record of the audit and of what the store did. */
export function recording(options: RuntimeOptions = {}): RuntimeOptions {
  const { audit, store } = options;
  return {
    ...options,
    // LangChain keeps a ledger of its own only where no store is given.
    ...(store === undefined ? {} : { store: recordedStore(store) }),
    audit: async (event: AuditEvent) => {
      record('events', event);
      await audit?.(event);
    },
  };
}

/** For a host that needs a store: the memory store that it would have made itself. */
export function recordingWithStore(options: RuntimeOptions = {}): RuntimeOptions {
  return recording({ store: createMemoryStore(), ...options });
}

const recorded = new WeakMap<TaskStore, TaskStore>();

/** One wrapper a store, so that what an app keeps about its store still fits. */
function recordedStore(store: TaskStore): TaskStore {
  const known = recorded.get(store);
  if (known !== undefined) return known;
  const consume: TaskStore['consume'] = async (ref, by) => {
    const consumed = await store.consume(ref, by);
    if (consumed) record('truth', { type: 'consumed', id: ref.id, scope: ref.scope, turn: by.turn });
    return consumed;
  };
  const create: TaskStore['create'] = async (task) => {
    const created = await store.create(task);
    if (created.result === 'created') record('truth', { type: 'created', id: task.id, turn: task.turn });
    return created;
  };
  const wrapped = { ...store, consume, create };
  recorded.set(store, wrapped);
  return wrapped;
}
