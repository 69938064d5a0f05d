import assert from 'node:assert/strict';
import type { Json, Outcome } from '@latecall/core';
import { z } from 'zod';
import type { ConformanceCase } from '../case.ts';
import { calls, createCast, done, says } from '../cast.ts';

/** What a model is told: the .NET row 9, falsy results, deadlines, cancellation, policy and provenance. */
export const outcomeCases: readonly ConformanceCase[] = [
  tells(
    'a failure is told as a failure, with its message',
    { status: 'failed', error: { message: 'farm on fire' } },
    /Failed: farm on fire/,
  ),
  tells('a cancellation is told as one, with a fixed text', { status: 'cancelled' }, /Cancelled\. There is no result/),
  tells('an expiry from outside is told as one', { status: 'expired' }, /Expired: the deadline passed/),
  ...[false, 0, '', null].map((result) => falsy(result)),
  {
    name: 'results out of order are each bound to their own call',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [calls(['render', { script: 'a' }], ['render', { script: 'b' }]), says('both')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a and b.');
          const [a, b] = scene.requests();
          assert.ok(a !== undefined && b !== undefined);
          await scene.finish([b, done('nonce-b')]);
          const partial = await scene.run();
          assert.deepEqual([partial.modelCalls, partial.pending], [0, true]);
          await scene.finish([a, done('nonce-a')]);
          assert.equal((await scene.run()).text, 'both');
          assertOrder(scene.sent(), a.functionCall.callId, 'nonce-a', b.functionCall.callId, 'nonce-b');
        },
      };
    },
  },
  {
    name: 'a result after the deadline loses, and the model is told of the expiry',
    bothModes: true,
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render({ deadline: '15m' })],
        model: [calls(['render', { script: 'a' }]), says('It expired.')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          const request = scene.request('render');
          assert.equal(Date.parse(request.deadlineAt ?? ''), scene.clock.now() + 15 * 60_000);
          await scene.clock.advance(15 * 60_000);
          const verdicts = await scene.finish([request, done('too-late')]);
          if (scene.variant.keeping === 'store')
            assert.deepEqual(
              verdicts.map(({ verdict }) => verdict),
              ['late'],
            );
          const run = await scene.run();
          assert.equal(run.text, 'It expired.');
          assert.match(scene.sent(), /Expired: the deadline passed/);
          assert.doesNotMatch(scene.sent(), /too-late/);
        },
      };
    },
  },
  {
    name: 'a result that came in time counts, although the run goes on only after the deadline',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render({ deadline: '15m' })],
        model: [calls(['render', { script: 'a' }], ['render', { script: 'b' }]), says('a is there, b expired.')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a and b.');
          const [a] = scene.requests();
          assert.ok(a !== undefined);
          await scene.finish([a, done('in-time')]);
          assert.equal((await scene.run()).modelCalls, 0);
          await scene.clock.advance(15 * 60_000);
          assert.equal((await scene.run()).text, 'a is there, b expired.');
          assert.match(scene.sent(), /in-time.*Expired: the deadline passed/);
        },
      };
    },
  },
  {
    name: 'a deadline passes with no process alive, and the next run is told',
    bothModes: true,
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render({ deadline: '15m' })],
        model: [calls(['render', { script: 'a' }]), says('It expired.')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          await scene.clock.advance(15 * 60_000);
          assert.equal((await scene.run()).text, 'It expired.');
        },
      };
    },
  },
  {
    name: 'a result that comes after a cancellation is never shown',
    bothModes: true,
    appliesTo: ({ keeping }) => keeping === 'store',
    setup: () => {
      const cast = createCast();
      const cancelled: string[] = [];
      return {
        tools: [cast.render({ onCancel: ({ id }) => void cancelled.push(id) })],
        model: [calls(['render', { script: 'a' }]), says('It was cancelled.')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          const request = scene.request('render');
          await scene.agent().cancel({ id: request.id, scope: scene.scope, reason: 'changed my mind' });
          assert.deepEqual(cancelled, [request.id]);
          const [late] = await scene.finish([request, done('too-late')]);
          assert.equal(late?.verdict, 'cancelled');
          assert.equal((await scene.run()).text, 'It was cancelled.');
          assert.match(scene.sent(), /Cancelled \(changed my mind\)/);
          assert.doesNotMatch(scene.sent(), /too-late/);
        },
      };
    },
  },
  {
    name: 'a permission that is revoked before consumption withholds the result',
    bothModes: true,
    setup: () => {
      const cast = createCast();
      let allowed = true;
      return {
        tools: [cast.render()],
        runtime: { policy: { authorize: ({ at }) => at === 'arrival' || allowed } },
        model: [calls(['render', { script: 'a' }]), says('I may not see it.'), says('Still not.')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          await scene.finish([scene.request('render'), done('secret-nonce')]);
          allowed = false;
          assert.equal((await scene.run()).text, 'I may not see it.');
          assert.match(scene.sent(), /Withheld\. A result came but may not be shown here\./);
          allowed = true;
          await scene.say('And now?');
          assert.match(scene.sent(), /Withheld/); // what was told stays told
          // The response that an app put into its own messages is the app's; what reaches a model is ours.
          assert.ok(!scene.server.requests.some(({ body }) => JSON.stringify(body).includes('secret-nonce')));
          assert.equal(scene.audit.filter(({ type }) => type === 'task.withheld').length, 1);
        },
      };
    },
  },
  {
    name: 'a result about a world that has changed is marked as stale',
    bothModes: true,
    appliesTo: ({ keeping }) => keeping === 'store',
    setup: () => {
      const cast = createCast();
      let commit = 'c1';
      return {
        tools: [cast.render()],
        runtime: { policy: { snapshot: () => commit, isFresh: ({ snapshot }) => snapshot === commit } },
        model: [calls(['render', { script: 'a' }]), says('It is about an older commit.')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          commit = 'c2';
          await scene.finish([scene.request('render'), done()]);
          await scene.run();
          assert.match(scene.sent(), /stale.*nonce-1/);
        },
      };
    },
  },
  {
    name: 'a throw of onResult makes the task fail, and nothing else',
    bothModes: true,
    setup: () => {
      const cast = createCast();
      const onResult = () => {
        throw new Error('checksum differs');
      };
      return {
        tools: [cast.render({ onResult })],
        model: [calls(['render', { script: 'a' }]), says('It failed.')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          await scene.finish([scene.request('render'), done('unchecked')]);
          assert.equal((await scene.run()).text, 'It failed.');
          assert.match(scene.sent(), /Failed: checksum differs/);
          assert.doesNotMatch(scene.sent(), /unchecked/);
        },
      };
    },
  },
];

