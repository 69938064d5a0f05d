import assert from 'node:assert/strict';
import type { ModelView } from '../../servers/model-view.ts';
import type { ModelPolicy, Reply } from '../../servers/reply.ts';
import type { ConformanceTool } from '../adapter.ts';
import type { ConformanceCase } from '../case.ts';
import { assertNeverSent, calls, countOf, createCast, done, handlesRead, says } from '../cast.ts';
import type { Scene } from '../scene.ts';

const checkTasks: ConformanceTool = { kind: 'task-query', name: 'check_tasks' };

/** The model dispatches first, then asks as it is told to, then speaks. */
function asking(dispatches: Reply, ask: (handles: string[]) => Record<string, unknown>): ModelPolicy {
  let asked = 0;
  return (view) => {
    asked += 1;
    if (asked === 1) return dispatches;
    if (asked === 2) return calls(['check_tasks', ask(handlesRead(view))]);
    return says(asked === 3 ? 'I see.' : 'Bye.');
  };
}

const one = calls(['render', { script: 'a' }]);
const two = calls(['render', { script: 'a' }], ['render', { script: 'b' }]);

/** What the model was last answered on its question. */
function answered(scene: Scene): { handle: string; status: string }[] {
  const wire = scene.sent();
  const start = wire.lastIndexOf('tasks\\":[');
  assert.ok(start >= 0, `no answer on the state of tasks in ${wire}`);
  const list = wire.slice(start + 'tasks\\":'.length, wire.indexOf(']', start) + 1).replaceAll('\\"', '"');
  return JSON.parse(list) as { handle: string; status: string }[];
}

/** The tool with which a model asks about its dispatched calls, in the place of one that it polls. */
export const taskQueryCases: readonly ConformanceCase[] = [
  {
    name: 'task query: a model that looks is answered at once, and the run goes on',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render(), checkTasks],
        model: asking(one, () => ({})),
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          const request = scene.request('render');
          const run = await scene.say('How is it going?');
          assert.deepEqual([run.text, run.modelCalls], ['I see.', 2]);
          assert.deepEqual(answered(scene), [{ handle: request.handle, tool: 'render', status: 'pending' }]);
          await scene.finish([request, done()]);
          assert.equal((await scene.run()).text, 'Bye.');
          assert.match(scene.sent(), /pending.*await_async_result.*nonce-1/);
          assert.equal(scene.outside.log.length, 1);
        },
      };
    },
  },
  {
    name: 'task query: to wait for all replaces polling: no model call while it waits, and the results are told once',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render(), checkTasks],
        model: asking(two, () => ({ waitFor: 'all' })),
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a and b.');
          const [a, b] = scene.requests();
          assert.ok(a !== undefined && b !== undefined);
          const asked = await scene.say('Tell me when both are there.');
          assert.deepEqual([asked.modelCalls, asked.pending], [1, true]);
          for (const _ of [1, 2, 3]) assert.equal((await scene.run()).modelCalls, 0);
          await scene.finish([b, done('nonce-b')]);
          assert.equal((await scene.run()).modelCalls, 0);
          assertNeverSent(scene, 'nonce-b');
          await scene.finish([a, done('nonce-a')]);
          const run = await scene.run();
          assert.deepEqual([run.text, run.modelCalls, run.pending], ['I see.', 1, false]);
          assert.deepEqual(
            new Map(answered(scene).map(({ handle, status }) => [handle, status])),
            new Map([a, b].map(({ handle }) => [handle, 'completed; you are given it'])),
          );
          for (const nonce of ['nonce-a', 'nonce-b']) assert.equal(countOf(scene.sent(), nonce), 1);
          await scene.say('Thanks.');
        },
      };
    },
  },
  {
    name: 'task query: to wait for any goes on with the first result',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render(), checkTasks],
        model: asking(two, (handles) => ({ handles, waitFor: 'any' })),
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a and b.');
          const [a, b] = scene.requests();
          assert.ok(a !== undefined && b !== undefined);
          assert.equal((await scene.say('Tell me when one is there.')).pending, true);
          assert.equal((await scene.run()).modelCalls, 0);
          await scene.finish([b, done('nonce-b')]);
          assert.equal((await scene.run()).text, 'I see.');
          assert.deepEqual(
            new Map(answered(scene).map(({ handle, status }) => [handle, status])),
            new Map([
              [a.handle, 'pending'],
              [b.handle, 'completed; you are given it'],
            ]),
          );
          assert.match(scene.sent(), /nonce-b/);
          await scene.finish([a, done('nonce-a')]);
          assert.equal((await scene.run()).text, 'Bye.');
        },
      };
    },
  },
  {
    name: 'task query: a handle that the model has mangled is understood',
    setup: () => {
      const cast = createCast();
      return {
        tools: [cast.render(), checkTasks],
        model: asking(one, ([handle = '']) => ({ handles: [`"${handle.toUpperCase().slice(0, -1)}…"`] })),
        play: async (scene) => {
          cast.enter(scene);
          await scene.say('Render a.');
          const { handle } = scene.request('render');
          assert.equal((await scene.say('How is it going?')).text, 'I see.');
          assert.deepEqual(answered(scene), [{ handle, tool: 'render', status: 'pending' }]);
        },
      };
    },
  },
  {
    name: 'task query: a handle of another conversation is refused, with the valid ones listed',
    wire: 'forks',
    setup: () => {
      const cast = createCast();
      let foreign = '';
      const policy = asking(one, () => ({ handles: [foreign] }));
      const elsewhere = (view: ModelView) => JSON.stringify(view.messages).includes('elsewhere');
      return {
        tools: [cast.render(), checkTasks],
        model: (view) => (elsewhere(view) ? calls(['render', { script: 'x' }]) : policy(view)),
        play: async (scene) => {
          cast.enter(scene);
          const scope = { tenant: 'acme', thread: 'thread-2' };
          const { added } = await scene.runAside({ history: [scene.agent().userMessage('elsewhere')], scope });
          foreign = scene.agent({ scope }).requests(added)[0]?.handle ?? '';
          assert.notEqual(foreign, '');
          await scene.say('Render a.');
          const { handle } = scene.request('render');
          assert.equal((await scene.say('How is the other one?')).text, 'I see.');
          const wire = scene.sent().replaceAll('\\', '');
          assert.ok(wire.includes(`"${foreign}" names no task of this conversation. Valid handles: ${handle}.`), wire);
        },
      };
    },
  },
];
