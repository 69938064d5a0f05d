import { describe, expect, it } from 'vitest';
import { asks, calls, createDeferred, placed, scope, type TestMessage, until } from '../../test/fixtures.ts';
import { createRunnerScene, deaf, pass } from '../../test/runner-scene.ts';
import type { Resumer, Scope, TaskStore } from '../index.ts';

const minute = 60_000;

/** A conversation with one result that nobody was told, and no runner yet. */
async function createReady(options: Parameters<typeof createRunnerScene>[0] = {}) {
  const messages: TestMessage[] = [];
  const scene = createRunnerScene({ history: () => messages, ...options });
  const request = await scene.dispatch();
  messages.push(asks(), calls(['c1', 'render']), placed(request));
  await scene.complete(request.id, 'u');
  return { ...scene, id: request.id, messages };
}

/** A model that is overloaded until it recovers. */
function createModel() {
  let overloaded = true;
  return {
    answer: () => {
      if (overloaded) throw new Error('overloaded');
    },
    recovers: () => {
      overloaded = false;
    },
  };
}

describe('a run that goes wrong', () => {
  it('is reported and tried again, each time later, until it goes well', async () => {
    const scene = await createReady();
    const model = createModel();
    const runner = scene.runner({
      asked: () => model.answer(),
    });
    await runner.start();
    await runner.idle();
    const callsAfter = async (ms: number) => {
      await pass(scene.clock, ms, [runner]);
      return scene.calls.length;
    };
    expect([
      scene.calls.length,
      await callsAfter(999),
      await callsAfter(1),
      await callsAfter(1_999),
      await callsAfter(1),
    ]).toEqual([1, 1, 2, 2, 3]);
    expect(scene.errors).toHaveLength(3);
    model.recovers();
    expect(await callsAfter(4_000)).toBe(4);
    expect((await scene.task(scene.id)).consumption).toBeDefined();
    expect(await callsAfter(60 * minute)).toBe(4);
    await runner.stop();
  });

  it('is not repeated in a loop when the app swallows the error of its model', async () => {
    const scene = await createReady();
    const runner = scene.runner({
      run: async () => {
        const turn = await scene.begin(scene.messages, { claimant: `run-${scene.runs.length}` });
        if (turn.type === 'open') await turn.release();
      },
    });
    await runner.start();
    await runner.idle();
    expect(scene.runs).toHaveLength(1);
    await pass(scene.clock, 60 * minute, [runner], 1_000);
    expect(scene.runs.length).toBeGreaterThan(5);
    expect(scene.runs.length).toBeLessThan(25); // doubled waits, then one run in five minutes
    await runner.stop();
  });

  it('is tried again while the policy fails', async () => {
    let healthy = false;
    const authorize = ({ at }: { at: string }) => {
      if (at === 'consumption' && !healthy) throw new Error('no policy');
      return true;
    };
    const scene = await createReady({ policy: { authorize } });
    const runner = scene.runner();
    await runner.start();
    await runner.idle();
    expect((await scene.task(scene.id)).consumption).toBeUndefined();
    healthy = true;
    await pass(scene.clock, 1_000, [runner]);
    expect((await scene.task(scene.id)).consumption?.outcome).toEqual({ status: 'completed', result: 'u' });
    await runner.stop();
  });

  it('does not keep a new result waiting', async () => {
    const scene = await createReady();
    const model = createModel();
    const runner = scene.runner({
      asked: () => model.answer(),
    });
    await runner.start();
    await runner.idle();
    model.recovers();
    const second = await scene.dispatch({ callId: 'c2', arguments: { script: 'b' } });
    await scene.complete(second.id, 'v');
    await runner.idle();
    expect(scene.calls.at(-1)?.told).toEqual(['u', 'v']);
    await runner.stop();
  });
});

describe('a store that goes wrong', () => {
  it('is reported, and what was missed is found with the next look', async () => {
    const scene = createRunnerScene();
    const broken = new Set<string>();
    const list: TaskStore['list'] = async (...where) => {
      if (broken.has('list')) throw new Error('no store');
      return scene.store.list(...where);
    };
    const runner = scene.runner({ store: { ...scene.store, list } });
    await runner.start();
    const { id } = await scene.dispatch();
    await runner.idle();
    broken.add('list');
    await scene.complete(id, 'u');
    await runner.idle();
    expect([scene.errors.length > 0, scene.runs]).toEqual([true, []]);
    broken.clear();
    await pass(scene.clock, minute, [runner]);
    expect(scene.calls).toEqual([{ by: 'a', told: ['u'] }]);
    await runner.stop();
  });

  it('keeps looking when a look failed', async () => {
    const scene = createRunnerScene();
    let failing = 0;
    const ready: TaskStore['ready'] = async (which) => {
      if (failing > 0) {
        failing -= 1;
        throw new Error('no store');
      }
      return scene.store.ready(which);
    };
    const runner = scene.runner({ store: { ...deaf(scene.store), ready } });
    await runner.start();
    failing = 2;
    const { id } = await scene.dispatch();
    await scene.complete(id, 'u');
    await pass(scene.clock, 2 * minute, [runner], minute);
    expect([scene.errors.length, scene.runs.length]).toEqual([2, 0]);
    await pass(scene.clock, minute, [runner]);
    expect(scene.calls).toHaveLength(1);
    await runner.stop();
  });
});

