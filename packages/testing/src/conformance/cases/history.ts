import assert from 'node:assert/strict';
import type { ConformanceCase } from '../case.ts';
import { calls, createCast, done, inStore, says } from '../cast.ts';

/** Results that meet a conversation which has gone on, was trimmed, or went another way. */
export const historyCases: readonly ConformanceCase[] = [
  {
    name: 'the user speaks while a call is pending: the model reads that nothing has come yet',
    bothModes: true,
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [calls(['render', { script: 'a' }]), says('Still rendering.'), says('As I said.')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          const { handle } = scene.request('render');
          const run = await scene.say('How is it going?');
          assert.deepEqual([run.text, run.pending], ['Still rendering.', true]);
          assert.match(scene.sent(), new RegExp(`dispatched.*${handle}.*there is no result yet`));
          assert.doesNotMatch(scene.sent(), /job_1/);
          await scene.clock.advance(60_000);
          assert.equal((await scene.say('And now?')).text, 'As I said.');
          assert.equal(scene.outside.log.length, 1);
        },
      };
    },
  },
  {
    name: 'a run whose call and answer were lost, after the result was told, makes no model call',
    appliesTo: inStore,
    wire: 'forks',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [says('Good morning.'), calls(['render', { script: 'a' }]), says('nonce-1')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Good morning.');
          const kept = scene.history;
          await scene.say('Render a.');
          await scene.finish([scene.request('render'), done()]);
          assert.equal((await scene.run()).text, 'nonce-1');
          scene.history = kept;
          assert.equal((await scene.run()).modelCalls, 0);
        },
      };
    },
  },
  {
    name: 'a result after the conversation moved on is appended, and keeps its place',
    bothModes: true,
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [calls(['render', { script: 'a' }]), says('Still rendering.'), says('nonce-1'), says('Bye.')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          const request = scene.request('render');
          await scene.say('How is it going?');
          await scene.finish([request, done()]);
          const run = await scene.run();
          assert.deepEqual([run.text, run.pending, run.modelCalls], ['nonce-1', false, 1]);
          assert.match(scene.sent(), /dispatched.*Still rendering.*await_async_result.*nonce-1/);
          await scene.say('Thanks.');
          assert.match(scene.sent(), /await_async_result.*nonce-1.*Thanks/);
          assert.equal(scene.sent().split('await_async_result').length, 2);
        },
      };
    },
  },
  {
    name: 'some results in and some not: a user message lets the model go on with those that are in',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [calls(['render', { script: 'a' }], ['render', { script: 'b' }]), says('a is in.'), says('b is in.')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a and b.');
          const [a, b] = scene.requests();
          assert.ok(a !== undefined && b !== undefined);
          await scene.finish([a, done('nonce-a')]);
          const run = await scene.say('Is anything there?');
          assert.deepEqual([run.text, run.pending], ['a is in.', true]);
          assert.match(scene.sent(), /nonce-a/);
          assert.match(scene.sent(), /dispatched/);
          assert.doesNotMatch(scene.sent(), /await_async_result/);
          await scene.finish([b, done('nonce-b')]);
          assert.equal((await scene.run()).text, 'b is in.');
          assert.match(scene.sent(), /nonce-a.*await_async_result.*nonce-b/);
        },
      };
    },
  },
  {
    name: 'several results that land together enter in one turn',
    bothModes: true,
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [
          calls(['render', { script: 'a' }], ['render', { script: 'b' }]),
          says('Still rendering.'),
          says('both'),
        ],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a and b.');
          const [a, b] = scene.requests();
          assert.ok(a !== undefined && b !== undefined);
          await scene.say('How is it going?');
          await scene.finish([b, done('nonce-b')], [a, done('nonce-a')]);
          const run = await scene.run();
          assert.deepEqual([run.text, run.modelCalls], ['both', 1]);
          const turns = scene.audit.filter(({ type }) => type === 'task.consumed').map(({ turn }) => turn);
          assert.equal(turns.length, 2);
          assert.equal(new Set(turns).size, 1);
        },
      };
    },
  },
  {
    name: 'history trimmed while pending: the result still comes, once',
    bothModes: true,
    appliesTo: ({ keeping }) => keeping === 'store',
    wire: 'forks',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [calls(['render', { script: 'a' }]), says('Still rendering.'), says('nonce-1'), says('Bye.')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          const request = scene.request('render');
          await scene.say('How is it going?');
          scene.history = scene.history.slice(-2);
          await scene.finish([request, done()]);
          assert.equal((await scene.run()).text, 'nonce-1');
          assert.match(scene.sent(), /await_async_result.*nonce-1/);
          await scene.say('Thanks.');
          assert.equal(scene.sent().split('nonce-1').length, 3); // once as the result, once in the answer
        },
      };
    },
  },
  {
    name: 'a trimmed history that kept the placeholder but not its call is still valid',
    bothModes: true,
    wire: 'forks',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render()],
        model: [calls(['render', { script: 'a' }]), says('Hello.')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          scene.history = [scene.agent().userMessage('Render a.'), ...scene.history.slice(2)];
          assert.equal((await scene.say('Hello?')).text, 'Hello.');
        },
      };
    },
  },
  {
    name: 'the result of an abandoned branch is not shown in another one',
    bothModes: true,
    appliesTo: ({ keeping }) => keeping === 'store',
    wire: 'forks',
    setup: () => {
      const cast = createCast();
      const scope = { thread: 'thread-1', branch: 'main' };
      return {
        tools: [cast.render()],
        scope,
        model: [calls(['render', { script: 'a' }]), says('A poem.')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          const request = scene.request('render');
          await scene.finish([request, done('abandoned')]);
          const edited = [scene.agent().userMessage('Rather write a poem.')];
          const run = await scene.runAside({ history: edited, scope: { ...scope, branch: 'edited' } });
          assert.equal(run.text, 'A poem.');
          assert.doesNotMatch(scene.sent(), /abandoned/);
        },
      };
    },
  },
  {
    name: 'old requests and responses in the history do nothing again',
    bothModes: true,
    setup: () => {
      const cast = createCast();
      let ran = 0;
      const onResult = (result: unknown) => {
        ran += 1;
        return result;
      };
      return {
        tools: [cast.render({ onResult })],
        model: [calls(['render', { script: 'a' }]), says('nonce-1'), says('one'), says('two')],
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          await scene.finish([scene.request('render'), done()]);
          await scene.run();
          await scene.say('One more.');
          await scene.say('And one more.');
          assert.equal(ran, 1);
          assert.equal(scene.outside.log.length, 1);
          assert.equal(scene.audit.filter(({ type }) => type === 'task.settled').length, 1);
          assert.equal(scene.audit.filter(({ type }) => type === 'task.consumed').length, 1);
        },
      };
    },
  },
];
