/** What the store needs of a pool: the `Pool` of `pg` has it. */
export interface PostgresPool {
  query(text: string, values: unknown[]): Promise<PostgresResult>;
  connect(): Promise<PostgresClient>;
  readonly options?: { readonly max?: number | undefined };
}

/** One connection, checked out of the pool. */
export interface PostgresClient {
  query(text: string): Promise<PostgresResult>;
  on(event: 'notification', listener: (message: { payload?: string | undefined }) => void): unknown;
  on(event: 'error' | 'end', listener: () => void): unknown;
  /** Gives it back; with `true` it is closed. */
  release(destroy?: boolean): void;
}

/** The rows of one statement. */
export interface PostgresResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Checks a connection out that can die at any time without taking the process along: what it was asked then rejects.
 */
export async function checkOut(pool: PostgresPool): Promise<PostgresClient> {
  const client = await pool.connect();
  // An error without a listener ends the process.
  client.on('error', () => {});
  return client;
}
