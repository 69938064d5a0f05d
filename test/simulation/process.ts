import type { Clock } from '@latecall/core';
import type { Random } from './random.ts';
import type { Faults } from './settings.ts';
import type { World } from './world.ts';

/** One life of a process: what is killed never goes on. */
export interface Life {
  /** Such as `p1.2`, the second life of the first process. */
  readonly name: string;
  readonly alive: boolean;
  readonly clock: Clock;
  /**
   * Asks something outside of the process: its store, its database, the outside. The request takes its time, may be lost
   * on the way, and so may its answer; a process that dies before it is answered never hears it.
   */
  ask<VALUE>(what: string, effect: () => VALUE | Promise<VALUE>, often?: Partial<Faults>): Promise<VALUE>;
  kill(): void;
}

class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** @param setup.onKilled Told when it dies, by itself or killed. */
export function createLife(setup: {
  world: World;
  random: Random;
  faults: Faults;
  name: string;
  skewMs: number;
  onKilled: () => void;
}): Life {
  const { world, random, faults, name, skewMs, onKilled } = setup;
  let alive = true;
  const happens = (probability: number) => !world.calm && random.chance(probability);
  const kill = () => {
    if (!alive) return;
    alive = false;
    world.say(`${name} dies`);
    onKilled();
  };
  const wait = (often: Faults) => {
    if (happens(often.slow)) return random.below(8_000);
    return random.below(25);
  };

  return {
    name,
    get alive() {
      return alive;
    },
    clock: {
      now: () => world.now + skewMs,
      schedule: (run, ms) =>
        world.after(ms, () => {
          if (alive) void run();
        }),
    },
    kill,
    ask: (what, effect, often = {}) => {
      const likely = { ...faults, ...often };
      return new Promise((resolve, reject) => {
        if (!alive) return;
        const lost = happens(likely.lostRequest);
        const answerLost = !lost && happens(likely.lostAnswer);
        const arrive = async () => {
          if (!alive && random.chance(0.5)) return; // it died before it was sent
          if (lost) {
            world.say(`${name} cannot reach ${what}`);
            if (alive) reject(new Unreachable('No connection.'));
            return;
          }
          const answer = await outcomeOf(effect);
          world.say(`${name} ${what}${answer.ok ? '' : ': throws'}${answerLost ? ', the answer is lost' : ''}`);
          const hear = () => {
            if (!alive) return;
            if (answerLost) reject(new Unreachable('The connection was reset.'));
            else if (answer.ok) resolve(answer.value);
            else reject(answer.error);
          };
          if (alive && happens(likely.crash)) kill();
          else if (random.chance(0.5)) hear();
          else world.after(wait(likely), hear);
        };
        world.after(wait(likely), arrive);
      });
    },
  };
}

type Answer<VALUE> = { readonly ok: true; readonly value: VALUE } | { readonly ok: false; readonly error: unknown };

async function outcomeOf<VALUE>(effect: () => VALUE | Promise<VALUE>): Promise<Answer<VALUE>> {
  try {
    return { ok: true, value: await effect() };
  } catch (error) {
    return { ok: false, error };
  }
}
