import { execFile } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { findPostgres, givenDatabase } from './find-postgres.ts';
import { programsFor } from './programs-for.ts';
import { freePort, PortTakenError, type RunningServer, runServer } from './run-server.ts';

/** A PostgreSQL for tests. */
export interface PostgresServer {
  /** Of a database in which everything is allowed. */
  readonly url: string;
  /**
   * Kills the server as a crash would, and waits until all its processes are gone.
   *
   * @throws if the server is that of `DATABASE_URL`.
   */
  kill9(): Promise<void>;
  /**
   * Starts it again after {@link PostgresServer.kill9}, with what it holds, at the same url.
   *
   * @throws if the server is that of `DATABASE_URL`.
   */
  restart(): Promise<void>;
  /** Stops it and removes what it held; does nothing to that of `DATABASE_URL`. */
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root; any other user will do. */
const nobody = { uid: 65_534, gid: 65_534 };

/**
 * Starts a new, empty PostgreSQL in a temporary folder, on a free port of this machine; or takes the database that the
 * environment variable `DATABASE_URL` names. Needs Node. Ask {@link postgresMissing} first whether there is one.
 *
 * @throws if there is no PostgreSQL for this platform, or it does not start; with what it wrote.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const given = givenDatabase();
  if (given !== undefined) return givenServer(given);
  const found = findPostgres();
  if (found === undefined) throw new Error('No PostgreSQL is installed; ask postgresMissing() before.');

  const owner = process.getuid?.() === 0 ? nobody : {};
  const folder = mkdtempSync(join(tmpdir(), 'latecall-postgres-'));
  if (owner === nobody) chownSync(folder, nobody.uid, nobody.gid);
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const programs = owner === nobody ? programsFor(found, folder) : found;
    const data = join(folder, 'data');
    const settings = ['-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-locale', '--no-sync'];
    await promisify(execFile)(join(programs, 'initdb'), settings, { ...owner, cwd: folder });
    const start = (port: number) => runServer({ program: join(programs, 'postgres'), data, port, owner });
    return await keep({ start, remove });
  } catch (error) {
    remove();
    throw error;
  }
}

async function keep(input: {
  start: (port: number) => Promise<RunningServer>;
  remove: () => void;
}): Promise<PostgresServer> {
  const { start, remove } = input;
  let { port, server } = await startOnFreePort(start);
  // Whatever ends the tests, nothing of them stays behind.
  const abandon = () => {
    void server.kill();
    remove();
  };
  process.once('exit', abandon);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    kill9: () => server.kill(),
    restart: async () => {
      server = await start(port);
    },
    stop: async () => {
      await server.stop();
      process.off('exit', abandon);
      remove();
    },
  };
}

/** Somebody else may take the port before the server does. */
async function startOnFreePort(
  start: (port: number) => Promise<RunningServer>,
): Promise<{ port: number; server: RunningServer }> {
  for (;;) {
    const port = await freePort();
    try {
      return { port, server: await start(port) };
    } catch (error) {
      if (!(error instanceof PortTakenError)) throw error;
    }
  }
}

function givenServer(url: string): PostgresServer {
  const refuse = async () => {
    throw new Error('The server of DATABASE_URL is not to be killed; ask postgresMissing("server") before.');
  };
  return { url, kill9: refuse, restart: refuse, stop: async () => {} };
}
