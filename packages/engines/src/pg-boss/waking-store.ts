import { LatecallError, type Scope, scopeKey, type TaskStore } from '@latecall/core';
import type { PgBossResumer } from './pg-boss-resumer.ts';
import { inTransaction, type Transaction, type TransactionAsPool, type TransactionPool } from './transaction.ts';

/** A store whose tables are made on demand; `postgresStore` gives one. */
export interface MigratingStore extends TaskStore {
  migrate(): Promise<void>;
}

/** What {@link wakingStore} is made of. */
export interface WakingStoreOptions<STORE extends MigratingStore> {
  /** The store on `pool`. */
  readonly store: STORE;
  /** Of the database that pg-boss is in, too. */
  readonly pool: TransactionPool;
  /** Opens a store like `store` on one connection that is in a transaction: `postgresStore`. */
  readonly storeOn: (connection: TransactionAsPool) => TaskStore;
  readonly resumer: PgBossResumer;
}

/**
 * The store, with one difference: an outcome and the wake of its conversation are stored in one transaction, both or
 * neither. So a process that only takes results needs no thread runner, and none has to be alive: the wake waits in
 * pg-boss. Give it to `createLatecall` and to the runner.
 *
 * @throws {LatecallError} `settle`, `finish` and `expireDue` throw what the store and `resumer.wake` throw, and
 *   `store_unavailable` if the transaction failed: it may have been committed or not, and repeating it is safe.
 *
 * @example
 * const resumer = pgBossResumer({ boss });
 * const store = wakingStore({ store: postgresStore(pool), pool, storeOn: postgresStore, resumer });
 */
export function wakingStore<STORE extends MigratingStore>(options: WakingStoreOptions<STORE>): STORE {
  const { store, pool, storeOn, resumer } = options;
  const wake = async (scopes: readonly Scope[], { db }: Transaction) => {
    const each = new Map(scopes.map((scope) => [scopeKey(scope), scope]));
    // In the same order everywhere: two transactions that wake the same two scopes would wait for each other.
    for (const key of [...each.keys()].sort(byCodeUnit)) await resumer.wake(each.get(key) as Scope, { db });
  };
  const both = async <RESULT>(
    change: (store: TaskStore) => Promise<RESULT>,
    wakes: (result: RESULT) => readonly Scope[],
  ): Promise<RESULT> => {
    await store.migrate(); // never within the transaction: it has its own
    try {
      return await inTransaction(pool, async (transaction) => {
        const result = await change(storeOn(transaction.pool));
        await wake(wakes(result), transaction);
        return result;
      });
    } catch (error) {
      throw LatecallError.isInstance(error) ? error : unavailable(error);
    }
  };

  return {
    ...store,

    settle: (ref, attempt) =>
      both(
        (inner) => inner.settle(ref, attempt),
        // A task that is held becomes ready when it is finished.
        ({ verdict }) => (verdict === 'accepted' && attempt.hold !== true ? [ref.scope] : []),
      ),

    finish: (ref, settlement) =>
      both(
        (inner) => inner.finish(ref, settlement),
        (task) => (task === undefined ? [] : [task.scope]),
      ),

    expireDue: (due) =>
      both(
        (inner) => inner.expireDue(due),
        (tasks) => tasks.map(({ scope }) => scope),
      ),
  };
}

function byCodeUnit(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function unavailable(cause: unknown): LatecallError {
  return new LatecallError({
    code: 'store_unavailable',
    message: `The outcome could not be stored together with the wake: ${cause instanceof Error ? cause.message : String(cause)}. Try again: repeating it is safe.`,
    cause,
  });
}
