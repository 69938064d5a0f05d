import { describe, expect, it, vi } from 'vitest';
import { asks, createScene, done, type Scene, scope, transcriptOf } from '../../test/fixtures.ts';
import { beginTurn, createBudget, createClaimant, createRuntime, type TurnInput } from '../index.ts';

const messages = [asks()];

/** A turn with a tool set that has no async tools. */
function begin({ runtime }: Pick<Scene, 'runtime'>, more: Partial<TurnInput> = {}) {
  const transcript = { ...transcriptOf(messages), isPlain: () => true };
  return beginTurn({ runtime, tools: new Map(), scope, transcript, claimant: 'run-1', ...more });
}

describe('a turn without async tools', () => {
  it('is ordinary where nothing of ours is in the messages and nothing is untold', async () => {
    expect(await begin(createScene())).toMatchObject({ ordinary: true });
  });

  it('is not where the messages may hold something of ours', async () => {
    expect(await begin(createScene(), { transcript: transcriptOf(messages) })).toMatchObject({ ordinary: false });
  });

  it('is not where a call of another tool set is pending', async () => {
    const scene = createScene();
    await scene.dispatch();
    expect(await begin(scene)).toMatchObject({ ordinary: false });
  });

  it('tells a result that came for a call of another tool set, once', async () => {
    const scene = createScene();
    const { id } = await scene.dispatch();
    await scene.settle(id, done('u'));
    const turn = await begin(scene);
    if (turn.type !== 'open') throw new Error('The turn is suspended.');
    expect(turn).toMatchObject({ ordinary: false, tells: new Set([id]) });
    expect(await turn.finish()).toHaveLength(1);
    expect(await begin(scene)).toMatchObject({ ordinary: true });
  });

  it('does not look through the messages', async () => {
    const transcript = {
      get messages(): never {
        throw new Error('They were read.');
      },
      isPlain: () => true,
      fingerprint: () => [],
    };
    expect(await begin(createScene(), { transcript })).toMatchObject({ ordinary: true });
  });

  it('refuses a scope without a thread as any other', async () => {
    await expect(begin(createScene(), { scope: { thread: '' } })).rejects.toMatchObject({ code: 'invalid_scope' });
  });

  it('counts against a budget, and does not begin once that is spent', async () => {
    const scene = createScene();
    const budget = createBudget({ turns: 1, clock: scene.clock });
    const turn = await begin(scene, { budget });
    if (turn.type !== 'open') throw new Error('The turn is suspended.');
    await scene.clock.advance(5);
    await turn.finish();
    expect(turn.ordinary).toBe(false);
    expect(budget.spent()).toEqual({ turns: 1, ms: 5 });
    expect(await begin(scene, { budget })).toEqual({ type: 'suspended', open: [], exhausted: true });
  });
});

describe('a turn with async tools', () => {
  it('is never ordinary', async () => {
    const scene = createScene();
    const transcript = { ...transcriptOf(messages), isPlain: () => true };
    expect(await begin(scene, { tools: scene.tools, transcript })).toMatchObject({ ordinary: false });
  });
});

describe('the first turns of a conversation, with async tools', () => {
  it('ask the store for nothing but what is untold, and leave the messages as they are', async () => {
    const scene = createScene();
    const list = vi.spyOn(scene.runtime.store, 'list');
    const transcript = { ...transcriptOf(messages), isPlain: () => true };
    expect(await begin(scene, { tools: scene.tools, transcript })).toMatchObject({
      plan: { rewrite: [], fill: [], drop: [], insert: [] },
    });
    expect(list.mock.calls).toEqual([[scope, { consumed: false }]]);
  });

  it('report the calls of async tools that an answer holds, and no other answer', async () => {
    const scene = createScene();
    const transcript = { ...transcriptOf(messages), isPlain: () => true };
    const turn = await begin(scene, { tools: scene.tools, transcript });
    if (turn.type !== 'open') throw new Error('The turn is suspended.');
    const [toolName = ''] = scene.tools.keys();
    await turn.finish([{ callId: 'call_1', toolName: 'another', arguments: {} }]);
    expect(scene.events).toEqual([]);
    await turn.finish([{ callId: 'call_1', toolName, arguments: {} }]);
    expect(scene.events).toMatchObject([
      { type: 'turn.finished', turn: await turn.id(), calls: [{ callId: 'call_1' }], results: [] },
    ]);
  });
});

describe('claimants', () => {
  it('are never the same, in one runtime or in several', () => {
    const runtimes = [createRuntime(), createRuntime()];
    const names = runtimes.flatMap((runtime) => Array.from({ length: 3 }, () => createClaimant(runtime)));
    expect(new Set(names).size).toBe(6);
  });

  it('take random bytes once for a runtime', () => {
    const drawn: number[] = [];
    const randomBytes = (length: number) => {
      drawn.push(length);
      return new Uint8Array(length).fill(drawn.length);
    };
    const runtime = createRuntime({ randomBytes, secret: 'a secret of sixteen' });
    for (let count = 0; count < 3; count += 1) createClaimant(runtime);
    expect(drawn).toEqual([16]);
  });
});
