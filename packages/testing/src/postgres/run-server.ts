import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** A running PostgreSQL. */
export interface RunningServer {
  /** As a crash would; resolves once all its processes are gone. */
  kill(): Promise<void>;
  /** In order; connections that are open are closed. Fine after {@link RunningServer.kill}. */
  stop(): Promise<void>;
}

/** Somebody else listens on the port. */
export class PortTakenError extends Error {}

/** Starts the server on a folder that initdb made, and waits until it takes connections. */
export async function runServer(input: {
  program: string;
  data: string;
  port: number;
  owner: { uid?: number; gid?: number };
}): Promise<RunningServer> {
  const { program, data, port, owner } = input;
  // What is acknowledged is written, but not forced to the disk: that only a loss of power could tell.
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'].flatMap((set) => [
    '-c',
    set,
  ]);
  const child = spawn(program, ['-D', data, '-p', String(port), ...settings], {
    ...owner,
    cwd: data,
    // Messages in English are what says that it is ready.
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // All its processes hold the pipe, so that it closes when the last one is gone.
  const closed = once(child, 'close');
  const written: string[] = [];
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.includes('database system is ready to accept connections')) resolve();
      written.push(line);
    });
    const failed = () => {
      const log = written.join('\n');
      reject(
        log.includes('could not bind')
          ? new PortTakenError(log)
          : new Error(`PostgreSQL ended before it was ready:\n${log}`),
      );
    };
    closed.then(failed, reject);
  });
  const end = async (signal: 'SIGKILL' | 'SIGINT') => {
    child.kill(signal);
    await closed;
  };
  return { kill: () => end('SIGKILL'), stop: () => end('SIGINT') };
}

/** A port of this machine that nobody listened on just now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('Expected an address with a port.');
  return address.port;
}
