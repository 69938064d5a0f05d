import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { asks, calls, createDeferred, placed, scope, type TestMessage, until } from '../../test/fixtures.ts';
import { createRunnerScene, deaf } from '../../test/runner-scene.ts';
import { createMemoryStore, type Scope } from '../index.ts';

/** A conversation with two calls in its last step, both pending. */
async function createTwoCalls(options: Parameters<typeof createRunnerScene>[0] = {}) {
  const messages: TestMessage[] = [];
  const scene = createRunnerScene({ history: () => messages, ...options });
  const a = await scene.dispatch({ callId: 'c1', arguments: { script: 'a' } });
  const b = await scene.dispatch({ callId: 'c2', arguments: { script: 'b' } });
  messages.push(asks(), calls(['c1', 'render'], ['c2', 'render']), placed(a, b));
  return { ...scene, a, b };
}

describe('createThreadRunner', () => {
  it('runs a conversation when its result comes, and tells it once', async () => {
    const scene = createRunnerScene();
    const runner = scene.runner();
    await runner.start();
    const { id } = await scene.dispatch();
    await runner.idle();
    expect(scene.runs).toEqual([]);
    await scene.complete(id, 'u');
    await runner.idle();
    expect(scene.runs).toEqual([{ by: 'a', scope }]);
    expect(scene.calls).toEqual([{ by: 'a', told: ['u'] }]);
    expect((await scene.task(id)).consumption).toBeDefined();
  });

  it('runs in the context of whoever started it, not of whoever settled the task', async () => {
    const context = new AsyncLocalStorage<string>();
    const scene = createRunnerScene();
    const seen: unknown[] = [];
    const runner = scene.runner({ run: async () => void seen.push(context.getStore()) });
    await context.run('boot', () => runner.start());
    const { id } = await scene.dispatch();
    await context.run('a run of the host', () => scene.complete(id, 'u'));
    await runner.idle();
    await context.run('a request', () => runner.wake(scope));
    await runner.idle();
    expect(seen).toEqual(['boot', 'boot']);
    await runner.stop();
  });

  it('finds at its start what was settled while nothing ran', async () => {
    const scene = createRunnerScene();
    const { id } = await scene.dispatch();
    await scene.complete(id, 'u');
    const runner = scene.runner();
    await runner.start();
    await runner.idle();
    expect(scene.calls).toEqual([{ by: 'a', told: ['u'] }]);
  });

  it('finds what it got no hint of, within the time between two looks', async () => {
    const scene = createRunnerScene();
    const runner = scene.runner({ store: deaf(scene.store), rescanEvery: '1m' });
    await runner.start();
    const { id } = await scene.dispatch();
    await scene.complete(id, 'u');
    await runner.idle();
    await scene.clock.advance(60_000);
    await runner.idle();
    expect(scene.calls).toEqual([{ by: 'a', told: ['u'] }]);
    await runner.stop();
  });

  it('runs once however often the hint comes', async () => {
    const scene = createRunnerScene();
    const { store } = scene;
    const often = (tell: () => void) => [1, 2, 3].forEach(tell);
    const runner = scene.runner({
      store: { ...store, subscribe: (listener) => store.subscribe((hint) => often(() => listener(hint))) },
    });
    await runner.start();
    const { id } = await scene.dispatch();
    await scene.complete(id, 'u');
    await runner.idle();
    expect(scene.runs).toHaveLength(1);
  });

  it('is not woken by progress, dispatches, and silent results', async () => {
    const scene = createRunnerScene({ tools: { render: { scheduling: 'silent' }, send: {} } });
    const runner = scene.runner();
    await runner.start();
    const silent = await scene.dispatch();
    const open = await scene.dispatch({ toolName: 'send', callId: 'c2' });
    await scene.store.note(
      { scope, id: open.id },
      { type: 'news', at: scene.clock.now(), progress: { fraction: 0.5 } },
    );
    await scene.complete(silent.id, 'u');
    await runner.idle();
    await runner.wake(scope);
    await runner.idle();
    expect(scene.runs).toEqual([]);
  });

  it('runs again, unasked, for a result that lands during a run', async () => {
    const scene = createRunnerScene();
    const asked = createDeferred();
    const runner = scene.runner({ asked: () => asked.promise });
    await runner.start();
    const first = await scene.dispatch();
    const second = await scene.dispatch({ callId: 'c2', arguments: { script: 'b' } });
    await scene.complete(first.id, 'one');
    await until(() => scene.calls.length === 1);
    await scene.complete(second.id, 'two');
    asked.resolve();
    await runner.idle();
    expect(scene.calls.map(({ told }) => told)).toEqual([['one'], ['two']]);
    expect(scene.runs).toHaveLength(2);
  });

  it('runs again for a result that lands during a run, also when its hint is lost', async () => {
    const scene = createRunnerScene();
    const asked = createDeferred();
    const runner = scene.runner({ store: deaf(scene.store), asked: () => asked.promise });
    const first = await scene.dispatch();
    const second = await scene.dispatch({ callId: 'c2', arguments: { script: 'b' } });
    await scene.complete(first.id, 'one');
    await runner.start();
    await until(() => scene.calls.length === 1);
    await scene.complete(second.id, 'two');
    asked.resolve();
    await runner.idle();
    expect(scene.calls.map(({ told }) => told)).toEqual([['one'], ['two']]);
  });

  it('runs one conversation at a time, and two of them at once', async () => {
    const scene = createRunnerScene();
    const other: Scope = { ...scope, thread: 'chat-2' };
    const asked = createDeferred();
    const runner = scene.runner({ run: () => asked.promise });
    await runner.start();
    const [first, second, third] = [
      await scene.dispatch(),
      await scene.dispatch({ callId: 'c2', arguments: { script: 'b' } }),
      await scene.dispatch({ callId: 'c3', scope: other }),
    ];
    await scene.complete(first.id, 1);
    await until(() => scene.runs.length === 1);
    await scene.complete(second.id, 2);
    await scene.store.settle(
      { scope: other, id: third.id },
      { settlement: { status: 'completed', result: 3 }, now: scene.clock.now() },
    );
    await until(() => scene.runs.length === 2);
    expect(scene.runs.map((run) => run.scope)).toEqual([scope, other]);
    const stopped = runner.stop();
    asked.resolve();
    await stopped;
  });

  it('lets a run that waits for the other call of its step rest until that one is in', async () => {
    const scene = await createTwoCalls();
    const runner = scene.runner();
    await runner.start();
    await scene.complete(scene.a.id, 'one');
    await runner.idle();
    await scene.store.note(
      { scope, id: scene.b.id },
      { type: 'news', at: scene.clock.now(), progress: { fraction: 0.5 } },
    );
    await runner.idle();
    await scene.clock.advance(3_600_000);
    await runner.idle();
    expect([scene.runs.length, scene.calls.length]).toEqual([1, 0]);
    await scene.complete(scene.b.id, 'two');
    await runner.idle();
    expect(scene.calls).toEqual([{ by: 'a', told: ['one', 'two'] }]);
    await runner.stop();
  });

  it('goes on when the other call of the step ends silently', async () => {
    const scene = await createTwoCalls();
    const runner = scene.runner();
    await runner.start();
    await scene.complete(scene.a.id, 'one');
    await runner.idle();
    const silently = {
      settlement: { status: 'completed', result: 'two' },
      now: scene.clock.now(),
      scheduling: 'silent',
    } as const;
    await scene.store.settle({ scope, id: scene.b.id }, silently);
    await runner.idle();
    expect(scene.calls).toEqual([{ by: 'a', told: ['one', 'two'] }]);
  });

  it('tells that a result is withheld, and rests', async () => {
    const scene = createRunnerScene({ policy: { authorize: ({ at }) => at !== 'consumption' } });
    const runner = scene.runner();
    await runner.start();
    const { id } = await scene.dispatch();
    await scene.complete(id, 'secret');
    await runner.idle();
    expect((await scene.task(id)).consumption?.outcome).toEqual({ status: 'withheld' });
    await scene.clock.advance(3_600_000);
    await runner.idle();
    expect(scene.runs).toHaveLength(1);
    await runner.stop();
  });

  it('begins nothing after it was stopped, waits for what runs, and leaves no timer', async () => {
    const scene = createRunnerScene();
    const asked = createDeferred();
    const runner = scene.runner({ asked: () => asked.promise });
    await runner.start();
    const first = await scene.dispatch();
    const second = await scene.dispatch({ callId: 'c2', arguments: { script: 'b' } });
    await scene.complete(first.id, 'one');
    await until(() => scene.calls.length === 1);
    let stopped = false;
    const stopping = runner.stop().then(() => {
      stopped = true;
    });
    await scene.complete(second.id, 'two');
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(stopped).toBe(false);
    asked.resolve();
    await stopping;
    expect([scene.runs.length, scene.clock.waiting]).toEqual([1, 0]);
    expect((await scene.task(first.id)).consumption).toBeDefined();
  });

  it('can be started again, and tells then what came in between', async () => {
    const scene = createRunnerScene();
    const runner = scene.runner();
    await runner.start();
    await runner.start();
    await runner.stop();
    await runner.stop();
    const { id } = await scene.dispatch();
    await scene.complete(id, 'u');
    await runner.idle();
    expect(scene.runs).toEqual([]);
    await runner.start();
    await runner.idle();
    expect(scene.calls).toEqual([{ by: 'a', told: ['u'] }]);
    await runner.stop();
  });

  it('throws at the start what the store throws, and leaves nothing behind', async () => {
    const scene = createRunnerScene();
    const store = { ...createMemoryStore(), ready: () => Promise.reject(new Error('no store')) };
    const runner = scene.runner({ store });
    await expect(runner.start()).rejects.toThrow('no store');
    expect(scene.clock.waiting).toBe(0);
  });

  it('refuses a wake without a thread, and a time that is none', async () => {
    const scene = createRunnerScene();
    await expect(scene.runner().wake({ thread: '' })).rejects.toMatchObject({ code: 'invalid_scope' });
    expect(() => scene.runner({ rescanEvery: 0 })).toThrow('duration');
  });
});
