import { describe, expect, it, vi } from 'vitest';
import { converse, createScene, latecallOf, pendingChat, type Scene, scope, start } from '../../test/fixtures.ts';
import { describeState } from '../index.ts';

const branch = { ...scope, branch: 'b' };
const summaryOf = (scene: Scene, where = scope) => latecallOf(scene).summary(where);

describe('the summary of a conversation', () => {
  it('says what is pending, since when, until when and how far, in all branches', async () => {
    const scene = createScene({ tools: { render: { deadline: '1h' }, send: {} } });
    const one = await scene.dispatch();
    await scene.clock.advance(10);
    const two = await scene.dispatch({ scope: branch, toolName: 'send' });
    await latecallOf(scene).report({ id: one.id, progress: { fraction: 0.5 } });
    await latecallOf(scene).report({ id: two.id, inputRequest: { message: 'Which?' } });
    expect(await summaryOf(scene)).toEqual({
      pending: [
        {
          id: one.id,
          handle: one.handle,
          toolName: 'render',
          status: 'working',
          since: start,
          deadlineAt: start + 3_600_000,
          progress: { fraction: 0.5 },
        },
        {
          id: two.id,
          handle: two.handle,
          toolName: 'send',
          branch: 'b',
          status: 'input_required',
          since: start + 10,
        },
      ],
      untold: [],
      withheld: [],
      quarantined: 0,
    });
  });

  it('is of one branch only, if the scope names one', async () => {
    const scene = createScene();
    await scene.dispatch();
    const two = await scene.dispatch({ scope: branch });
    expect((await summaryOf(scene, branch)).pending.map(({ id }) => id)).toEqual([two.id]);
  });

  it('says what has its outcome and was told to nobody, since it has it', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.clock.advance(10);
    await scene.complete(request.id, 'u');
    expect((await summaryOf(scene)).untold).toMatchObject([{ id: request.id, status: 'completed', since: start + 10 }]);
    await converse(scene, messages);
    expect(await summaryOf(scene)).toEqual({ pending: [], untold: [], withheld: [], quarantined: 0 });
  });

  it('calls a task working until its outcome is final', async () => {
    const scene = createScene({ tools: { render: { onResult: () => new Promise<never>(() => {}) } } });
    const { request } = await pendingChat(scene);
    void scene.complete(request.id, 'u');
    await vi.waitFor(async () => {
      expect((await summaryOf(scene)).untold).toMatchObject([{ id: request.id, status: 'working' }]);
    });
  });

  it('says what is withheld and how much is in quarantine', async () => {
    const scene = createScene({ policy: { authorize: ({ at }) => at === 'arrival' } });
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'u');
    await converse(scene, messages);
    const two = await scene.dispatch({ turn: 'turn_2' });
    await latecallOf(scene).cancel({ id: two.id, scope, tools: scene.tools });
    await scene.complete(two.id, 'v');
    expect(await summaryOf(scene)).toMatchObject({
      untold: [{ id: two.id, status: 'cancelled' }],
      withheld: [{ id: request.id, status: 'withheld' }],
      quarantined: 1,
    });
  });

  it('says what a task waits for, as long as it does', async () => {
    const scene = createScene({ tools: { render: {}, build: { dependsOn: ({ on }: { on: string[] }) => on } } });
    const one = await scene.dispatch();
    await scene.dispatch({ toolName: 'build', arguments: { on: [one.handle] } });
    expect((await summaryOf(scene)).pending[1]?.waitsFor).toEqual([one.handle]);
    await scene.complete(one.id, 'u');
    expect((await summaryOf(scene)).pending[0]).not.toHaveProperty('waitsFor');
  });

  it('shows a deadline that has passed, although nobody has noticed', async () => {
    const scene = createScene({ tools: { render: { deadline: '1m' } } });
    await scene.dispatch();
    await scene.clock.advance(60_000);
    expect((await summaryOf(scene)).pending).toMatchObject([{ status: 'expired' }]);
  });

  it('leaves out what was never dispatched, and other conversations', async () => {
    const fail = async () => {
      throw new Error('farm is down');
    };
    const scene = createScene({ tools: { render: { dispatch: fail }, send: {} } });
    await scene.dispatch().catch(() => {});
    await scene.dispatch({ toolName: 'send', scope: { ...scope, thread: 'chat-2' } });
    expect(await summaryOf(scene)).toEqual({ pending: [], untold: [], withheld: [], quarantined: 0 });
  });
});

describe('the description of a state', () => {
  it('names handles, and says where nothing is pending', async () => {
    const scene = createScene();
    expect(describeState(await summaryOf(scene))).toBe('No dispatched calls are pending.');
    const one = await scene.dispatch();
    const two = await scene.dispatch({ turn: 'turn_2' });
    await scene.complete(two.id, 'u');
    expect(describeState(await summaryOf(scene))).toBe(
      `Pending, no result yet: ${one.handle}.\nFinished, the result is still to be given to you: ${two.handle}.`,
    );
  });

  it('is the same text as long as the state is the same: no clock and no progress', async () => {
    const scene = createScene({ tools: { render: { deadline: '1h' } } });
    const { id } = await scene.dispatch();
    const before = describeState(await summaryOf(scene));
    await scene.clock.advance(1_800_000);
    await latecallOf(scene).report({ id, progress: { fraction: 0.9, message: 'nearly' } });
    expect(describeState(await summaryOf(scene))).toBe(before);
  });

  it('holds no result, no receipt and no id', async () => {
    const scene = createScene();
    const { id } = await scene.dispatch();
    await scene.complete(id, 'the secret');
    expect(describeState(await summaryOf(scene))).not.toMatch(/secret|job-1|task_/);
  });
});
