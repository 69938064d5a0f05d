import assert from 'node:assert/strict';
import type { AsyncFunctionRequest, IdleTurns } from '@latecall/core';
import type { ConformanceTool } from '../adapter.ts';
import type { ConformanceCase } from '../case.ts';
import { calls, createCast, done, says } from '../cast.ts';
import type { Scene } from '../scene.ts';

/** Mode `continue`: when a model is asked again that would read nothing new but that its calls are pending. */
export const idleTurnCases: readonly ConformanceCase[] = [
  {
    name: 'idle turns, once: a model that has answered the user is not asked about nothing but pending calls',
    setup: () => {
      const { cast, ...options } = goingOn();
      return {
        ...options,
        model: [
          calls(['render', { script: 'a' }]),
          says('On its way.'),
          calls(['render', { script: 'nonce-1' }]),
          says('nonce-2'),
        ],
        play: async (scene) => {
          cast.enter(scene);
          assert.deepEqual(reported(await scene.say('Render a, then what came out.')), [2, 'On its way.']);
          await scene.finish([scene.request('render'), done()]);
          const woken = await scene.run();
          assert.deepEqual([woken.modelCalls, woken.pending], [1, true]);
          assert.equal((await scene.run()).modelCalls, 0);
          await scene.finish([scene.request('render'), done('nonce-2')]);
          assert.deepEqual(reported(await scene.run()), [1, 'nonce-2']);
        },
      };
    },
  },
  {
    name: 'idle turns, once: until it has answered, a model goes on from call to call',
    setup: () => {
      const { cast, ...options } = goingOn();
      return {
        ...options,
        model: [
          calls(['render', { script: 'a' }]),
          calls(['render', { script: 'b' }]),
          says('Both are on their way.'),
          calls(['render', { script: 'c' }]),
          says('So is c.'),
        ],
        play: async (scene) => {
          cast.enter(scene);
          assert.deepEqual(reported(await scene.say('Render a and b.')), [3, 'Both are on their way.']);
          assert.deepEqual(reported(await scene.say('And c.')), [2, 'So is c.']);
          assert.equal(scene.outside.jobs.length, 3);
        },
      };
    },
  },
  {
    name: 'idle turns, once: what other tools give is news, and so is a dispatch that failed',
    setup: () => {
      const { cast, ...options } = goingOn();
      const broken = { ...cast.render({ mode: 'continue', dispatch: refuse }), name: 'book' } as ConformanceTool;
      return {
        ...options,
        tools: [...options.tools, broken, cast.weather()],
        model: [
          calls(['render', { script: 'a' }]),
          says('On its way.'),
          calls(['render', { script: 'b' }], ['weather', { city: 'Bonn' }]),
          calls(['render', { script: 'c' }], ['book', { script: 'd' }]),
          says('Clear; d cannot be booked.'),
        ],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a, b and c, and book d.');
          await scene.finish([scene.request('render'), done()]);
          assert.deepEqual(reported(await scene.run()), [3, 'Clear; d cannot be booked.']);
        },
      };
    },
  },
  {
    name: 'idle turns, never: the run ends with its calls pending, and whatever lands first brings the next turn',
    setup: () => {
      const { cast, ...options } = goingOn('never');
      return {
        ...options,
        model: [
          calls(['render', { script: 'a' }], ['render', { script: 'b' }]),
          says('b is at nonce-b.'),
          says('a is at nonce-a.'),
        ],
        play: async (scene) => {
          cast.enter(scene);
          const first = await scene.say('Render a and b.');
          assert.deepEqual([first.modelCalls, first.pending], [1, true]);
          assert.equal((await scene.run()).modelCalls, 0);
          const [a, b] = scene.requests();
          assert.ok(a !== undefined && b !== undefined);
          await scene.finish([b, done('nonce-b')]);
          assert.deepEqual(reported(await scene.run()), [1, 'b is at nonce-b.']);
          assert.match(scene.sent(), /there is no result yet.*nonce-b/);
          await scene.finish([a, done('nonce-a')]);
          assert.deepEqual(reported(await scene.run()), [1, 'a is at nonce-a.']);
          assert.deepEqual(scene.requests(), [] satisfies AsyncFunctionRequest[]);
        },
      };
    },
  },
  {
    name: 'idle turns, never: a user who speaks is answered',
    setup: () => {
      const { cast, ...options } = goingOn('never');
      return {
        ...options,
        model: [calls(['render', { script: 'a' }]), says('Not yet.'), says('nonce-1')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          assert.deepEqual(reported(await scene.say('Is it there?')), [1, 'Not yet.']);
          await scene.finish([scene.request('render'), done()]);
          assert.deepEqual(reported(await scene.run()), [1, 'nonce-1']);
        },
      };
    },
  },
];

function goingOn(idleTurns?: IdleTurns) {
  const cast = createCast();
  return { cast, tools: [cast.render({ mode: 'continue' })], ...(idleTurns === undefined ? {} : { idleTurns }) };
}

function reported({ modelCalls, text }: Awaited<ReturnType<Scene['run']>>) {
  return [modelCalls, text];
}

function refuse(): never {
  throw new Error('There is no desk for that.');
}
