import { createHash } from 'node:crypto';
import { createRandom, type Random } from './random.ts';

/** A law of the design that did not hold. */
class BrokenLaw extends Error {
  readonly law: string;
  constructor(law: string, message: string) {
    super(`Law ${law}: ${message}`);
    this.law = law;
  }
}

/** Virtual time, and the one place that decides what happens next. */
export interface World {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly random: Random;
  /** Nothing goes wrong any more. */
  calm: boolean;
  readonly steps: number;
  /** The first law that was broken. */
  readonly broken: BrokenLaw | undefined;
  /** What happened, if it was to be kept. */
  readonly trace: readonly string[];
  /** Of everything that happened, in its order. */
  readonly digest: string;
  say(line: string): void;
  /** Reports that a law does not hold: the simulation ends behind this step. */
  break(law: string, message: string): void;
  /** `run` may start more than it waits for. The returned function calls it off. */
  after(ms: number, run: () => unknown): () => void;
  /** Lets things happen until this time, or until a law is broken. */
  until(time: number): Promise<void>;
}

/** Before the simulation puts its own in its place. */
const realSetImmediate = setImmediate;

/** Resolves when every promise that can go on has gone on: nothing here waits for anything but the world. */
const settled = () => new Promise<void>((resolve) => realSetImmediate(resolve));

const mostSteps = 60_000;

export function createWorld({ seed, keepTrace }: { seed: number; keepTrace: boolean }): World {
  let now = 1_700_000_000_000;
  const begin = now;
  let steps = 0;
  let broken: BrokenLaw | undefined;
  const trace: string[] = [];
  const hash = createHash('sha256');
  const queue = new Set<{ readonly at: number; readonly run: () => unknown }>();
  const next = () => {
    let first: { readonly at: number; readonly run: () => unknown } | undefined;
    for (const each of queue) if (first === undefined || each.at < first.at) first = each;
    return first;
  };

  const world: World = {
    get now() {
      return now;
    },
    random: createRandom('world', seed),
    calm: false,
    get steps() {
      return steps;
    },
    get broken() {
      return broken;
    },
    trace,
    get digest() {
      return hash.copy().digest('hex').slice(0, 16);
    },
    say: (line) => {
      const told = `${String((now - begin) / 1_000).padStart(10)} s  ${line}`;
      hash.update(told);
      if (keepTrace) trace.push(told);
    },
    break: (law, message) => {
      if (broken !== undefined) return;
      broken = new BrokenLaw(law, message);
      world.say(`!! ${broken.message}`);
    },
    after: (ms, run) => {
      const event = { at: now + Math.max(0, ms), run };
      queue.add(event);
      return () => queue.delete(event);
    },
    until: async (time) => {
      for (let event = next(); event !== undefined && event.at <= time && broken === undefined; event = next()) {
        queue.delete(event);
        now = Math.max(now, event.at);
        steps += 1;
        if (steps > mostSteps) return world.break('7', `it never comes to rest: ${mostSteps} steps`);
        await event.run();
        await settled();
      }
      now = Math.max(now, time);
    },
  };
  return world;
}
