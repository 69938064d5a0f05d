import assert from 'node:assert/strict';
import { createAsyncFunctionResponse, type Json } from '@latecall/core';
import type { ConformanceCase } from '../case.ts';
import { assertNeverSent, calls, countOf, createCast, done, eventsOf, says } from '../cast.ts';
import { assertRefused } from '../refusal.ts';

/** How much a conversation may hold: what is refused harms nothing else. */
export const limitCases: readonly ConformanceCase[] = [
  {
    name: 'too many pending in one turn: the call beyond the limit is a tool error, and the other one goes on',
    bothModes: true,
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        runtime: { limits: { pendingTasks: 1 } },
        model: [calls(['render', { script: 'a' }], ['render', { script: 'b' }]), says('One of them: nonce-1')],
        play: async (scene) => {
          cast.enter(scene);
          assert.equal((await scene.say('Render a and b.')).pending, true);
          assert.equal(scene.outside.jobs.length, 1);
          const request = scene.request('render');
          assert.equal(eventsOf(scene, 'task.dispatch-failed')[0]?.detail, 'too_many_pending');
          await scene.finish([request, done()]);
          const run = await scene.run();
          assert.deepEqual([run.text, run.pending], ['One of them: nonce-1', false]);
          assert.equal(countOf(scene.sent(), 'Not dispatched: 1 calls of this conversation wait'), 1);
        },
      };
    },
  },
  {
    name: 'too many pending: a further call is a tool error, the run goes on, and later there is room again',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        runtime: { limits: { pendingTasks: 1 } },
        model: [
          calls(['render', { script: 'a' }]),
          calls(['render', { script: 'b' }]),
          says('b has to wait.'),
          calls(['render', { script: 'b' }]),
          says('both'),
        ],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          const request = scene.request('render');
          const refused = await scene.say('And b.');
          assert.deepEqual([refused.text, refused.modelCalls], ['b has to wait.', 2]);
          assert.match(scene.sent(), /Not dispatched: 1 calls of this conversation wait.*Wait for some of them/);
          await scene.finish([request, done()]);
          assert.equal((await scene.run()).pending, true);
          assert.equal(scene.outside.jobs.length, 2);
          await scene.finish([scene.request('render'), done('nonce-2')]);
          assert.equal((await scene.run()).text, 'both');
          assert.match(scene.sent(), /nonce-1.*nonce-2/);
        },
      };
    },
  },
  {
    name: 'a result that is too large is refused, and the right one is taken after it',
    bothModes: true,
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        runtime: { limits: { resultBytes: 500 } },
        model: [calls(['render', { script: 'a' }]), says('nonce-1')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          const request = scene.request('render');
          const outcome = done(`large ${'x'.repeat(500)}`);
          const response = createAsyncFunctionResponse<Json>({ request, outcome, clock: scene.clock });
          await assertRefused(scene, response, 'invalid', /has 5\d\d bytes, and at most 500 are taken/);
          await scene.finish([request, done()]);
          assert.equal((await scene.run()).text, 'nonce-1');
          assertNeverSent(scene, 'large');
        },
      };
    },
  },
  {
    name: 'a receipt that is too large is a tool error',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render({ dispatch: () => 'x'.repeat(500) })],
        runtime: { limits: { resultBytes: 500 } },
        model: [calls(['render', { script: 'a' }]), says('It failed.')],
        play: async (scene) => {
          cast.enter(scene);
          const run = await scene.say('Render a.');
          assert.deepEqual([run.text, run.pending], ['It failed.', false]);
          assert.match(scene.sent(), /has 502 bytes, and at most 500 are kept/);
        },
      };
    },
  },
];
