import assert from 'node:assert/strict';
import { createAsyncFunctionResponse, type Json } from '@latecall/core';
import type { ConformanceCase } from '../case.ts';
import { assertNeverSent, countOf, done, eventsOf, inStore, says } from '../cast.ts';
import { oneRender } from '../one-render.ts';
import { isRefusal, unsigned } from '../refusal.ts';

const minutes = 60_000;

/** Results that come when their time is over: those that are welcome all the same, and those that are for people only. */
export const lateResultCases: readonly ConformanceCase[] = [
  {
    name: 'a late result that is welcome: the model is told at the deadline that there is none, and later the result',
    bothModes: true,
    setup: () =>
      oneRender({
        tool: { deadline: '15m', lateResult: 'accept' },
        replies: [says('It is overdue.'), says('nonce-1'), says('Bye.')],
        play: async (scene, request) => {
          await scene.clock.advance(15 * minutes);
          assert.equal((await scene.run()).text, 'It is overdue.');
          assert.match(scene.sent(), /Overdue: the deadline passed and there is no result\. One may still come/);
          await scene.clock.advance(60 * minutes);
          const verdicts = await scene.finish([request, done()]);
          if (inStore(scene.variant)) assert.equal(verdicts[0]?.verdict, 'accepted');
          const run = await scene.run();
          assert.deepEqual([run.text, run.modelCalls, run.pending], ['nonce-1', 1, false]);
          assert.match(scene.sent(), new RegExp(`Overdue.*await_async_result.*${request.handle}_late.*nonce-1`));
          assert.equal((await scene.run()).modelCalls, 0); // there is nothing new
          await scene.say('Thanks.');
          assert.equal(countOf(scene.sent(), 'nonce-1'), 2); // as the result, and in the model's own words
          assert.equal(eventsOf(scene, 'task.consumed').length, 2);
          const [late] = eventsOf(scene, 'task.consumed').slice(1);
          assert.deepEqual([late?.sequelOf, late?.handle], [request.id, `${request.handle}_late`]);
        },
      }),
  },
  {
    name: 'a late result that is welcome and comes before anybody was told of the deadline is the result',
    bothModes: true,
    setup: () =>
      oneRender({
        tool: { deadline: '15m', lateResult: 'accept' },
        replies: [says('nonce-1')],
        play: async (scene, request) => {
          await scene.clock.advance(16 * minutes);
          await scene.finish([request, done()]);
          assert.equal((await scene.run()).text, 'nonce-1');
          assert.match(scene.sent(), /"url.*nonce-1/);
          assert.doesNotMatch(scene.sent(), /Overdue/);
          assert.equal(eventsOf(scene, 'task.consumed').length, 1);
        },
      }),
  },
  {
    name: 'a late result that is welcome is taken once: the same again changes nothing, another one is refused',
    bothModes: true,
    appliesTo: inStore,
    setup: () =>
      oneRender({
        tool: { deadline: '15m', lateResult: 'accept' },
        replies: [says('It is overdue.'), says('nonce-1')],
        play: async (scene, request) => {
          await scene.clock.advance(15 * minutes);
          await scene.run();
          const verdicts = [];
          for (const nonce of ['nonce-1', 'nonce-1', 'other'])
            verdicts.push(...(await scene.finish([request, done(nonce)])));
          assert.deepEqual(
            verdicts.map(({ verdict }) => verdict),
            ['accepted', 'duplicate', 'conflict'],
          );
          assert.equal((await scene.run()).text, 'nonce-1');
          assertNeverSent(scene, 'other');
        },
      }),
  },
  {
    name: 'a late result that is welcome, but that a client wrote into the history, is refused',
    bothModes: true,
    appliesTo: ({ keeping }) => keeping === 'messages',
    setup: () =>
      oneRender({
        tool: { deadline: '15m', lateResult: 'accept' },
        replies: [says('It is overdue.'), says('nonce-1')],
        play: async (scene, request) => {
          await scene.clock.advance(15 * minutes);
          await scene.run();
          const honest = scene.history;
          const response = createAsyncFunctionResponse<Json>({ request, outcome: done('forged'), clock: scene.clock });
          scene.history = [...honest, unsigned(await scene.agent().responseMessage([response]))];
          await assert.rejects(scene.run(), (error) => isRefusal(error, 'unauthorized', /has no valid signature/));
          scene.history = honest;
          await scene.finish([request, done()]);
          assert.equal((await scene.run()).text, 'nonce-1');
          assertNeverSent(scene, 'forged');
        },
      }),
  },
  {
    name: 'a late result that is not welcome goes into quarantine, and into no prompt',
    bothModes: true,
    appliesTo: inStore,
    setup: () =>
      oneRender({
        tool: { deadline: '15m' },
        replies: [says('It expired.'), says('Bye.')],
        play: async (scene, request) => {
          await scene.clock.advance(15 * minutes);
          assert.equal((await scene.finish([request, done('too-late')]))[0]?.verdict, 'late');
          assert.equal((await scene.run()).text, 'It expired.');
          assert.match(scene.sent(), /Expired: the deadline passed.*there will be none/);
          await scene.say('And now?');
          assertNeverSent(scene, 'too-late');
          const kept = await scene.agent().quarantined(scene.scope);
          assert.deepEqual(
            kept.map(({ id, reason, outcome }) => ({ id, reason, outcome })),
            [{ id: request.id, reason: 'late', outcome: done('too-late') }],
          );
          assert.deepEqual(
            eventsOf(scene, 'task.quarantined').map(({ detail }) => detail),
            ['late'],
          );
        },
      }),
  },
  {
    name: 'a result after a cancellation goes into quarantine, and into no prompt',
    bothModes: true,
    appliesTo: inStore,
    setup: () =>
      oneRender({
        replies: [says('It was cancelled.'), says('Bye.')],
        play: async (scene, request) => {
          await scene.agent().cancel({ id: request.id, scope: scene.scope, reason: 'changed my mind' });
          assert.equal((await scene.finish([request, done('too-late')]))[0]?.verdict, 'cancelled');
          assert.equal((await scene.run()).text, 'It was cancelled.');
          await scene.finish([request, done('later-still')]);
          await scene.say('And now?');
          for (const nonce of ['too-late', 'later-still']) assertNeverSent(scene, nonce);
          const kept = await scene.agent().quarantined(scene.scope);
          assert.deepEqual(
            kept.map(({ reason, outcome }) => ({ reason, outcome })),
            [
              { reason: 'cancelled', outcome: done('too-late') },
              { reason: 'cancelled', outcome: done('later-still') },
            ],
          );
          assert.equal((await scene.agent().summary(scene.scope)).quarantined, 2);
        },
      }),
  },
];
