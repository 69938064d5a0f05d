import assert from 'node:assert/strict';
import type { ConformanceCase } from '../case.ts';
import { calls, countOf, createCast, done, eventsOf, inStore, says } from '../cast.ts';
import { oneRender } from '../one-render.ts';

const byScript = { idempotencyKey: ({ script }: { script: string }) => `order ${script}` };

/** A key of the app's own: equal keys of one conversation are one piece of work, in whatever turn they are called. */
export const ownKeyCases: readonly ConformanceCase[] = [
  {
    name: 'the same own key in a later turn joins the work that is under way: both calls wait, one result is told',
    bothModes: true,
    setup: () =>
      oneRender({
        tool: byScript,
        replies: [calls(['render', { script: 'a' }]), says('It is there.'), says('Bye.')],
        play: async (scene, request) => {
          const again = await scene.say('Order it once more.');
          assert.equal(again.pending, true);
          const requests = scene.requests();
          assert.deepEqual(new Set(requests.map(({ id }) => id)), new Set([request.id]));
          assert.equal(scene.outside.log.length, 1);
          await scene.finish([request, done()]);
          const run = await scene.run();
          assert.deepEqual([run.text, run.pending], ['It is there.', false]);
          assert.equal(countOf(scene.sent(), 'nonce-1'), 1);
          await scene.say('Thanks.');
          assert.equal(countOf(scene.sent(), 'nonce-1'), 1);
          assert.equal(eventsOf(scene, 'task.consumed').length, 1);
          assert.equal(eventsOf(scene, 'task.rejoined').length, 1);
        },
      }),
  },
  {
    name: 'the same own key twice in one turn is one dispatch, and both calls read its result',
    bothModes: true,
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render(byScript)],
        model: [calls(['render', { script: 'a' }], ['render', { script: 'a' }]), says('It is there.'), says('Bye.')],
        play: async (scene) => {
          cast.enter(scene);
          assert.equal((await scene.say('Render a twice.')).pending, true);
          assert.equal(scene.outside.jobs.length, 1);
          const [request] = scene.requests();
          assert.ok(request !== undefined);
          await scene.finish([request, done()]);
          const run = await scene.run();
          assert.deepEqual([run.text, run.pending], ['It is there.', false]);
          await scene.say('Thanks.');
          assert.equal(eventsOf(scene, 'task.consumed').length, 1);
        },
      };
    },
  },
  {
    name: 'the same own key after the result was told: the later call reads it at once, and nothing is dispatched',
    appliesTo: inStore,
    setup: () =>
      oneRender({
        tool: byScript,
        replies: [says('Done.'), calls(['render', { script: 'a' }]), says('As before.')],
        play: async (scene, request) => {
          await scene.finish([request, done()]);
          await scene.run();
          const again = await scene.say('Order it once more.');
          assert.deepEqual([again.text, again.modelCalls, again.pending], ['As before.', 2, false]);
          assert.equal(countOf(scene.sent(), 'nonce-1'), 2);
          assert.doesNotMatch(scene.sent(), /there is no result yet/);
          assert.equal(scene.outside.log.length, 1);
          assert.equal(eventsOf(scene, 'task.consumed').length, 1);
        },
      }),
  },
  {
    name: 'the same own key after the result was told, with no store: the outside is asked with the same key',
    appliesTo: ({ keeping }) => keeping === 'messages',
    setup: () =>
      oneRender({
        tool: byScript,
        replies: [says('Done.'), calls(['render', { script: 'a' }]), says('As before.')],
        play: async (scene, request) => {
          await scene.finish([request, done()]);
          await scene.run();
          assert.equal((await scene.say('Order it once more.')).pending, true);
          assert.deepEqual(
            scene.outside.log.map(({ type }) => type),
            ['submitted', 'deduplicated'],
          );
          await scene.finish([scene.request('render'), done()]);
          assert.equal((await scene.run()).text, 'As before.');
        },
      }),
  },
  {
    name: 'the same own key with other arguments is a tool error that says so, and the run goes on',
    setup: () =>
      oneRender({
        tool: { idempotencyKey: () => 'order 1' },
        replies: [calls(['render', { script: 'b' }]), says('b was refused.'), says('a')],
        play: async (scene, request) => {
          const refused = await scene.say('Render b under the same order.');
          assert.deepEqual([refused.text, refused.modelCalls], ['b was refused.', 2]);
          assert.match(scene.sent(), /Not dispatched:.*the same idempotency key with other arguments/);
          assert.equal(scene.outside.jobs.length, 1);
          await scene.finish([request, done()]);
          assert.equal((await scene.run()).text, 'a');
          assert.match(scene.sent(), /await_async_result.*nonce-1/);
        },
      }),
  },
  {
    name: 'an own key that is no text is a tool error, and nothing is dispatched',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render({ idempotencyKey: () => '' })],
        model: [calls(['render', { script: 'a' }]), says('It was refused.')],
        play: async (scene) => {
          cast.enter(scene);
          const run = await scene.say('Render a.');
          assert.deepEqual([run.text, run.pending], ['It was refused.', false]);
          assert.match(scene.sent(), /must return a text of 1 to 200 characters/);
          assert.equal(scene.outside.jobs.length, 0);
        },
      };
    },
  },
];
