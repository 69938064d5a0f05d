import type { Life } from './process.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** Locks in the app's database: a process that dies keeps its locks for a while. */
export interface Locks {
  /** `false` if somebody else has it. */
  take(name: string, life: Life): boolean;
  free(name: string, life: Life): void;
}

export function createLocks(world: World, random: Random): Locks {
  const holders = new Map<string, Life>();
  const diedAt = new Map<Life, number>();
  const isLeft = (life: Life) => {
    if (life.alive) return false;
    const since = diedAt.get(life) ?? world.now;
    diedAt.set(life, since);
    return world.now - since >= 5_000 + random.below(20_000);
  };
  return {
    take: (name, life) => {
      const holder = holders.get(name);
      if (holder !== undefined && !isLeft(holder)) return false;
      holders.set(name, life);
      return true;
    },
    free: (name, life) => {
      if (holders.get(name) === life) holders.delete(name);
    },
  };
}
