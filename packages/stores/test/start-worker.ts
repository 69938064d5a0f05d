import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { StoreKind } from './open-store.ts';

/** A process that runs `worker.ts`. */
export interface Worker {
  /** Every line that it wrote, as words. */
  readonly lines: readonly (readonly string[])[];
  /** Gives it a line of its standard input and waits until it has done so. */
  order(line: string): Promise<void>;
  /** Gives it a line and does not wait. */
  send(line: string): void;
  /** Resolves once so many lines have come. */
  written(lines: number): Promise<void>;
  /** Kills it as the system does, and waits until all that it wrote has been read; does nothing the second time. */
  kill(): Promise<void>;
}

/**
 * Starts a process and waits until it takes orders; the first one must be `open`.
 *
 * @throws if the process ends before that, with what it wrote on its standard error.
 */
export async function startWorker(input: { kind: StoreKind; connection: string; name: string }): Promise<Worker> {
  const { kind, connection, name } = input;
  const file = fileURLToPath(new URL('./worker.ts', import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, kind, connection, name], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const lines: string[][] = [];
  const waiting = new Set<() => void>();
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => {
    lines.push(line.split(' '));
    for (const look of [...waiting]) look();
  });
  const until = (came: () => boolean) => waitFor({ child, name, waiting, came });
  const done = () => lines.filter(([word]) => word === 'done').length;
  const send = (line: string) => void child.stdin.write(`${line}\n`);

  await until(() => lines.length > 0);
  return {
    lines,
    send,
    order: async (line) => {
      const before = done();
      send(line);
      await until(() => done() > before);
    },
    written: (count) => until(() => lines.length >= count),
    kill: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

/** Waits until `came` holds, which is asked after each line. */
async function waitFor(input: {
  child: ChildProcess;
  name: string;
  waiting: Set<() => void>;
  came: () => boolean;
}): Promise<void> {
  const { child, name, waiting, came } = input;
  await new Promise<void>((resolve, reject) => {
    const ended = () => finish(() => reject(new Error(`The process "${name}" ended before it was done.`)));
    const look = () => {
      if (came()) finish(resolve);
    };
    const finish = (how: () => void) => {
      waiting.delete(look);
      child.off('close', ended);
      how();
    };
    waiting.add(look);
    child.once('close', ended);
    look();
  });
}
