import type { Clock, TaskHint } from '@latecall/core';
import { scopeOf, text } from '../sql/task-row.ts';
import type { PostgresClient } from './postgres-pool.ts';

/** One of each scope that has an outcome which no model was told, held or not. */
const unconsumed = `
SELECT DISTINCT ON (scope_key) scope_key, id FROM latecall_tasks
WHERE settled_at IS NOT NULL AND consumption IS NULL
ORDER BY scope_key, seq`;

const shortestWait = 100;
const longestWait = 30_000;

/** Somebody listens to the database. */
export interface Listening {
  /**
   * Settles after the first attempt to listen, whether it succeeded or not. Who reads the store after that misses
   * nothing that comes later.
   */
  readonly begun: Promise<void>;
  /** Gives the connection back. */
  stop(): void;
}

/**
 * Tells what any connection changes in the tables from now on, on a connection of its own. Whenever that is lost, it is
 * made again, and one hint for each scope with an unconsumed result makes up for those that were lost.
 *
 * @param connect Checks out a connection of which nobody else knows, once the tables are there.
 */
export function listenChanges(input: {
  connect: () => Promise<PostgresClient>;
  clock: Clock;
  tell: (hint: TaskHint) => void;
}): Listening {
  const { connect, clock, tell } = input;
  let stopped = false;
  let failures = 0;
  let end = () => {};

  const again = () => {
    if (stopped) return;
    const wait = Math.min(shortestWait * 2 ** failures, longestWait);
    failures += 1;
    end = clock.schedule(() => begin({ rescan: true }), wait);
  };
  const begin = async ({ rescan }: { rescan: boolean }) => {
    try {
      const session = await openSession({ connect, tell, lost: again });
      if (stopped) return session.end();
      end = session.end;
      if (rescan) await session.rescan();
      failures = 0;
    } catch {
      // The session has ended by itself, or never began. Who calls the store gets the reason.
      again();
    }
  };
  return {
    begun: begin({ rescan: false }),
    stop: () => {
      stopped = true;
      end();
    },
  };
}

interface Session {
  /** @throws if the connection fails; the session has ended then. */
  rescan(): Promise<void>;
  end(): void;
}

/** @param lost Called once if the connection fails later, unless a call of the session has rejected because of it. */
async function openSession(input: {
  connect: () => Promise<PostgresClient>;
  tell: (hint: TaskHint) => void;
  lost: () => void;
}): Promise<Session> {
  const { connect, tell, lost } = input;
  const client = await connect();
  let state: 'asking' | 'listening' | 'ended' = 'asking';
  const end = () => {
    if (state === 'ended') return;
    state = 'ended';
    // Closed, for it would go on listening in the pool.
    client.release(true);
  };
  const drop = () => {
    // While it is asked something, the question rejects.
    if (state !== 'listening') return;
    end();
    lost();
  };
  client.on('error', drop);
  client.on('end', drop);
  client.on('notification', ({ payload = '' }) => {
    if (state !== 'ended') tell(hintOf(payload));
  });
  const ask = async (question: () => Promise<void>) => {
    state = 'asking';
    try {
      await question();
      state = 'listening';
    } catch (error) {
      end();
      throw error;
    }
  };
  await ask(() => listen(client));
  return {
    end,
    rescan: () =>
      ask(async () => {
        const { rows } = await client.query(unconsumed);
        for (const row of rows) tell({ scope: scopeOf(row), id: text(row, 'id') });
      }),
  };
}

async function listen(client: PostgresClient): Promise<void> {
  const { rows } = await client.query("SELECT CAST('latecall_tasks' AS regclass)::oid AS number");
  await client.query(`LISTEN latecall_${Number(rows[0]?.number)}`);
}

/** The line break stands between the scope, whose JSON text has none, and the id. */
function hintOf(payload: string): TaskHint {
  const end = payload.indexOf('\n');
  return { scope: scopeOf({ scope_key: payload.slice(0, end) }), id: payload.slice(end + 1) };
}
