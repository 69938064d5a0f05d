import assert from 'node:assert/strict';
import { z } from 'zod';
import type { ConformanceTool } from '../adapter.ts';
import type { ConformanceCase } from '../case.ts';
import { assertNeverSent, calls, createCast, done, eventsOf, says } from '../cast.ts';

const minute = 60_000;

/** A budget limits work, over any number of runs; waiting is free (law 7). */
export const budgetCases: readonly ConformanceCase[] = [
  {
    name: 'budget: a spent one ends the run before the next model call, and the next run makes none',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render(), cast.weather()],
        budget: { turns: 2 },
        model: [calls(['weather', { city: 'Bonn' }]), calls(['weather', { city: 'Rome' }])],
        play: async (scene) => {
          cast.enter(scene);
          const run = await scene.say('The weather everywhere.');
          assert.deepEqual([run.modelCalls, run.text, run.pending], [2, '', false]);
          assert.equal(cast.weatherRuns(), 2); // what the last call asked for is done
          assert.equal(scene.spent.turns, 2);
          const again = await scene.say('Go on.');
          assert.deepEqual([again.modelCalls, again.text], [0, '']);
          assert.equal(scene.spent.turns, 2);
        },
      };
    },
  },
  {
    name: 'budget: waiting costs nothing, neither its time nor its runs',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        budget: { turns: 2, workingTime: '1m' },
        model: [calls(['render', { script: 'a' }]), says('nonce-1')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          for (const _ of [1, 2, 3]) {
            await scene.clock.advance(60 * minute);
            const waiting = await scene.run();
            assert.deepEqual([waiting.modelCalls, waiting.pending], [0, true]);
          }
          assert.deepEqual(scene.spent, { turns: 1, ms: 0 });
          await scene.finish([scene.request('render'), done()]);
          assert.equal((await scene.run()).text, 'nonce-1');
          assert.deepEqual(scene.spent, { turns: 2, ms: 0 });
        },
      };
    },
  },
  {
    name: 'budget: a result that comes when it is spent is kept, and told once there is more',
    setup: () => {
      const cast = createCast();
      const budget = { turns: 1 };
      return {
        tools: [cast.render()],
        budget,
        model: [calls(['render', { script: 'a' }]), says('nonce-1')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          budget.turns = scene.spent.turns;
          await scene.finish([scene.request('render'), done()]);
          const spent = await scene.run();
          assert.deepEqual([spent.modelCalls, spent.text], [0, '']);
          assert.equal(eventsOf(scene, 'task.consumed').length, 0);
          assertNeverSent(scene, 'nonce-1');
          budget.turns += 1;
          assert.equal((await scene.run()).text, 'nonce-1');
          assert.equal(eventsOf(scene, 'task.consumed').length, 1);
        },
      };
    },
  },
  {
    name: 'budget: time in model calls and tools counts',
    setup: () => {
      let advance = async (_ms: number) => {};
      const slow: ConformanceTool = {
        kind: 'sync',
        name: 'slow',
        inputSchema: z.object({}),
        execute: async () => {
          await advance(minute);
          return 'done';
        },
      };
      const cast = createCast();
      return {
        tools: [cast.render(), slow],
        budget: { workingTime: '1m' },
        model: [calls(['slow', {}])],
        play: async (scene) => {
          cast.enter(scene);
          advance = scene.clock.advance;
          const run = await scene.say('Take your time.');
          assert.deepEqual([run.modelCalls, run.text], [1, '']);
          assert.deepEqual(scene.spent, { turns: 1, ms: minute });
          assert.equal((await scene.say('Go on.')).modelCalls, 0);
        },
      };
    },
  },
];
