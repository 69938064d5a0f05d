import type { TaskStore } from '@latecall/core';

/** A store whose every method goes through `around`; `subscribe` stays. */
export function aroundStore(
  store: TaskStore,
  around: (call: (args: unknown[]) => Promise<unknown>, args: unknown[]) => Promise<unknown>,
): TaskStore {
  const methods = Object.entries(store).map(([name, method]) => {
    if (name === 'subscribe') return [name, method] as const;
    const call = async (args: unknown[]): Promise<unknown> => (method as (...args: unknown[]) => unknown)(...args);
    return [name, (...args: unknown[]) => around(call, args)] as const;
  });
  return Object.fromEntries(methods) as unknown as TaskStore; // the same names, each with the same arguments and result
}

/** As if it stood behind a wire. */
export function throughJson(store: TaskStore): TaskStore {
  return aroundStore(store, async (call, args) => copy(await call(copy(args) as unknown[])));
}

function copy(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}
