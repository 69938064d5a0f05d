import assert from 'node:assert/strict';
import type { ConformanceCase } from '../case.ts';
import { calls, createCast, done, keptInProcess, says } from '../cast.ts';

/** Dispatch, pause and resume: the .NET rows 1, 4, 6, 14, 18, 21, 27 and their neighbours. */
export const callCases: readonly ConformanceCase[] = [
  {
    name: 'both calls are dispatched once each, and the run stops with two requests',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [calls(['render', { script: 'a' }], ['render', { script: 'b' }])],
        play: async (scene) => {
          cast.enter(scene);
          const run = await scene.say('Render a and b.');
          assert.equal(run.modelCalls, 1);
          // The host may run both at once, so the outside may see them in either order.
          const submitted = scene.outside.jobs.map(({ input }) => (input as { script: string }).script);
          assert.deepEqual(submitted.toSorted(), ['a', 'b']);
          const requests = scene.requests();
          assert.deepEqual(
            requests.map(({ functionCall }) => functionCall.arguments),
            [{ script: 'a' }, { script: 'b' }],
          );
          assert.equal(new Set(requests.map(({ handle }) => handle)).size, 2);
          for (const { id, functionCall, dispatchResult } of requests) {
            const job = scene.outside.jobOf(id);
            assert.deepEqual([job.input, { jobId: job.jobId }], [functionCall.arguments, dispatchResult]);
          }
        },
      };
    },
  },
  {
    name: 'two identical calls of one turn are two dispatches',
    bothModes: true,
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [calls(['render', { script: 'a' }], ['render', { script: 'a' }])],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a twice.');
          assert.equal(scene.outside.jobs.length, 2);
          assert.equal(scene.requests().length, 2);
        },
      };
    },
  },
  {
    name: 'a decorated async tool is still async',
    bothModes: true,
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render({}, { kind: 'async', decorated: true } as never)],
        model: [calls(['render', { script: 'a' }]), says('It is at nonce-1.')],
        play: async (scene) => {
          cast.enter(scene);
          assert.equal((await scene.say('Render a.')).pending, true);
          await scene.finish([scene.request('render'), done()]);
          assert.equal((await scene.run()).text, 'It is at nonce-1.');
        },
      };
    },
  },
  {
    name: 'a result takes the place of the placeholder, runs onResult once, and the model goes on',
    setup: () => {
      const cast = createCast();
      let ran = 0;
      const onResult = (result: unknown) => {
        ran += 1;
        return { ...(result as object), checked: true };
      };
      return {
        tools: [cast.render({ onResult })],
        model: [calls(['render', { script: 'a' }]), says('It is at nonce-1.'), says('You are welcome.')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          await scene.finish([scene.request('render'), done()]);
          const run = await scene.run();
          assert.equal(run.text, 'It is at nonce-1.');
          assert.equal(run.pending, false);
          assert.match(scene.sent(), /nonce-1.*checked/);
          assert.doesNotMatch(scene.sent(), /dispatched|await_async_result/);
          assert.equal((await scene.say('Thanks.')).text, 'You are welcome.');
          assert.equal(ran, 1);
          assert.equal(scene.audit.filter(({ type }) => type === 'task.consumed').length, 1);
        },
      };
    },
  },
  {
    name: "the model's next async call becomes a new request",
    bothModes: true,
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [calls(['render', { script: 'a' }]), calls(['render', { script: 'nonce-1' }]), says('nonce-2')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a, then render what came out.');
          await scene.finish([scene.request('render'), done()]);
          assert.equal((await scene.run()).pending, true);
          assert.equal(scene.outside.jobs.length, 2);
          await scene.finish([scene.request('render'), done('nonce-2')]);
          assert.equal((await scene.run()).text, 'nonce-2');
        },
      };
    },
  },
  {
    name: 'a turn without async calls is the host’s ordinary loop',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render(), cast.weather()],
        model: [calls(['weather', { city: 'Bonn' }]), says('Clear in Bonn.')],
        play: async (scene) => {
          cast.enter(scene);
          const run = await scene.say('Weather in Bonn?');
          assert.deepEqual([run.text, run.modelCalls, run.pending], ['Clear in Bonn.', 2, false]);
          assert.equal(scene.outside.jobs.length, 0);
          assert.deepEqual(scene.audit, []);
        },
      };
    },
  },
  {
    name: 'a sync call beside an async one runs at once and keeps its result',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render(), cast.weather()],
        model: [calls(['weather', { city: 'Bonn' }], ['render', { script: 'a' }]), says('Clear, and nonce-1.')],
        play: async (scene) => {
          cast.enter(scene);
          const run = await scene.say('Weather in Bonn, and render a.');
          assert.deepEqual([run.modelCalls, run.pending, cast.weatherRuns()], [1, true, 1]);
          await scene.finish([scene.request('render'), done()]);
          assert.equal((await scene.run()).text, 'Clear, and nonce-1.');
          assert.equal(cast.weatherRuns(), 1);
          assert.match(scene.sent(), /clear/);
        },
      };
    },
  },
  {
    name: 'a pending run makes no model call however often it is asked',
    bothModes: true,
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [calls(['render', { script: 'a' }]), says('nonce-1')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          for (let poll = 0; poll < 5; poll += 1) {
            const run = await scene.run();
            assert.deepEqual([run.modelCalls, run.pending, run.text], [0, true, '']);
          }
          await scene.finish([scene.request('render'), done()]);
          assert.equal((await scene.run()).text, 'nonce-1');
          assert.equal(scene.outside.log.length, 1);
        },
      };
    },
  },
  {
    name: 'an async call and an approval in one turn: each gets its own answer',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render(), { ...cast.weather(), needsApproval: true }],
        model: [calls(['render', { script: 'a' }], ['weather', { city: 'Bonn' }]), says('Clear, and nonce-1.')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a, and the weather in Bonn.');
          assert.deepEqual([scene.outside.jobs.length, cast.weatherRuns()], [1, 0]);
          scene.history = [...scene.history, ...scene.agent().approve(scene.history, true)];
          const approved = await scene.run();
          assert.deepEqual([approved.modelCalls, approved.pending, cast.weatherRuns()], [0, true, 1]);
          await scene.finish([scene.request('render'), done()]);
          assert.equal((await scene.run()).text, 'Clear, and nonce-1.');
          assert.deepEqual([scene.outside.log.length, cast.weatherRuns()], [1, 1]);
        },
      };
    },
  },
  {
    name: 'an async call that needs an approval is dispatched once it is given',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render({}, { kind: 'async', needsApproval: true } as never)],
        model: [calls(['render', { script: 'a' }]), says('nonce-1')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          assert.equal(scene.outside.jobs.length, 0);
          scene.history = [...scene.history, ...scene.agent().approve(scene.history, true)];
          const approved = await scene.run();
          assert.deepEqual([approved.modelCalls, approved.pending], [0, true]);
          assert.equal(scene.outside.jobs.length, 1);
          await scene.finish([scene.request('render'), done()]);
          assert.equal((await scene.run()).text, 'nonce-1');
        },
      };
    },
  },
  {
    name: 'an async call that is not approved is never dispatched',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render({}, { kind: 'async', needsApproval: true } as never)],
        model: [calls(['render', { script: 'a' }]), says('As you wish.')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          scene.history = [...scene.history, ...scene.agent().approve(scene.history, false)];
          assert.deepEqual((await scene.run()).text, 'As you wish.');
          assert.equal(scene.outside.jobs.length, 0);
        },
      };
    },
  },
  {
    name: 'where the service holds the conversation, only the result is sent',
    appliesTo: ({ provider, keeping }) => provider === 'openai-responses' && keeping === 'messages',
    wire: 'forks',
    setup: () => {
      const cast = createCast();
      const { runtime } = keptInProcess();
      return {
        tools: [cast.render()],
        runtime,
        model: [calls(['render', { script: 'a' }]), says('nonce-1')],
        play: async (scene) => {
          cast.enter(scene);
          const first = await scene.say('Render a.');
          assert.ok(first.responseId !== undefined);
          const request = scene.request('render');
          scene.history = [];
          await scene.finish([request, done()]);
          const run = await scene.run({ previousResponseId: first.responseId });
          assert.equal(run.text, 'nonce-1');
          const { input } = JSON.parse(scene.sent()) as { input: { type: string; call_id: string }[] };
          assert.deepEqual(
            input.map(({ type, call_id }) => [type, call_id]),
            [['function_call_output', request.functionCall.callId]],
          );
        },
      };
    },
  },
  {
    name: 'where the service holds the conversation, a result from the store answers the call that it holds',
    appliesTo: ({ provider, keeping }) => provider === 'openai-responses' && keeping === 'store',
    wire: 'forks',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [calls(['render', { script: 'a' }]), says('nonce-1')],
        play: async (scene) => {
          cast.enter(scene);
          const first = await scene.say('Render a.');
          assert.ok(first.responseId !== undefined);
          const request = scene.request('render');
          await scene.finish([request, done()]);
          scene.history = [];
          const run = await scene.say('Is it there?', { previousResponseId: first.responseId });
          assert.equal(run.text, 'nonce-1');
          const { input } = JSON.parse(scene.sent()) as { input: { type?: string; role?: string; call_id?: string }[] };
          assert.deepEqual(
            input.map(({ type, role, call_id }) => call_id ?? role ?? type),
            [request.functionCall.callId, 'user'],
          );
        },
      };
    },
  },
  {
    name: 'text is streamed at once, and the request follows when its dispatch result is stored',
    bothModes: true,
    appliesTo: ({ streaming }) => streaming,
    setup: () => {
      const cast = createCast();
      const heard = Promise.withResolvers<string>();
      const dispatch = async () => ({ heard: await heard.promise });
      return {
        tools: [cast.render({ dispatch })],
        model: [{ text: 'One moment.', toolCalls: [{ name: 'render', arguments: { script: 'a' } }] }],
        play: async (scene) => {
          await scene.say('Render a.', { onText: (text) => heard.resolve(text) });
          const { dispatchResult } = scene.request('render');
          assert.notEqual((dispatchResult as { heard: string }).heard, '');
        },
      };
    },
  },
];
