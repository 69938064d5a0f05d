import assert from 'node:assert/strict';
import type { AsyncFunctionRequest, AsyncToolDefinition } from '@latecall/core';
import { z } from 'zod';
import type { ModelPolicy } from '../../servers/reply.ts';
import type { ConformanceTool } from '../adapter.ts';
import type { ConformanceCase } from '../case.ts';
import { assertNeverSent, calls, createCast, done, eventsOf, handlesRead, inStore, says } from '../cast.ts';
import type { Scene } from '../scene.ts';

/** `publish` builds on a call that the model names by the handle it has read. */
function createPair(definition: Partial<AsyncToolDefinition> = {}) {
  const cast = createCast();
  const publish = {
    ...cast.render({ ...definition, dependsOn: ({ after }: { after: string }) => [after] }),
    name: 'publish',
    inputSchema: z.object({ after: z.string() }),
  } as ConformanceTool;
  let asked = 0;
  const model: ModelPolicy = (view) => {
    asked += 1;
    if (asked === 1) return calls(['render', { script: 'a' }]);
    if (asked === 2) return calls(['publish', { after: handlesRead(view)[0] ?? '' }]);
    return says(asked === 3 ? 'I see.' : 'Bye.');
  };
  return { cast, model, tools: [cast.render(definition), publish] };
}

/** Both are under way, `publish` last. */
async function begin(scene: Scene): Promise<Record<'render' | 'publish', AsyncFunctionRequest>> {
  await scene.say('Render a.');
  const render = scene.request('render');
  assert.equal((await scene.say('Publish it when it is done.')).pending, true);
  return { render, publish: scene.request('publish') };
}

/** Calls that build on others, and what becomes of them when those are cancelled. */
export const dependencyCases: readonly ConformanceCase[] = [
  {
    name: 'a result that builds on another comes first: it is not told before the other one',
    setup: () => {
      const { cast, model, tools } = createPair();
      return {
        tools,
        model,
        play: async (scene) => {
          cast.enter(scene);
          const { render, publish } = await begin(scene);
          await scene.finish([publish, done('nonce-published')]);
          const early = await scene.run();
          assert.deepEqual([early.modelCalls, early.pending], [0, true]);
          assertNeverSent(scene, 'nonce-published');
          await scene.finish([render, done('nonce-rendered')]);
          const run = await scene.run();
          assert.deepEqual([run.text, run.modelCalls, run.pending], ['I see.', 1, false]);
          for (const nonce of ['nonce-rendered', 'nonce-published']) assert.ok(scene.sent().includes(nonce));
          await scene.say('Thanks.');
          assert.equal(new Set(eventsOf(scene, 'task.consumed').map(({ turn }) => turn)).size, 1);
        },
      };
    },
  },
  {
    name: 'a call that builds on one that is not there is a tool error that lists the valid handles',
    setup: () => {
      const { cast, tools } = createPair();
      return {
        tools,
        model: [calls(['render', { script: 'a' }]), calls(['publish', { after: 'render_nope' }]), says('Which one?')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          const { handle } = scene.request('render');
          const run = await scene.say('Publish the other one.');
          assert.deepEqual([run.text, run.modelCalls], ['Which one?', 2]);
          assert.match(scene.sent(), new RegExp(`Not dispatched: .*render_nope.*Valid handles: ${handle}`));
          assert.equal(scene.outside.jobs.length, 1);
        },
      };
    },
  },
  {
    name: 'a cancellation takes along what builds on it, and the model is told why of each',
    appliesTo: inStore,
    setup: () => {
      const cancelled: string[] = [];
      const { cast, model, tools } = createPair({ onCancel: ({ id }) => void cancelled.push(id) });
      return {
        tools,
        model,
        play: async (scene) => {
          cast.enter(scene);
          const { render, publish } = await begin(scene);
          const { verdict } = await scene.agent().cancel({ id: render.id, scope: scene.scope, reason: 'too dear' });
          assert.equal(verdict, 'accepted');
          assert.deepEqual(cancelled, [render.id, publish.id]);
          assert.equal((await scene.finish([publish, done('too-late')]))[0]?.verdict, 'cancelled');
          assert.equal((await scene.run()).text, 'I see.');
          const wire = scene.sent().replaceAll('\\', '');
          assert.match(wire, /Cancelled \(too dear\)/);
          assert.match(wire, new RegExp(`Cancelled \\(it depends on "${render.handle}", which was cancelled\\)`));
          await scene.say('And now?');
          assertNeverSent(scene, 'too-late');
        },
      };
    },
  },
  {
    name: 'everything that is pending is cancelled at once, and the model is told of each',
    bothModes: true,
    appliesTo: inStore,
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [calls(['render', { script: 'a' }], ['render', { script: 'b' }]), says('Both are off.')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a and b.');
          const [a] = scene.requests();
          assert.ok(a !== undefined);
          const verdicts = await scene.agent().cancelAll({ scope: scene.scope, reason: 'the user left' });
          assert.deepEqual(
            verdicts.map(({ verdict }) => verdict),
            ['accepted', 'accepted'],
          );
          assert.deepEqual(await scene.agent().cancelAll({ scope: scene.scope }), []);
          assert.equal((await scene.run()).text, 'Both are off.');
          assert.match(scene.sent(), /Cancelled \(the user left\).*Cancelled \(the user left\)/);
          assert.equal(eventsOf(scene, 'task.cancelled').length, 2);
        },
      };
    },
  },
];
