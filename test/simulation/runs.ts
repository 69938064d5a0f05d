import type { Life } from './process.ts';
import type { SentPrompt } from './provider.ts';

/** One run of a host's loop over a history. */
export interface Run {
  readonly number: number;
  readonly thread: string;
  readonly life: Life;
  /** How many messages the history had when it was loaded. */
  readonly base: number;
  /** What it has sent, in order. */
  readonly sent: SentPrompt[];
  /** The last prompt whose answer the host was given. */
  answered: SentPrompt | undefined;
  /** The host is done with it, or has given up. */
  over: boolean;
}

/** All runs; each has an address of its own, by which its requests are told apart. */
export interface Runs {
  begin(run: Pick<Run, 'thread' | 'life' | 'base'>): Run;
  originOf(run: Run): string;
  runAt(url: URL): Run;
  readonly all: readonly Run[];
}

export function createRuns(): Runs {
  const all: Run[] = [];
  return {
    all,
    begin: (input) => {
      const run: Run = { ...input, number: all.length, sent: [], answered: undefined, over: false };
      all.push(run);
      return run;
    },
    originOf: ({ number }) => `http://run-${number}.simulated`,
    runAt: ({ hostname }) => {
      const run = all[Number(/^run-(\d+)\./.exec(hostname)?.[1])];
      if (run === undefined) throw new Error(`Nothing of the simulation asks ${hostname}.`);
      return run;
    },
  };
}
