import assert from 'node:assert/strict';
import { createGate } from '../../servers/gate.ts';
import type { Reply } from '../../servers/reply.ts';
import type { ConformanceCase } from '../case.ts';
import { calls, createCast, done, says } from '../cast.ts';

const overloaded: Reply = { status: 529, headers: { 'retry-after-ms': '1' } };

/** Retries, errors, aborts and cut streams between a claim and its consumption (laws 4 and 13). */
export const providerTroubleCases: readonly ConformanceCase[] = [
  {
    name: 'an overloaded provider is asked again with the same body, and the result is consumed once',
    bothModes: true,
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [calls(['render', { script: 'a' }]), overloaded, says('nonce-1'), says('Bye.')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          await scene.finish([scene.request('render'), done()]);
          const run = await scene.run();
          assert.deepEqual([run.text, run.modelCalls], ['nonce-1', 2]);
          assert.equal(scene.sent(1), scene.sent(2));
          await scene.say('Thanks.');
          assert.equal(scene.audit.filter(({ type }) => type === 'task.consumed').length, 1);
        },
      };
    },
  },
  {
    name: 'a model call that fails gives the result back, and the next run shows it in the same place',
    bothModes: true,
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [calls(['render', { script: 'a' }]), { status: 400 }, says('nonce-1')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          await scene.finish([scene.request('render'), done()]);
          await assert.rejects(scene.run());
          assert.equal((await scene.run()).text, 'nonce-1');
          assert.equal(scene.audit.filter(({ type }) => type === 'task.consumed').length, 1);
        },
      };
    },
  },
  {
    name: 'an abort in the middle of the answer gives the result back',
    setup: () => {
      const cast = createCast();
      const asked = createGate();
      const never = createGate();
      let turn = 0;
      return {
        tools: [cast.render()],
        model: ({ body }) => {
          turn += 1;
          if (turn === 1) return calls(['render', { script: 'a' }]);
          if (turn > 2) return says('nonce-1');
          asked.open();
          return body.stream === true
            ? { text: 'nonce-1 is where', afterFirstChunk: never.opened }
            : { text: 'nonce-1', before: never.opened };
        },
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          await scene.finish([scene.request('render'), done()]);
          const abort = new AbortController();
          const aborted = scene.runAside({ signal: abort.signal, onText: () => abort.abort() }).catch(() => undefined);
          await asked.opened;
          if (!scene.variant.streaming) abort.abort();
          await aborted;
          never.open();
          assert.equal((await scene.run()).text, 'nonce-1');
          assert.equal(scene.audit.filter(({ type }) => type === 'task.consumed').length, 1);
        },
      };
    },
  },
  {
    name: 'a stream that is cut gives the result back',
    bothModes: true,
    appliesTo: ({ streaming }) => streaming,
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [
          calls(['render', { script: 'a' }]),
          { text: 'nonce-1 is where it is.', breakAfter: 2 },
          says('nonce-1'),
        ],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          await scene.finish([scene.request('render'), done()]);
          await scene.runAside().catch(() => undefined);
          assert.equal((await scene.run()).text, 'nonce-1');
          assert.equal(scene.audit.filter(({ type }) => type === 'task.consumed').length, 1);
        },
      };
    },
  },
];
