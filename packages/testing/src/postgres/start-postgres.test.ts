import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { postgresMissing } from './find-postgres.ts';
import { startPostgres } from './start-postgres.ts';

const noServer = postgresMissing('server');

/** Whether somebody listens at a url. */
async function answers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

afterEach(() => vi.unstubAllEnvs());

describe.skipIf(noServer !== undefined)(
  `startPostgres${noServer === undefined ? '' : ` (skipped: ${noServer})`}`,
  () => {
    it('starts a server, kills it, starts it again at the same url, and stops it', { timeout: 60_000 }, async () => {
      const server = await startPostgres();
      expect(await answers(server.url)).toBe(true);
      await server.kill9();
      expect(await answers(server.url)).toBe(false);
      await server.restart();
      expect(await answers(server.url)).toBe(true);
      await server.stop();
      expect(await answers(server.url)).toBe(false);
    });

    it('starts one beside another', { timeout: 60_000 }, async () => {
      const servers = await Promise.all([startPostgres(), startPostgres()]);
      expect(servers[0].url).not.toBe(servers[1].url);
      for (const server of servers) await server.stop();
    });
  },
);

describe('DATABASE_URL', () => {
  it('is taken as it is, and its server is left alone', async () => {
    vi.stubEnv('DATABASE_URL', 'postgres://somebody@db.example/app');
    const server = await startPostgres();
    expect(server.url).toBe('postgres://somebody@db.example/app');
    await expect(server.kill9()).rejects.toThrow('not to be killed');
    await expect(server.restart()).rejects.toThrow('not to be killed');
    await server.stop();
    expect(postgresMissing()).toBeUndefined();
    expect(postgresMissing('server')).toContain('DATABASE_URL');
  });
});

describe('a platform without PostgreSQL', () => {
  it('is a reason to skip tests, but not in CI', () => {
    vi.stubEnv('DATABASE_URL', '');
    vi.stubEnv('CI', undefined);
    vi.spyOn(process, 'arch', 'get').mockReturnValue('mips');
    expect(postgresMissing()).toContain('-mips');
    vi.stubEnv('CI', 'true');
    expect(() => postgresMissing()).toThrow('cannot run');
    vi.restoreAllMocks();
  });
});