function tells(name: string, outcome: Outcome, text: RegExp): ConformanceCase {
  return {
    name,
    bothModes: true,
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [calls(['render', { script: 'a' }]), says('I see.')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          await scene.finish([scene.request('render'), outcome]);
          assert.equal((await scene.run()).text, 'I see.');
          assert.match(scene.sent(), text);
        },
      };
    },
  };
}

function falsy(result: Json): ConformanceCase {
  return {
    name: `the result ${JSON.stringify(result)} is a result`,
    bothModes: true,
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render({ resultSchema: z.any() })],
        model: [calls(['render', { script: 'a' }]), says('I see.')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          await scene.finish([scene.request('render'), { status: 'completed', result }]);
          const run = await scene.run();
          assert.deepEqual([run.text, run.pending, run.modelCalls], ['I see.', false, 1]);
          assert.equal(scene.audit.filter(({ type }) => type === 'task.consumed').length, 1);
        },
      };
    },
  };
}

/** The texts stand in this order. */
function assertOrder(wire: string, ...texts: string[]): void {
  // From the results on: the calls stand before them, with the same ids.
  const results = wire.slice(Math.max(wire.indexOf('nonce-a'), 0) - 200);
  const places = texts.filter((text) => text.startsWith('nonce')).map((text) => results.indexOf(text));
  assert.ok(
    places.every((place) => place >= 0),
    `missing one of ${texts.join(', ')} in ${wire}`,
  );
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
    `not in this order: ${texts.join(', ')}`,
  );
}
