import assert from 'node:assert/strict';
import type { Mode, Scheduling } from '@latecall/core';
import { z } from 'zod';
import type { ConformanceCase } from '../case.ts';
import { calls, createCast, done, says } from '../cast.ts';
import type { Scene } from '../scene.ts';

const goesOn: { readonly mode: Mode } = { mode: 'continue' };

/** Mode `continue`: the model goes on working while it waits; and when a result may enter. */
export const workingMeanwhileCases: readonly ConformanceCase[] = [
  {
    name: 'continue: the model goes on working, and the run ends with the call still pending',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render(goesOn), cast.weather()],
        model: [
          calls(['render', { script: 'a' }]),
          calls(['weather', { city: 'Bonn' }]),
          says('Clear in Bonn; the video is on its way.'),
          says('nonce-1'),
        ],
        play: async (scene) => {
          cast.enter(scene);
          const run = await scene.say('Render a, and the weather in Bonn.');
          assert.deepEqual([run.modelCalls, run.pending], [3, true]);
          assert.equal(run.text, 'Clear in Bonn; the video is on its way.');
          assert.match(scene.sent(2), /there is no result yet/);
          await scene.finish([scene.request('render'), done()]);
          assert.equal((await scene.run()).text, 'nonce-1');
          assert.equal(scene.outside.log.length, 1);
        },
      };
    },
  },
  {
    name: 'continue: a run that has nothing new makes no model call',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render(goesOn)],
        model: [calls(['render', { script: 'a' }]), says('It is on its way.')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          const again = await scene.run();
          assert.deepEqual([again.modelCalls, again.pending, again.text], [0, true, '']);
        },
      };
    },
  },
  {
    name: 'continue: the user speaks while it waits, and the result enters when it has come',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render(goesOn)],
        model: [
          calls(['render', { script: 'a' }]),
          says('On its way.'),
          says('Not yet.'),
          says('nonce-1'),
          says('Bye.'),
        ],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          const request = scene.request('render');
          assert.equal((await scene.say('Is it there?')).text, 'Not yet.');
          await scene.finish([request, done()]);
          assert.equal((await scene.run()).text, 'nonce-1');
          await scene.say('Thanks.');
          assert.equal(scene.audit.filter(({ type }) => type === 'task.consumed').length, 1);
        },
      };
    },
  },
  {
    name: 'a suspended and a continuing call in one turn: the run waits for the one, and not for the other',
    setup: () => {
      const cast = createCast();
      const search = { ...cast.render(goesOn), name: 'search', inputSchema: z.object({ query: z.string() }) };
      return {
        tools: [cast.render(), search],
        model: [
          calls(['render', { script: 'a' }], ['search', { query: 'b' }]),
          says('nonce-1, and the search goes on.'),
          says('both'),
        ],
        play: async (scene) => {
          cast.enter(scene);
          assert.equal((await scene.say('Render a and search b.')).modelCalls, 1);
          assert.equal((await scene.run()).modelCalls, 0);
          await scene.finish([scene.request('render'), done()]);
          const resumed = await scene.run();
          assert.deepEqual([resumed.text, resumed.pending], ['nonce-1, and the search goes on.', true]);
          assert.match(scene.sent(), /nonce-1/);
          assert.match(scene.sent(), /there is no result yet/);
          await scene.finish([scene.request('search'), done('nonce-2')]);
          assert.equal((await scene.run()).text, 'both');
        },
      };
    },
  },
  {
    name: 'interrupt: results that land while a generation is running enter at its next step, in one go',
    appliesTo: ({ keeping }) => keeping === 'store',
    setup: () => {
      const { cast, landing, tools } = landingMeanwhile('interrupt');
      return {
        tools,
        model: [
          calls(['render', { script: 'a' }], ['render', { script: 'b' }]),
          calls(['weather', { city: 'Bonn' }]),
          says('nonce-a and nonce-b, and it is clear.'),
        ],
        play: async (scene) => {
          cast.enter(scene);
          landing.scene = scene;
          const run = await scene.say('Render a and b, and the weather.');
          assert.deepEqual(
            [run.modelCalls, run.text, run.pending],
            [3, 'nonce-a and nonce-b, and it is clear.', false],
          );
          assert.match(scene.sent(), /clear.*await_async_result.*nonce-/);
        },
      };
    },
  },
  {
    name: 'when-idle: a result that lands while a generation is running waits for the next run',
    appliesTo: ({ keeping }) => keeping === 'store',
    setup: () => {
      const { cast, landing, tools } = landingMeanwhile('when-idle');
      return {
        tools,
        model: [
          calls(['render', { script: 'a' }], ['render', { script: 'b' }]),
          calls(['weather', { city: 'Bonn' }]),
          says('It is clear; the videos are on their way.'),
          says('nonce-a and nonce-b'),
        ],
        play: async (scene) => {
          cast.enter(scene);
          landing.scene = scene;
          const run = await scene.say('Render a and b, and the weather.');
          assert.deepEqual([run.modelCalls, run.pending], [3, true]);
          assert.doesNotMatch(scene.sent(), /nonce-/);
          assert.equal((await scene.run()).text, 'nonce-a and nonce-b');
        },
      };
    },
  },
  {
    name: 'silent: a result enters with the next model call that anybody causes',
    appliesTo: ({ keeping }) => keeping === 'store',
    setup: () => {
      const { cast, landing, tools } = landingMeanwhile('silent');
      return {
        tools,
        model: [
          calls(['render', { script: 'a' }], ['render', { script: 'b' }]),
          calls(['weather', { city: 'Bonn' }]),
          says('nonce-a and nonce-b'),
        ],
        play: async (scene) => {
          cast.enter(scene);
          landing.scene = scene;
          const run = await scene.say('Render a and b, and the weather.');
          assert.deepEqual([run.modelCalls, run.text], [3, 'nonce-a and nonce-b']);
          assert.match(scene.sent(), /nonce-a/);
        },
      };
    },
  },
  {
    name: 'a response may be more urgent than its tool says',
    appliesTo: ({ keeping }) => keeping === 'store',
    setup: () => {
      const { cast, landing, tools } = landingMeanwhile('when-idle', 'interrupt');
      return {
        tools,
        model: [
          calls(['render', { script: 'a' }], ['render', { script: 'b' }]),
          calls(['weather', { city: 'Bonn' }]),
          says('nonce-a and nonce-b'),
        ],
        play: async (scene) => {
          cast.enter(scene);
          landing.scene = scene;
          assert.equal((await scene.say('Render a and b, and the weather.')).text, 'nonce-a and nonce-b');
        },
      };
    },
  },
];

/** Tools whose results land while the sync one is running. */
function landingMeanwhile(scheduling: Scheduling, urgency?: Scheduling) {
  const cast = createCast();
  const landing: { scene?: Scene } = {};
  const weather = {
    ...cast.weather(),
    execute: async () => {
      const { scene } = landing;
      for (const { id, input } of scene?.outside.jobs ?? []) {
        const { script } = input as { script: string };
        const outcome = done(`nonce-${script}`);
        const attempt = urgency === undefined ? { id, outcome } : { id, outcome, scheduling: urgency };
        assert.equal((await scene?.agent().settle(attempt))?.verdict, 'accepted');
      }
      return { sky: 'clear' };
    },
  };
  return { cast, landing, tools: [cast.render({ ...goesOn, scheduling }), weather] };
}
