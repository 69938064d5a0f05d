import type { Random } from './random.ts';
import type { World } from './world.ts';

/** The world that results speak of: what changes in it makes them stale. */
export interface Commits {
  /** As a policy takes it. */
  snapshot(): { commit: number };
  /** When it has changed last, in milliseconds since the epoch. */
  readonly changedAt: number;
}

/** @param most How often it changes at most. */
export function createCommits(setup: { world: World; random: Random; most: number; withinMs: number }): Commits {
  const { world, random, most, withinMs } = setup;
  let [commit, changedAt] = [0, Number.NEGATIVE_INFINITY];
  for (let count = 0; count < most; count += 1) {
    world.after(random.below(withinMs), () => {
      commit += 1;
      changedAt = world.now;
      world.say(`the world has changed: commit ${commit}`);
    });
  }
  return {
    snapshot: () => ({ commit }),
    get changedAt() {
      return changedAt;
    },
  };
}
