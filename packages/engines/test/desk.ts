import type { Scope } from '@latecall/core';

/** What a resumer delivers to; each delivery ends when the test says so. */
export interface Desk {
  readonly handler: (scope: Scope) => Promise<void>;
  /** The threads that were delivered, in order. */
  readonly threads: readonly string[];
  /** Resolves when so many deliveries have begun, with the last of them. */
  delivery(number: number): Promise<Delivery>;
}

/** One call of the handler. */
interface Delivery {
  readonly scope: Scope;
  end(): void;
  fail(): void;
}

export function createDesk(): Desk {
  const deliveries: Delivery[] = [];
  const threads: string[] = [];
  const waiting = new Map<number, PromiseWithResolvers<Delivery>>();
  const slot = (number: number) => {
    const found = waiting.get(number) ?? Promise.withResolvers<Delivery>();
    waiting.set(number, found);
    return found;
  };
  return {
    threads,
    delivery: (number) => slot(number).promise,
    handler: (scope) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const delivery = { scope, end: () => resolve(), fail: () => reject(new Error('broken')) };
      deliveries.push(delivery);
      threads.push(scope.thread);
      slot(deliveries.length).resolve(delivery);
      return promise;
    },
  };
}
