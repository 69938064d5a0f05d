import assert from 'node:assert/strict';
import type { Json, PolicyDecision, PolicyQuestion } from '@latecall/core';
import type { ConformanceCase } from '../case.ts';
import { assertNeverSent, calls, createCast, done, eventsOf, inStore, says } from '../cast.ts';
import { oneRender } from '../one-render.ts';

/** A policy that permits everything until it is told otherwise. */
function createPolicy(at: PolicyQuestion['at']) {
  const state: { decision: PolicyDecision; down: boolean } = {
    decision: { allow: true, permissions: ['video'] },
    down: false,
  };
  return {
    state,
    policy: {
      permissions: (): Json => ['video'],
      authorize: (question: PolicyQuestion) => {
        if (question.at !== at) return true;
        if (state.down) throw new Error('policy server down');
        return state.decision;
      },
    },
  };
}

const revoked: PolicyDecision = { allow: false, reason: 'you left the project', permissions: [] };

/** The gate of law 6: what was permitted when the call was made, and what is when its result comes and is told. */
export const policyCases: readonly ConformanceCase[] = [
  {
    name: 'a permission that is revoked before the result comes: the model is told why, and people find the result',
    bothModes: true,
    setup: () => {
      const { state, policy } = createPolicy('arrival');
      return oneRender({
        runtime: { policy },
        replies: [says('I may not see it.'), says('Still not.')],
        play: async (scene, request) => {
          state.decision = revoked;
          const kept = inStore(scene.variant);
          const verdicts = await scene.finish([request, done('secret-nonce')]);
          if (kept) {
            assert.equal(verdicts[0]?.verdict, 'unauthorized');
            state.decision = { allow: true };
            // On arrival it is the task's end: what is permitted again later does not bring it back.
            assert.equal((await scene.finish([request, done('secret-nonce')]))[0]?.verdict, 'unauthorized');
          }
          assert.equal((await scene.run()).text, 'I may not see it.');
          assert.match(scene.sent(), /Withheld \(you left the project\)\. A result came but may not be shown here\./);
          state.decision = { allow: true };
          await scene.say('And now?');
          assertNeverSent(scene, 'secret-nonce');
          const [event] = eventsOf(scene, 'task.quarantined');
          // What was permitted then is in the store; without one nobody knows.
          assert.deepEqual(event?.permissions, { atDispatch: kept ? ['video'] : null, now: [] });
          if (!kept) return;
          const [result] = await scene.agent().quarantined(scene.scope);
          assert.deepEqual([result?.id, result?.reason], [request.id, 'unauthorized']);
          assert.deepEqual(result?.outcome, done('secret-nonce'));
        },
      });
    },
  },
  {
    name: 'a permission that is revoked before the result is told: the model is told why, and people find the result',
    bothModes: true,
    setup: () => {
      const { state, policy } = createPolicy('consumption');
      return oneRender({
        runtime: { policy },
        replies: [says('I may not see it.'), says('Still not.')],
        play: async (scene, request) => {
          await scene.finish([request, done('secret-nonce')]);
          state.decision = revoked;
          assert.equal((await scene.run()).text, 'I may not see it.');
          assert.match(scene.sent(), /Withheld \(you left the project\)/);
          state.decision = { allow: true };
          await scene.say('And now?');
          assertNeverSent(scene, 'secret-nonce');
          const [event] = eventsOf(scene, 'task.withheld');
          // What was permitted then is in the store; without one nobody knows.
          const atDispatch = inStore(scene.variant) ? ['video'] : null;
          assert.deepEqual(event?.permissions, { atDispatch, now: [] });
          if (!inStore(scene.variant)) return;
          const [kept] = await scene.agent().quarantined(scene.scope);
          assert.deepEqual([kept?.reason, kept?.outcome], ['withheld', done('secret-nonce')]);
        },
      });
    },
  },
  ...(['arrival', 'consumption'] as const).map(
    (at): ConformanceCase => ({
      name: `a policy that is down on ${at}: nothing is told and nothing lost; when it is up again, the result is`,
      bothModes: true,
      setup: () => {
        const { state, policy } = createPolicy(at);
        return oneRender({
          runtime: { policy },
          replies: [says('nonce-1')],
          play: async (scene, request) => {
            state.down = true;
            const verdicts = await scene.finish([request, done()]);
            if (inStore(scene.variant)) assert.equal(verdicts[0]?.verdict, 'accepted');
            for (const _ of [1, 2]) {
              const run = await scene.run();
              assert.equal(run.modelCalls, 0);
              if (inStore(scene.variant)) assert.equal(run.pending, true);
            }
            assertNeverSent(scene, 'nonce-1');
            assert.ok(eventsOf(scene, 'policy.failed').every(({ detail }) => detail === 'policy server down'));
            assert.ok(eventsOf(scene, 'policy.failed').length >= 2);
            state.down = false;
            assert.equal((await scene.run()).text, 'nonce-1');
            assert.equal(eventsOf(scene, 'task.consumed').length, 1);
          },
        });
      },
    }),
  ),
  {
    name: 'a policy that says no when it is up again: the result that had come is withheld',
    bothModes: true,
    appliesTo: inStore,
    setup: () => {
      const { state, policy } = createPolicy('arrival');
      return oneRender({
        runtime: { policy },
        replies: [says('I may not see it.')],
        play: async (scene, request) => {
          state.down = true;
          await scene.finish([request, done('secret-nonce')]);
          state.down = false;
          state.decision = revoked;
          assert.equal((await scene.run()).text, 'I may not see it.');
          assert.match(scene.sent(), /Withheld \(you left the project\)/);
          assertNeverSent(scene, 'secret-nonce');
          assert.equal((await scene.agent().quarantined(scene.scope))[0]?.reason, 'unauthorized');
        },
      });
    },
  },
  {
    name: 'a policy that never answers counts as down',
    bothModes: true,
    appliesTo: inStore,
    setup: () => {
      let asked = Promise.withResolvers<void>();
      let hangs = true;
      const authorize = () => {
        asked.resolve();
        return hangs ? new Promise<boolean>(() => undefined) : true;
      };
      return oneRender({
        runtime: { policy: { authorize }, policyTimeout: '5s' },
        replies: [says('nonce-1')],
        play: async (scene, request) => {
          const settling = scene.finish([request, done()]);
          await asked.promise;
          await scene.clock.advance(5_000);
          assert.equal((await settling)[0]?.verdict, 'accepted');
          assert.match(eventsOf(scene, 'policy.failed')[0]?.detail ?? '', /no answer within 5000 ms/);
          asked = Promise.withResolvers<void>();
          const waiting = scene.run();
          await asked.promise;
          await scene.clock.advance(5_000);
          assert.equal((await waiting).modelCalls, 0);
          hangs = false;
          assert.equal((await scene.run()).text, 'nonce-1');
        },
      });
    },
  },
  {
    name: 'a policy that fails at dispatch: nothing is dispatched, and the model is told so',
    setup: () => {
      const cast = createCast();
      const permissions = () => {
        throw new Error('policy server down');
      };
      return {
        tools: [cast.render()],
        runtime: { policy: { permissions } },
        model: [calls(['render', { script: 'a' }]), says('It was not started.')],
        play: async (scene) => {
          cast.enter(scene);
          const run = await scene.say('Render a.');
          assert.deepEqual([run.text, run.pending], ['It was not started.', false]);
          assert.match(scene.sent(), /Not dispatched: the policy could not be asked.*policy server down/);
          assert.equal(scene.outside.jobs.length, 0);
        },
      };
    },
  },
  {
    name: 'a result of which nobody knows what it speaks of, since no store was kept, is marked as stale',
    bothModes: true,
    appliesTo: ({ keeping }) => keeping === 'messages',
    setup: () =>
      oneRender({
        runtime: { policy: { snapshot: () => 'c1' } },
        replies: [says('It may be old.'), says('Bye.')],
        play: async (scene, request) => {
          await scene.finish([request, done()]);
          assert.equal((await scene.run()).text, 'It may be old.');
          assert.match(scene.sent(), /stale.*nonce-1/);
          await scene.say('Thanks.');
        },
      }),
  },
  {
    name: 'a stale result that the tool refuses: the model is told only that there is one',
    bothModes: true,
    appliesTo: inStore,
    setup: () => {
      let commit = 'c1';
      return oneRender({
        tool: { staleResult: 'refuse' },
        runtime: { policy: { snapshot: () => commit } },
        replies: [says('The code has changed.'), says('Bye.')],
        play: async (scene, request) => {
          commit = 'c2';
          await scene.finish([request, done('old-nonce')]);
          assert.equal((await scene.run()).text, 'The code has changed.');
          assert.match(scene.sent(), /Withheld \(what it speaks of has changed since the call was made\)/);
          commit = 'c1';
          await scene.say('And now?');
          assertNeverSent(scene, 'old-nonce');
          assert.equal(eventsOf(scene, 'task.withheld').length, 1);
          const [kept] = await scene.agent().quarantined(scene.scope);
          assert.deepEqual([kept?.reason, kept?.outcome], ['withheld', done('old-nonce')]);
        },
      });
    },
  },
];
