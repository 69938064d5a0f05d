import assert from 'node:assert/strict';
import type { InputAnswer } from '@latecall/core';
import type { ConformanceCase } from '../case.ts';
import { assertNeverSent, calls, createCast, done, eventsOf, inStore, says } from '../cast.ts';

/** What the outside asks while it works: a matter between people and programs, of which no model hears. */
export const questionCases: readonly ConformanceCase[] = [
  {
    name: 'a question of the outside is answered, the outside hears of it, and no prompt changes',
    bothModes: true,
    appliesTo: inStore,
    setup: () => {
      const cast = createCast();
      const heard: [id: string, answer: InputAnswer][] = [];
      return {
        tools: [cast.render({ onInput: (answer, { id }) => void heard.push([id, answer]) })],
        model: [calls(['render', { script: 'a' }]), says('Still rendering.'), says('nonce-1')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          const request = scene.request('render');
          const { id } = request;
          const { scope } = scene;
          const agent = scene.agent();
          const inputRequest = { key: 'voice', message: 'Which voice?' };
          assert.equal((await agent.report({ id, scope, inputRequest })).verdict, 'accepted');
          assert.equal((await agent.summary(scope)).pending[0]?.status, 'input_required');
          assert.equal((await scene.say('How is it going?')).text, 'Still rendering.');
          assert.equal((await agent.answer({ id, scope, key: 'voice', answer: 'deep' })).verdict, 'accepted');
          assert.equal((await agent.summary(scope)).pending[0]?.status, 'working');
          await scene.finish([request, done()]);
          assert.equal((await scene.run()).text, 'nonce-1');
          assert.deepEqual(heard, [[id, { key: 'voice', answer: 'deep' }]]);
          for (const text of ['Which voice?', 'deep', 'input_required']) assertNeverSent(scene, text);
          for (const type of ['task.input-requested', 'task.input-answered'] as const) {
            assert.equal(eventsOf(scene, type).length, 1);
          }
        },
      };
    },
  },
  {
    name: 'of two answers to a question the first one stays, and the same again is told to the outside again',
    bothModes: true,
    appliesTo: inStore,
    setup: () => {
      const cast = createCast();
      const heard: unknown[] = [];
      return {
        tools: [cast.render({ onInput: ({ answer }) => void heard.push(answer) })],
        model: [calls(['render', { script: 'a' }]), says('nonce-1')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          const request = scene.request('render');
          const { id } = request;
          const { scope } = scene;
          const agent = scene.agent();
          const answerWith = async (answer: unknown, key?: string) =>
            (await agent.answer({ id, scope, answer, key })).verdict;
          assert.equal(await answerWith('deep'), 'invalid'); // nothing is asked
          await agent.report({ id, scope, inputRequest: { key: 'voice', message: 'Which voice?' } });
          assert.equal(await answerWith('deep', 'speed'), 'invalid');
          assert.equal(await answerWith('deep'), 'accepted'); // the one that waits longest
          assert.equal(await answerWith('deep', 'voice'), 'duplicate');
          assert.equal(await answerWith('high', 'voice'), 'conflict');
          assert.deepEqual(heard, ['deep', 'deep']);
          assert.equal((await agent.answer({ id: 'task_made_up', scope, answer: 1 })).verdict, 'unknown');
          await scene.finish([request, done()]);
          assert.equal((await scene.run()).text, 'nonce-1');
        },
      };
    },
  },
];
