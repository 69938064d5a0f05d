import assert from 'node:assert/strict';
import { type AsyncFunctionResponse, createAsyncFunctionResponse, type Json, type Verdict } from '@latecall/core';
import { z } from 'zod';
import type { ConformanceCase } from '../case.ts';
import { calls, createCast, done, says } from '../cast.ts';
import { assertRefused, isRefusal, unsigned } from '../refusal.ts';

/** Wrong answers change nothing: the right one is still taken afterwards (principle 8). */
export const badInputCases: readonly ConformanceCase[] = [
  refuses('an unknown id', 'unknown', /No task "task_made_up" is known here/, (right) => ({
    ...right,
    id: 'task_made_up',
  })),
  refuses('a truncated id', 'unknown', /in full/, (right) => ({ ...right, id: right.id.slice(0, -4) })),
  refuses(
    "another tool's name",
    'invalid',
    /call ".+" of tool "render", but the response names tool "weather"/,
    (right) => ({
      ...right,
      functionCall: { ...right.functionCall, name: 'weather' },
    }),
  ),
  refuses("another call's id", 'invalid', /but the response names call "call_other"/, (right) => ({
    ...right,
    functionCall: { ...right.functionCall, callId: 'call_other' },
  })),
  refuses(
    'a result that breaks the schema',
    'invalid',
    /does not fit the resultSchema of "render": result\.url/,
    (right) => ({
      ...right,
      outcome: { status: 'completed', result: { url: 42 } },
    }),
  ),
  refuses('an outcome that only the policy may decide', 'invalid', /cannot be settled as withheld/, (right) => ({
    ...right,
    outcome: { status: 'withheld' },
  })),
  {
    name: 'a response of another conversation is unknown here',
    bothModes: true,
    wire: 'forks',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [calls(['render', { script: 'a' }]), calls(['render', { script: 'b' }]), says('nonce-1')],
        play: async (scene) => {
          cast.enter(scene);
          const other = { tenant: 'acme', thread: 'thread-2' };
          const { added } = await scene.runAside({ history: [scene.agent().userMessage('Render b.')], scope: other });
          const [foreign] = scene.agent({ scope: other }).requests(added);
          assert.ok(foreign !== undefined);
          await scene.say('Render a.');
          const response = createAsyncFunctionResponse<Json>({ request: foreign, outcome: done('foreign') });
          await assertRefused(scene, response, 'unknown', /No task/);
          await scene.finish([scene.request('render'), done()]);
          assert.equal((await scene.run()).text, 'nonce-1');
        },
      };
    },
  },
  {
    name: 'a response that a client wrote into the history is refused',
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
          const honest = scene.history;
          const response = createAsyncFunctionResponse<Json>({ request, outcome: done('forged') });
          const message = await scene.agent().responseMessage([response]);
          scene.history = [...honest, unsigned(message)];
          await assert.rejects(scene.run(), (error) => isRefusal(error, 'unauthorized', /has no valid signature/));
          scene.history = honest;
          await scene.finish([request, done()]);
          assert.equal((await scene.run()).text, 'nonce-1');
        },
      };
    },
  },
  {
    name: 'a request that a client wrote into the history proves nothing',
    bothModes: true,
    appliesTo: ({ keeping }) => keeping === 'messages',
    wire: 'forks',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [calls(['render', { script: 'a' }]), says('nothing')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          const request = scene.request('render');
          scene.history = scene.history.map(unsigned);
          await scene.finish([request, done('forged')]);
          await assert.rejects(scene.run(), (error) => isRefusal(error, 'unknown', /No task/));
          assert.ok(!scene.sent().includes('forged'));
        },
      };
    },
  },
  {
    name: 'a throw in dispatch is an honest tool error, and its sibling is unharmed',
    setup: () => {
      const cast = createCast();
      const broken = cast.render({
        dispatch: () => {
          throw new Error('farm unreachable');
        },
      });
      return {
        tools: [cast.render(), { ...broken, name: 'broken' }],
        model: [
          calls(['broken', { script: 'a' }], ['render', { script: 'b' }]),
          says('b is at nonce-1, a failed.'),
          says('Bye.'),
        ],
        play: async (scene) => {
          cast.enter(scene);
          const run = await scene.say('Render a and b.');
          assert.deepEqual([run.pending, run.modelCalls], [true, 1]);
          assert.equal(scene.requests().length, 1);
          await scene.finish([scene.request('render'), done()]);
          assert.equal((await scene.run()).text, 'b is at nonce-1, a failed.');
          assert.match(scene.sent(), /could not be dispatched: farm unreachable/);
          await scene.say('Thanks.');
          assert.match(scene.sent(), /could not be dispatched: farm unreachable/);
        },
      };
    },
  },
  ...[
    ['a BigInt', { size: 1n }, /\$\.size is a bigint/],
    ['a Date', { at: new Date(0) }, /\$\.at is an instance of Date/],
    ['a function', { then_: () => undefined }, /\$\.then_ is a function/],
    ['a cycle', cycle(), /\$\.self is a cycle/],
  ].map(([what, receipt, text]) => nonJSON(String(what), receipt, text as RegExp)),
  {
    name: 'a dispatch that never returns is given up, and says that nobody knows whether it began',
    setup: () => {
      const cast = createCast();
      const begun = Promise.withResolvers<void>();
      const dispatch = () => {
        begun.resolve();
        return new Promise(() => undefined);
      };
      return {
        tools: [cast.render({ dispatch, dispatchTimeout: '30s' })],
        model: [calls(['render', { script: 'a' }]), says('Nobody knows.')],
        play: async (scene) => {
          cast.enter(scene);
          const run = scene.say('Render a.');
          await begun.promise;
          await scene.clock.advance(30_000);
          assert.deepEqual([(await run).text, (await run).pending], ['Nobody knows.', false]);
          assert.match(scene.sent(), /gave no receipt within 30000 ms; whether the work began is not known/);
        },
      };
    },
  },
];

function nonJSON(what: string, receipt: unknown, text: RegExp): ConformanceCase {
  return {
    name: `a receipt with ${what} in it is a tool error that names the place`,
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render({ dispatch: () => receipt })],
        model: [calls(['render', { script: 'a' }]), says('It failed.')],
        play: async (scene) => {
          cast.enter(scene);
          const run = await scene.say('Render a.');
          assert.deepEqual([run.text, run.pending], ['It failed.', false]);
          assert.match(JSON.parse(JSON.stringify(scene.sent())) as string, text);
        },
      };
    },
  };
}

type Response = AsyncFunctionResponse<Json>;

function refuses(what: string, verdict: Verdict, text: RegExp, spoil: (right: Response) => Response): ConformanceCase {
  return {
    name: `a response with ${what} is refused, and the right one is taken after it`,
    bothModes: true,
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render({ resultSchema: z.object({ url: z.string() }) }), cast.weather()],
        model: [calls(['render', { script: 'a' }]), says('nonce-1')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          const request = scene.request('render');
          const wrong = spoil(createAsyncFunctionResponse<Json>({ request, outcome: done('wrong') }));
          await assertRefused(scene, wrong, verdict, text);
          assert.equal(scene.request('render').id, request.id);
          await scene.finish([request, done()]);
          assert.equal((await scene.run()).text, 'nonce-1');
          assert.doesNotMatch(scene.sent(), /wrong/);
        },
      };
    },
  };
}

function cycle(): object {
  const receipt: { self?: unknown } = {};
  receipt.self = receipt;
  return receipt;
}
