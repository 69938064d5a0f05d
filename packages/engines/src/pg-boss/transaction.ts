import type { Db } from 'pg-boss';

/** What is needed of a pool: the `Pool` of `pg` has it. */
export interface TransactionPool {
  connect(): Promise<TransactionClient>;
}

/** One connection, checked out of the pool. */
export interface TransactionClient {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: Readonly<Record<string, unknown>>[] }>;
  on(event: 'error', listener: () => void): unknown;
  off(event: 'error', listener: () => void): unknown;
  /** Gives it back; with `true` it is closed. */
  release(destroy?: boolean): void;
}

/** One transaction, in the shapes that its users take: a pool of `pg`, and what pg-boss calls a `db`. */
export interface Transaction {
  readonly pool: TransactionAsPool;
  readonly db: Db;
}

/** A pool whose only connection is that of the transaction. */
export interface TransactionAsPool {
  query(text: string, values: unknown[]): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
  connect(): Promise<{
    query(text: string): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
    on(event: string, listener: (...given: never[]) => void): unknown;
    release(destroy?: boolean): void;
  }>;
}

/**
 * Runs `work` in a transaction, which is committed when it resolves and rolled back when it rejects.
 *
 * @throws what `work` and the database throw.
 */
export async function inTransaction<RESULT>(
  pool: TransactionPool,
  work: (transaction: Transaction) => Promise<RESULT>,
): Promise<RESULT> {
  const client = await pool.connect();
  // An error without a listener ends the process; what was asked of the connection rejects.
  const ignore = () => {};
  client.on('error', ignore);
  let broken = true;
  try {
    await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
    const result = await work(transactionOn(client));
    await client.query('COMMIT');
    broken = false;
    return result;
  } finally {
    if (!broken) client.off('error', ignore);
    // Closing the connection is a rollback that works in any state of it.
    client.release(broken);
  }
}

function transactionOn(client: TransactionClient): Transaction {
  const query = (text: string, values?: unknown[]) => client.query(text, values);
  return {
    pool: { query, connect: async () => ({ query: (text) => query(text), on: () => {}, release: () => {} }) },
    db: { executeSql: query },
  };
}
