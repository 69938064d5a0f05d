import { describe, expect, it } from 'vitest';
import {
  asks,
  calls,
  converse,
  createScene,
  pendingChat,
  placed,
  type Request,
  restarted,
  type Scene,
  type SceneOptions,
  says,
  scope,
  type TestMessage,
  thrownBy,
  transcriptOf,
} from '../../test/fixtures.ts';
import { createRunnerScene, pass } from '../../test/runner-scene.ts';
import { createThreadRunner, DispatchError, UnknownHandleError, waitingTasks } from '../index.ts';

const tools: SceneOptions['tools'] = {
  render: {},
  build: { dependsOn: ({ on }: { on: string[] }) => on, mode: 'continue' },
};

const build = (scene: Pick<Scene, 'dispatch'>, on: readonly string[], more: Parameters<Scene['dispatch']>[0] = {}) =>
  scene.dispatch({ toolName: 'build', callId: 'c2', turn: 'turn_2', arguments: { on }, ...more });

/** A call of `render` is pending, and one of `build` that builds on it, made when the user spoke. */
async function dependentChat(options: SceneOptions = {}) {
  const scene = createScene({ tools, ...options });
  const { request: one, messages } = await pendingChat(scene);
  const two = await build(scene, [one.handle]);
  return { scene, one, two, messages: chatOf(messages, two) };
}

const chatOf = (messages: readonly TestMessage[], two: Request) => [
  ...messages,
  asks('Build on it.'),
  calls(['c2', 'build']),
  placed(two),
];

describe('dependsOn', () => {
  it('is stored with the task as ids, and told to the audit', async () => {
    const { scene, one, two } = await dependentChat();
    expect((await scene.task(two.id)).dependsOn).toEqual([one.id]);
    expect(scene.events.filter(({ type }) => type === 'task.created').map(({ dependsOn }) => dependsOn)).toEqual([
      undefined,
      [one.id],
    ]);
  });

  it.each([
    ['whole', (handle: string) => handle],
    ['in capitals', (handle: string) => handle.toUpperCase()],
    ['in quotes', (handle: string) => ` "${handle}". `],
    ['cut short', (handle: string) => handle.slice(0, -2)],
  ])('understands a handle %s', async (_, mangle) => {
    const scene = createScene({ tools });
    const one = await scene.dispatch();
    const two = await build(scene, [mangle(one.handle)]);
    expect((await scene.task(two.id)).dependsOn).toEqual([one.id]);
  });

  it('understands an id, and names each task once', async () => {
    const scene = createScene({ tools });
    const one = await scene.dispatch();
    const two = await build(scene, [one.id, one.handle]);
    expect((await scene.task(two.id)).dependsOn).toEqual([one.id]);
  });

  it('understands a handle cut short whose task has a late result of its own', async () => {
    const scene = createScene({ tools: { ...tools, render: { deadline: '1m', lateResult: 'accept' } } });
    const one = await scene.dispatch();
    await scene.clock.advance(60_000);
    await scene.store.expireDue({ now: scene.clock.now() });
    await scene.complete(one.id, 'u');
    const two = await build(scene, [one.handle.slice(0, -1)]);
    expect((await scene.task(two.id)).dependsOn).toEqual([one.id]);
  });

  it('of an unknown task is refused with the valid ones listed, and nothing is dispatched', async () => {
    let runs = 0;
    const dispatch = () => {
      runs += 1;
    };
    const scene = createScene({ tools: { ...tools, build: { ...tools?.build, dispatch } } });
    const one = await scene.dispatch();
    const error = await thrownBy(() => build(scene, ['render_zzzz']));
    expect(DispatchError.isInstance(error, 'unknown_dependency')).toBe(true);
    expect(error).toMatchObject({ message: expect.stringContaining(`Valid handles: ${one.handle}.`) });
    expect(UnknownHandleError.isInstance((error as DispatchError).cause)).toBe(true);
    expect([runs, (await scene.store.list(scope)).length]).toEqual([0, 1]);
  });

  it.each(['another thread', 'another tenant'])('of a task of %s is unknown', async (where) => {
    const scene = createScene({ tools });
    const elsewhere = where === 'another thread' ? { ...scope, thread: 'chat-2' } : { ...scope, tenant: 'other' };
    const one = await scene.dispatch({ scope: elsewhere });
    await expect(build(scene, [one.id])).rejects.toMatchObject({ code: 'unknown_dependency' });
  });

  it('of no task is as if there were none', async () => {
    const scene = createScene({ tools });
    expect(await scene.task((await build(scene, [])).id)).not.toHaveProperty('dependsOn');
  });

  it('that cannot be found any more does not keep a dispatched turn from being run again', async () => {
    const { scene, one, two } = await dependentChat();
    await scene.complete(one.id, 'u');
    await scene.store.purge({ which: 'all', before: scene.clock.now() + 1, limit: 1 });
    expect(await scene.store.get({ scope, id: one.id })).toBeUndefined();
    expect((await build(restarted(scene), [one.handle], { callId: 'c3' })).id).toBe(two.id);
  });
});

