// A thousand runs of the coordination workload through all loops and under all faults: everything must be right, and the
// audit alone must say which turn was told of which results.
import { beforeAll, describe, expect, it } from 'vitest';
import { asRecorded, faults, withoutFaults } from '../bench/coordination/faults.ts';
import { generateWorkload } from '../bench/coordination/generate.ts';
import { instancesOf } from '../bench/coordination/instance.ts';
import { judge } from '../bench/coordination/judge.ts';
import { aiLoop } from '../bench/coordination/loops/ai-loop.ts';
import { langchainLoop } from '../bench/coordination/loops/langchain-loop.ts';
import { play } from '../bench/coordination/play.ts';
import { computeDigestsInline } from '../bench/lib/inline-crypto.ts';
import { createRandom } from '../bench/lib/random.ts';

const loops = [aiLoop({ streaming: false }), aiLoop({ streaming: true }), langchainLoop];
const modes = ['suspend', 'continue'] as const;
const plans = [...Object.values(faults), { plan: asRecorded }];
const runs = 1_000;
const blocks = 10;

beforeAll(() => computeDigestsInline());

describe('the coordination workload', () => {
  it.each(Array.from({ length: blocks }, (_, block) => block))(
    'goes right in every loop under every fault, and its audit says who was told what (block %i)',
    { timeout: 120_000 },
    async (block) => {
      const instances = instancesOf(generateWorkload({ seed: 100 + block, instances: runs / blocks }));
      const random = createRandom(block);
      const problems: string[] = [];
      for (const [index, instance] of instances.entries()) {
        const fault = plans[index % plans.length] ?? { plan: asRecorded };
        const loop = loops[Math.floor(index / plans.length) % loops.length] ?? langchainLoop;
        const mode = modes[index % modes.length] ?? 'suspend';
        const planned = fault.plan(withoutFaults(instance), random);
        const consumption = { mode, scheduling: 'when-idle', idleTurns: 'once', gather: 'as-the-runner' } as const;
        const played = await play({ instance: planned, loop, fault, consumption, modelMs: 0 });
        problems.push(...judge(played).problems.map((problem) => `${instance.id}: ${problem}`));
      }
      expect(problems).toEqual([]);
    },
  );
});
