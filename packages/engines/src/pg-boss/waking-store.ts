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
 * neither, and so are a task and the delayed wake of its deadline. So a process that only takes results needs no thread runner, and none has to be alive: the wake waits in
 * pg-boss. Give it to `createLatecall` and to the runner.
 *
 * @throws {LatecallError} `create`, `settle`, `finish` and `expireDue` throw what the store and `resumer.wake` throw, and
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
    announce: (result: RESULT, transaction: Transaction) => Promise<void>,
  ): Promise<RESULT> => {
    await store.migrate(); // never within the transaction: it has its own
    try {
      return await inTransaction(pool, async (transaction) => {
        const result = await change(storeOn(transaction.pool));
        await announce(result, transaction);
        return result;
      });
    } catch (error) {
      throw LatecallError.isInstance(error) ? error : unavailable(error);
    }
  };

  return {
    ...store,

    create: (task) =>
      task.deadlineAt === undefined
        ? store.create(task)
        : both(
            (inner) => inner.create(task),
            async (created, { db }) => {
              const { deadlineAt, ...where } = task;
              if (created.result === 'created' && deadlineAt !== undefined) {
                await resumer.wakeAt({ ...where, deadlineAt }, { db });
              }
            },
          ),

    settle: (ref, attempt) =>
      both(
        (inner) => inner.settle(ref, attempt),
        // A task whose onResult has yet to run becomes ready when it is finished.
        ({ verdict }, transaction) =>
          wake(verdict === 'accepted' && attempt.hold !== 'settling' ? [ref.scope] : [], transaction),
      ),

    finish: (ref, settlement) =>
      both(
        (inner) => inner.finish(ref, settlement),
        (task, transaction) => wake(task === undefined ? [] : [task.scope], transaction),
      ),

    expireDue: (due) =>
      both(
        (inner) => inner.expireDue(due),
        (tasks, transaction) =>
          wake(
            tasks.map(({ scope }) => scope),
            transaction,
          ),
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
