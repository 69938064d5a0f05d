import assert from 'node:assert/strict';
import { describeState } from '@latecall/core';
import type { ConformanceCase } from '../case.ts';
import { calls, createCast, done, eventsOf, inStore, says } from '../cast.ts';

/** What people read afterwards, or in between: the audit of turns, and how a conversation stands. */
export const trailCases: readonly ConformanceCase[] = [
  {
    name: 'the audit says which turn made which calls, and which turn was shown which results',
    bothModes: true,
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render(), cast.weather()],
        model: [calls(['render', { script: 'a' }], ['weather', { city: 'Bonn' }]), says('nonce-1')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a, and the weather in Bonn.');
          const request = scene.request('render');
          await scene.finish([request, done()]);
          assert.equal((await scene.run()).text, 'nonce-1');
          const [dispatching, telling, ...more] = eventsOf(scene, 'turn.finished');
          assert.ok(dispatching !== undefined && telling !== undefined);
          assert.deepEqual(more, []);
          assert.deepEqual(
            dispatching.calls?.map(({ toolName }) => toolName),
            ['render', 'weather'],
          );
          const [created] = eventsOf(scene, 'task.created');
          const [consumed] = eventsOf(scene, 'task.consumed');
          assert.deepEqual([created?.turn, consumed?.turn], [dispatching.id, telling.id]);
          assert.equal(created?.inputDigest, dispatching.calls?.[0]?.inputDigest);
          assert.deepEqual(
            [created?.callId, dispatching.calls?.[0]?.callId],
            Array(2).fill(request.functionCall.callId),
          );
          assert.deepEqual(
            telling.results?.map(({ id, handle }) => ({ id, handle })),
            [{ id: request.id, handle: request.handle }],
          );
          assert.equal(telling.results?.[0]?.outputDigest, consumed?.outputDigest);
          assert.deepEqual([dispatching.results, telling.calls], [[], []]);
          assert.doesNotMatch(JSON.stringify(scene.audit), /nonce-1|"script"|Bonn/); // digests only
        },
      };
    },
  },
  {
    name: 'the summary says what is pending, untold and withheld; its text for a model holds no times',
    bothModes: true,
    appliesTo: inStore,
    setup: () => {
      const cast = createCast();
      const forbidden = new Set<string>();
      return {
        tools: [cast.render()],
        runtime: { policy: { authorize: ({ at, task }) => at === 'arrival' || !forbidden.has(task.id) } },
        model: [calls(['render', { script: 'a' }], ['render', { script: 'b' }]), says('a is there.')],
        play: async (scene) => {
          cast.enter(scene);
          const state = () => scene.agent().summary(scene.scope);
          assert.equal(describeState(await state()), 'No dispatched calls are pending.');
          await scene.say('Render a and b.');
          const [a, b] = scene.requests();
          assert.ok(a !== undefined && b !== undefined);
          const before = describeState(await state());
          assert.match(
            before,
            new RegExp(`^Pending, no result yet: (${a.handle}, ${b.handle}|${b.handle}, ${a.handle})\\.$`),
          );
          await scene.clock.advance(60_000);
          assert.equal(describeState(await state()), before);
          forbidden.add(b.id);
          await scene.finish([a, done()], [b, done('secret-nonce')]);
          assert.deepEqual(new Set((await state()).untold.map(({ handle }) => handle)), new Set([a.handle, b.handle]));
          assert.equal((await scene.run()).text, 'a is there.');
          const { pending, untold, withheld } = await state();
          assert.deepEqual([pending, untold, withheld.map(({ id }) => id)], [[], [], [b.id]]);
        },
      };
    },
  },
];
