import assert from 'node:assert/strict';
import { createGate } from '../../servers/gate.ts';
import type { ConformanceCase } from '../case.ts';
import { calls, createCast, done, keptInProcess, says } from '../cast.ts';
import type { Scene } from '../scene.ts';

/** Two of everything at once, and processes that die in between (laws 2, 3 and 4). */
export const raceCases: readonly ConformanceCase[] = [
  {
    name: 'two runs on one history at once: one shows the result, the other waits',
    appliesTo: ({ keeping }) => keeping === 'store',
    wire: 'forks',
    setup: () => {
      const cast = createCast();
      const asked = createGate();
      const answer = createGate();
      let turn = 0;
      return {
        tools: [cast.render()],
        model: () => {
          turn += 1;
          if (turn === 1) return calls(['render', { script: 'a' }]);
          asked.open();
          return { text: 'nonce-1', before: answer.opened };
        },
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          await scene.finish([scene.request('render'), done()]);
          const first = scene.runAside();
          await asked.opened;
          const second = await scene.runAside();
          assert.deepEqual([second.modelCalls, second.text, second.pending], [0, '', true]);
          answer.open();
          assert.equal((await first).text, 'nonce-1');
          assert.equal(consumptions(scene), 1);
        },
      };
    },
  },
  {
    name: 'continue: two runs at once when a result has come: one tells it, the other makes no model call',
    appliesTo: ({ keeping }) => keeping === 'store',
    wire: 'forks',
    setup: () => {
      const cast = createCast();
      const asked = createGate();
      const answer = createGate();
      let turn = 0;
      return {
        tools: [cast.render({ mode: 'continue' })],
        model: () => {
          turn += 1;
          if (turn === 1) return calls(['render', { script: 'a' }]);
          if (turn === 2) return says('It is under way.');
          asked.open();
          return { text: 'nonce-1', before: answer.opened };
        },
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          await scene.finish([scene.request('render'), done()]);
          const first = scene.runAside();
          await asked.opened;
          const second = await scene.runAside();
          assert.deepEqual([second.modelCalls, second.text], [0, '']);
          answer.open();
          assert.equal((await first).text, 'nonce-1');
          assert.equal(consumptions(scene), 1);
        },
      };
    },
  },
  {
    name: 'two runs on one message at once dispatch once',
    wire: 'forks',
    setup: () => {
      const cast = createCast();
      const both = createGate();
      let asked = 0;
      return {
        tools: [cast.render()],
        ...keptInProcess(),
        model: () => {
          asked += 1;
          if (asked === 2) both.open();
          return { ...calls(['render', { script: 'a' }]), before: both.opened };
        },
        play: async (scene) => {
          cast.enter(scene);
          const history = [scene.agent().userMessage('Render a.')];
          const runs = await Promise.all([scene.runAside({ history }), scene.runAside({ history })]);
          assert.deepEqual(
            runs.map(({ pending }) => pending),
            [true, true],
          );
          assert.equal(scene.outside.jobs.length, 1);
          const ids = runs.map(({ added }) => scene.agent().requests(added)[0]?.id);
          assert.equal(ids[0], ids[1]);
        },
      };
    },
  },
  {
    name: 'a run that died after its dispatch is joined by the next one: no second dispatch',
    bothModes: true,
    wire: 'forks',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        ...keptInProcess(),
        model: [calls(['render', { script: 'a' }]), calls(['render', { script: 'a' }]), says('nonce-1')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.runAside({ history: [scene.agent().userMessage('Render a.')] }); // its messages are lost
          const again = await scene.say('Render a.');
          assert.equal(again.pending, true);
          assert.equal(scene.outside.log.length, 1);
          await scene.finish([scene.request('render'), done()]);
          assert.equal((await scene.run()).text, 'nonce-1');
        },
      };
    },
  },
  {
    name: 'a run that died with a result in hand: another one takes it over, and it is consumed once',
    appliesTo: ({ keeping }) => keeping === 'store',
    wire: 'forks',
    setup: () => {
      const cast = createCast();
      const asked = createGate();
      const never = createGate();
      let turn = 0;
      return {
        tools: [cast.render()],
        runtime: { takeOverAfter: '10m' },
        model: () => {
          turn += 1;
          if (turn === 1) return calls(['render', { script: 'a' }]);
          asked.open();
          return turn === 2 ? { text: 'from the dead', before: never.opened } : says('nonce-1');
        },
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          await scene.finish([scene.request('render'), done()]);
          const dead = scene.runAside();
          await asked.opened;
          await scene.clock.advance(10 * 60_000);
          assert.equal((await scene.run()).text, 'nonce-1');
          never.open();
          await dead;
          assert.equal(consumptions(scene), 1);
        },
      };
    },
  },
  {
    name: 'the same result delivered twice changes nothing',
    bothModes: true,
    setup: () => {
      const cast = createCast();
      let ran = 0;
      const onResult = (result: unknown) => {
        ran += 1;
        return { ...(result as object), seen: true };
      };
      return {
        tools: [cast.render({ onResult })],
        ...keptInProcess(),
        model: [calls(['render', { script: 'a' }]), says('nonce-1'), says('Bye.')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          const request = scene.request('render');
          const verdicts = await scene.finish([request, done()], [request, done()]);
          if (scene.variant.keeping === 'store') {
            assert.deepEqual(verdicts.map(({ verdict }) => verdict).toSorted(), ['accepted', 'duplicate']);
          }
          assert.equal((await scene.run()).text, 'nonce-1');
          await scene.finish([request, done()]);
          await scene.say('Thanks.');
          assert.deepEqual([ran, consumptions(scene)], [1, 1]);
        },
      };
    },
  },
  {
    name: 'of two different results the first one stays',
    bothModes: true,
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [calls(['render', { script: 'a' }]), says('nonce-1')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          const request = scene.request('render');
          await scene.finish([request, done()]);
          const verdicts = await scene.finish([request, done('other')]);
          if (scene.variant.keeping === 'store') assert.equal(verdicts[0]?.verdict, 'conflict');
          assert.equal((await scene.run()).text, 'nonce-1');
          assert.doesNotMatch(scene.sent(), /other/);
        },
      };
    },
  },
  {
    name: 'two webhooks at once: none is lost',
    bothModes: true,
    appliesTo: ({ keeping }) => keeping === 'store',
    setup: () => {
      const cast = createCast();
      const scripts = Array.from({ length: 8 }, (_, index) => `script-${index}`);
      return {
        tools: [cast.render()],
        model: [calls(...scripts.map((script) => ['render', { script }] as const)), says('all')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render all.');
          const requests = scene.requests();
          const verdicts = await scene.finish(
            ...requests.map((request) => [request, done(`nonce of ${request.handle}`)] as const),
          );
          assert.deepEqual(new Set(verdicts.map(({ verdict }) => verdict)), new Set(['accepted']));
          assert.equal((await scene.run()).text, 'all');
          for (const { handle } of requests) assert.ok(scene.sent().includes(`nonce of ${handle}`));
          assert.equal(consumptions(scene), scripts.length);
        },
      };
    },
  },
];

function consumptions({ audit }: Scene): number {
  return audit.filter(({ type }) => type === 'task.consumed').length;
}