describe('two runners on one store', () => {
  it('make one model call of results that come at once, and the other one rests', async () => {
    const messages: TestMessage[] = [];
    const scene = createRunnerScene({ history: () => messages });
    const runners = [scene.runner({ name: 'a' }), scene.runner({ name: 'b' })];
    for (const runner of runners) await runner.start();
    const first = await scene.dispatch();
    const second = await scene.dispatch({ callId: 'c2', arguments: { script: 'b' } });
    messages.push(asks(), calls(['c1', 'render'], ['c2', 'render']), placed(first, second));
    await Promise.all([scene.complete(first.id, 'one'), scene.complete(second.id, 'two')]);
    await pass(scene.clock, 60 * minute, runners, minute);
    expect(scene.calls.map(({ told }) => told)).toEqual([['one', 'two']]);
    expect(scene.runs.length).toBeLessThanOrEqual(4);
    for (const runner of runners) await runner.stop();
    expect(scene.clock.waiting).toBe(0);
  });

  it('do not chase each other while the model fails', async () => {
    const scene = await createReady();
    const asked = () => {
      throw new Error('overloaded');
    };
    const runners = [scene.runner({ name: 'a', asked }), scene.runner({ name: 'b', asked })];
    for (const runner of runners) await runner.start();
    await pass(scene.clock, 60 * minute, runners, 1_000);
    expect(scene.calls.length).toBeLessThan(50);
    for (const runner of runners) await runner.stop();
  });

  it('take over what the other one has claimed and given back', async () => {
    const scene = await createReady();
    const asked = createDeferred();
    const one = scene.runner({ name: 'a', asked: () => asked.promise, retryAfter: '1h', retryAtMost: '1h' });
    const other = scene.runner({ name: 'b' });
    await one.start();
    await until(() => scene.calls.length === 1);
    await other.start();
    await other.idle();
    asked.reject(new Error('overloaded'));
    await one.idle();
    await pass(scene.clock, 2_000, [other]);
    expect(scene.calls.map(({ by }) => by)).toEqual(['a', 'b']);
    await Promise.all([one.stop(), other.stop()]);
  });

  it('take over a claim whose run has died, when its time is up and not before', async () => {
    const scene = await createReady({ takeOverAfter: '10m' });
    const dead = scene.runner({ name: 'dead', run: () => scene.begin(scene.messages, { claimant: 'dead' }) });
    await dead.start();
    await dead.idle();
    await dead.stop();
    const runner = scene.runner({ name: 'b', takeOverAfter: '10m' });
    await runner.start();
    await pass(scene.clock, 10 * minute - 1, [runner], minute);
    expect(scene.calls).toEqual([]);
    expect(scene.runs.length).toBeLessThan(4);
    await pass(scene.clock, 1, [runner]);
    expect(scene.calls).toEqual([{ by: 'b', told: ['u'] }]);
    await runner.stop();
  });

  it('take over an outcome whose process died before its onResult', async () => {
    const scene = createRunnerScene({ tools: { render: { onResult: () => 'made of it' } }, takeOverAfter: '10m' });
    const { id } = await scene.dispatch();
    const settlement = { status: 'completed', result: 'u' } as const;
    await scene.store.settle({ scope, id }, { settlement, now: scene.clock.now(), hold: 'settling' });
    const runner = scene.runner({ takeOverAfter: '10m' });
    await runner.start();
    await pass(scene.clock, 10 * minute - 1, [runner], minute);
    expect(scene.runs).toEqual([]);
    await pass(scene.clock, minute, [runner]);
    const { finalSettlement, consumption } = await scene.task(id);
    expect(finalSettlement).toEqual({ status: 'completed', result: 'made of it' });
    expect(consumption).toBeDefined();
    await runner.stop();
  });
});

/** An engine that other processes work for: it takes wakes, and delivers when the test says so. */
function createEngine() {
  const woken: Scope[] = [];
  let handler: (scope: Scope) => Promise<void> = async () => {};
  const resumer: Resumer = {
    wake: async (where) => void woken.push(where),
    start: async (given) => {
      handler = given;
      return async () => {};
    },
  };
  return { resumer, woken, deliver: (where: Scope) => handler(where) };
}

describe('a resumer of another make', () => {
  it('gets wakes by scope, and what it delivers is run if there is anything', async () => {
    const scene = createRunnerScene();
    const { resumer, woken, deliver } = createEngine();
    const asked = () => {
      throw new Error('overloaded');
    };
    const runner = scene.runner({ resumer, asked });
    await runner.start();
    await deliver(scope);
    expect(scene.runs).toEqual([]);
    const { id } = await scene.dispatch();
    await scene.complete(id, 'u');
    await runner.idle();
    expect([woken, scene.runs]).toEqual([[scope], []]);
    await expect(deliver(scope)).rejects.toThrow('overloaded'); // so that the engine tries again
    await runner.stop();
  });

  it('is not woken over and over while another process sees to it that the other call is waited for', async () => {
    const scene = createRunnerScene();
    const { resumer, woken } = createEngine();
    const runner = scene.runner({ resumer });
    await runner.start();
    const first = await scene.dispatch();
    const second = await scene.dispatch({ callId: 'c2', arguments: { script: 'b' } });
    await scene.complete(first.id, 'one');
    await runner.idle();
    await scene.store.note(
      { scope, id: second.id },
      { type: 'news', at: scene.clock.now(), progress: { fraction: 0.5 } },
    );
    await pass(scene.clock, 60 * minute, [runner], minute);
    expect(woken).toEqual([scope]);
    await scene.complete(second.id, 'two');
    await runner.idle();
    expect(woken).toEqual([scope, scope]);
    await runner.stop();
  });
});