describe('a result that comes before that of its dependency', () => {
  it('is not shown', async () => {
    const { scene, one, two, messages } = await dependentChat();
    await scene.complete(two.id, 'built');
    const before = await converse(scene, [...messages, asks('And?')]);
    expect(before.shown.join('\n')).not.toContain('built');
    expect(before.shown).toContain(`tool c2 ${two.handle} placeholder`);
    await scene.complete(one.id, 'rendered');
    const after = await converse(scene, before.messages);
    expect(after.shown.slice(-2)).toEqual([expect.stringContaining('"rendered"'), expect.stringContaining('"built"')]);
  });

  it('is waited for by a suspended run, until that of the dependency is there', async () => {
    const suspending = { ...tools, build: { ...tools?.build, mode: 'suspend' as const } };
    const { scene, one, two, messages } = await dependentChat({ tools: suspending });
    await scene.complete(two.id, 'built');
    expect(await scene.begin(messages)).toMatchObject({ type: 'suspended', open: [{ id: two.id }] });
    await scene.complete(one.id, 'rendered');
    expect((await converse(scene, messages)).shown.filter((line) => /rendered|built/.test(line))).toHaveLength(2);
  });

  it.each(['expired', 'cancelled', 'failed'])('enters when the dependency is %s', async (how) => {
    const { scene, one, two, messages } = await dependentChat({
      tools: { ...tools, render: { deadline: '1m' } },
    });
    await scene.complete(two.id, 'built');
    if (how === 'expired') await scene.clock.advance(60_000);
    if (how === 'cancelled') await scene.settle(one.id, { status: 'cancelled' });
    if (how === 'failed') await scene.settle(one.id, { status: 'failed', error: { message: 'no' } });
    expect((await converse(scene, messages)).shown.join('\n')).toContain('"built"');
  });

  it('enters when the dependency was deleted', async () => {
    const { scene, one, two } = await dependentChat();
    await scene.complete(two.id, 'built');
    await scene.store.purge({ which: 'all', before: scene.clock.now() + 1, limit: 1 });
    expect(await scene.store.get({ scope, id: one.id })).toBeUndefined();
    const trimmed = [asks('Build on it.'), calls(['c2', 'build']), placed(two)];
    expect((await converse(scene, trimmed)).shown.at(-1)).toContain('"built"');
  });

  it('holds up what builds on it in turn, and nobody is woken for either', async () => {
    const scene = createScene({ tools });
    const { request: one } = await pendingChat(scene);
    const two = await build(scene, [one.handle]);
    const three = await build(scene, [two.handle], { callId: 'c3', turn: 'turn_3' });
    await scene.complete(two.id, 'built');
    await scene.complete(three.id, 'shipped');
    const { runtime } = scene;
    const runner = createThreadRunner({ store: runtime.store, clock: scene.clock, run: async () => woken.push(1) });
    const woken: number[] = [];
    await runner.start();
    await runner.idle();
    expect(woken).toEqual([]);
    await runner.stop();
  });

  it('waits for a dependency of another branch, too', async () => {
    const branch = { ...scope, branch: 'b' };
    const scene = createScene({ tools });
    const one = await scene.dispatch({ scope: branch });
    const two = await build(scene, [one.handle]);
    await scene.complete(two.id, 'built');
    const messages = [asks(), calls(['c2', 'build']), placed(two), asks('And?')];
    const before = await converse(scene, messages);
    expect(before.shown.join('\n')).not.toContain('built');
    await scene.store.settle(
      { scope: branch, id: one.id },
      {
        settlement: { status: 'completed', result: 'u' },
        now: scene.clock.now(),
      },
    );
    expect((await converse(scene, before.messages)).shown.join('\n')).toContain('built');
  });

  it('does not enter while the generation goes on, if that of the dependency has to wait for its end', async () => {
    const { scene, one, two, messages } = await dependentChat({
      tools: { ...tools, build: { ...tools?.build, scheduling: 'interrupt' } },
    });
    await scene.complete(one.id, 'rendered');
    await scene.complete(two.id, 'built');
    const turn = await scene.open([...messages, asks(), says(), asks()], { atRest: false });
    expect([...turn.tells]).toEqual([]);
  });

  it('does not enter while the policy cannot be asked about the dependency', async () => {
    const directory: { down: boolean } = { down: true };
    const { scene, one, two, messages } = await dependentChat({
      policy: {
        authorize: async ({ at, task }) => {
          if (directory.down && at === 'consumption' && task.toolName === 'render') throw new Error('down');
          return true;
        },
      },
    });
    await scene.complete(one.id, 'rendered');
    await scene.complete(two.id, 'built');
    const before = await converse(scene, [...messages, asks()]);
    expect(before.shown.join('\n')).not.toContain('built');
    directory.down = false;
    expect((await converse(scene, before.messages)).shown.slice(-2)).toEqual([
      expect.stringContaining('"rendered"'),
      expect.stringContaining('"built"'),
    ]);
  });

  it('is no reason for a host to prepare a model call', async () => {
    const { scene, two, messages } = await dependentChat();
    await scene.complete(two.id, 'built');
    const { runtime, tools: all } = scene;
    const transcript = transcriptOf([...messages, says('I wait.')]);
    expect(await waitingTasks({ runtime, tools: all, scope, transcript })).toHaveLength(2);
  });

  it('does not wake the conversation; that of the dependency does, for both', async () => {
    let history: readonly TestMessage[] = [];
    const scene = createRunnerScene({ tools, history: () => history });
    const { request: one, messages } = await pendingChat(scene);
    const two = await build(scene, [one.handle]);
    history = [...chatOf(messages, two), says('I wait.')];
    const runner = scene.runner();
    await runner.start();
    await scene.complete(two.id, 'built');
    await pass(scene.clock, 180_000, [runner], 60_000);
    expect(scene.runs).toEqual([]);
    await scene.complete(one.id, 'rendered');
    await runner.idle();
    expect(scene.calls).toEqual([{ by: 'a', told: ['rendered', 'built'] }]);
    await runner.stop();
  });

  it('wakes its conversation at once when that of a dependency in another branch comes', async () => {
    let history: readonly TestMessage[] = [];
    const branch = { ...scope, branch: 'b' };
    const scene = createRunnerScene({ tools, history: () => history });
    const one = await scene.dispatch({ scope: branch });
    const two = await build(scene, [one.handle]);
    history = [asks(), calls(['c2', 'build']), placed(two), says('I wait.')];
    const runner = scene.runner();
    await runner.start();
    await scene.complete(two.id, 'built');
    await runner.idle();
    expect(scene.runs).toEqual([]);
    const settlement = { status: 'completed', result: 'u' } as const;
    await scene.store.settle({ scope: branch, id: one.id }, { settlement, now: scene.clock.now() });
    await runner.idle();
    expect(scene.calls).toContainEqual({ by: 'a', told: ['built'] });
    await runner.stop();
  });
});
