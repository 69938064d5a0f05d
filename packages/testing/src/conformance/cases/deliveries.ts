import assert from 'node:assert/strict';
import type { AuditEvent } from '@latecall/core';
import type { Variant } from '../adapter.ts';
import type { ConformanceCase } from '../case.ts';
import { calls, createCast, done, says } from '../cast.ts';
import type { Scene } from '../scene.ts';

type Delivery = 'append' | 'envelope' | 'native' | 'auto';

/** One story in every delivery: the prompts differ, the tasks, outcomes and audit do not. */
export const deliveryCases: readonly ConformanceCase[] = [
  ...(['append', 'envelope', 'auto'] as const).map((delivery) => storyIn(delivery)),
  storyIn('native', ({ provider }) => provider === 'openai-responses'),
  ...(['manual', 'adaptive'] as const).map((thinking) => thinkingStory(thinking)),
  {
    name: 'native: a run whose calls were all left open has nothing new, and makes no model call',
    appliesTo: ({ provider }) => provider === 'openai-responses',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render({ mode: 'continue', delivery: 'native' }, { kind: 'async', native: true } as never)],
        modelId: 'gpt-6',
        model: [calls(['render', { script: 'a' }]), says('nonce-1')],
        play: async (scene) => {
          cast.enter(scene);
          const run = await scene.say('Render a.');
          assert.deepEqual([run.modelCalls, run.pending], [1, true]);
          assert.equal((await scene.run()).modelCalls, 0);
          await scene.finish([scene.request('render'), done()]);
          assert.equal((await scene.run()).text, 'nonce-1');
          assert.doesNotMatch(scene.sent(), /await_async_result|dispatched/);
        },
      };
    },
  },
  {
    name: 'native: a model without open calls gets the placeholder, and the result by a call of its own',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render({ mode: 'continue', delivery: 'native' }, { kind: 'async', native: true } as never)],
        model: [calls(['render', { script: 'a' }]), says('On its way.'), says('nonce-1')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          await scene.finish([scene.request('render'), done()]);
          assert.equal((await scene.run()).text, 'nonce-1');
          assert.match(scene.sent(), /dispatched.*await_async_result.*nonce-1/);
        },
      };
    },
  },
];

function storyIn(delivery: Delivery, appliesTo: (variant: Variant) => boolean = () => true): ConformanceCase {
  const native = delivery === 'native';
  return {
    name: `${delivery}: two late results, one of them a failure, enter a conversation that goes on`,
    appliesTo,
    setup: () => {
      const cast = createCast();
      const more = { kind: 'async', ...(native ? { native: true } : {}) } as never;
      return {
        tools: [cast.render({ mode: 'continue', delivery }, more), cast.weather()],
        ...(native ? { modelId: 'gpt-6' } : {}),
        model: [
          calls(['render', { script: 'a' }], ['render', { script: 'b' }], ['weather', { city: 'Bonn' }]),
          says('Clear; both are on their way.'),
          says('a is at nonce-a.'),
          says('I wait.'),
          says('b has failed.'),
          says('Bye.'),
        ],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a and b; the weather in Bonn?');
          const [a, b] = scene.requests();
          assert.ok(a !== undefined && b !== undefined);
          await scene.finish([a, done('nonce-a')]);
          assert.equal((await scene.run()).text, 'a is at nonce-a.');
          assertDelivered(scene, delivery, 'nonce-a');
          assert.equal((await scene.say('And b?')).text, 'I wait.');
          await scene.finish([b, { status: 'failed', error: { message: 'farm on fire' } }]);
          assert.equal((await scene.run()).text, 'b has failed.');
          assertDelivered(scene, delivery, 'farm on fire');
          assert.equal((await scene.say('Thanks.')).text, 'Bye.');
          assert.deepEqual(story(scene.audit), [
            'a task.created',
            'a task.dispatched',
            'a task.settled completed',
            'a task.claimed turn 2',
            'a task.consumed completed turn 2',
            'b task.created',
            'b task.dispatched',
            'b task.settled failed',
            'b task.claimed turn 3',
            'b task.consumed failed turn 3',
          ]);
        },
      };
    },
  };
}

/** Thinking blocks are signed over what stands before them: a prompt that changed would be refused. */
function thinkingStory(thinking: 'manual' | 'adaptive'): ConformanceCase {
  return {
    name: `auto: a model with ${thinking} thinking reads a late result in ${thinking === 'manual' ? 'an envelope' : 'a call of its own'}`,
    appliesTo: ({ provider }) => provider === 'anthropic',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        thinking,
        modelId: thinking === 'manual' ? 'claude-sonnet-4-5' : 'claude-sonnet-5-5',
        model: [
          { ...calls(['render', { script: 'a' }], ['render', { script: 'b' }]), reasoning: 'Both are wanted.' },
          { text: 'a is there.', reasoning: 'One has come.' },
          { text: 'b is there.', reasoning: 'The other has come.' },
          { text: 'Bye.', reasoning: 'Done.' },
        ],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a and b.');
          const [a, b] = scene.requests();
          assert.ok(a !== undefined && b !== undefined);
          await scene.finish([a, done('nonce-a')]);
          assert.equal((await scene.say('Is one there?')).text, 'a is there.');
          await scene.finish([b, done('nonce-b')]);
          assert.equal((await scene.run()).text, 'b is there.');
          assert.equal(scene.sent().includes('tool_result handle='), thinking === 'manual');
          assert.equal(scene.sent().includes('await_async_result'), thinking === 'adaptive');
          assert.equal((await scene.say('Thanks.')).text, 'Bye.');
          assert.match(scene.sent(), /Both are wanted|signature/);
        },
      };
    },
  };
}

function assertDelivered(scene: Scene, delivery: Delivery, text: string): void {
  const sent = scene.sent();
  assert.ok(sent.includes(text));
  assert.equal(sent.includes('await_async_result'), delivery === 'append' || delivery === 'auto');
  assert.equal(sent.includes('tool_result handle='), delivery === 'envelope');
  assert.equal(sent.includes('there is no result yet'), delivery !== 'native');
}

/** What happened to each task, without ids and times; turns by the order in which they came. */
function story(audit: readonly AuditEvent[]): string[] {
  const ofTasks = audit.filter(({ type }) => type !== 'turn.finished');
  const ids = [...new Set(ofTasks.map(({ id }) => id))];
  const turns = [...new Set(ofTasks.flatMap(({ turn = [] }) => turn))];
  // Both are dispatched at once: which of them is created first is nobody's promise. The one that completed is a.
  const first = audit.find(({ type, detail }) => type === 'task.settled' && detail === 'completed')?.id;
  const names = new Map(ids.map((id) => [id, id === first ? 'a' : 'b']));
  const lines = ofTasks.map(({ id, type, detail, turn }) => {
    const told = type === 'task.claimed' || type === 'task.consumed';
    const when = told && turn !== undefined ? `turn ${turns.indexOf(turn) + 1}` : '';
    return [names.get(id), type, detail, when].filter((word) => word !== undefined && word !== '').join(' ');
  });
  return lines.toSorted((x, y) => x.slice(0, 1).localeCompare(y.slice(0, 1)));
}
