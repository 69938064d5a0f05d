import { describe, expect, it } from 'vitest';
import { createScene, latecallOf, scope } from '../../test/fixtures.ts';

async function twoPending() {
  const scene = createScene({ callbackUrl: 'https://app.example/cb' });
  const one = await scene.dispatch();
  const two = await scene.dispatch({ toolName: 'send', turn: 'turn_2' });
  return { scene, one, two, later: latecallOf(scene) };
}

describe('probe', () => {
  it('finds tasks by handles and ids in the order of their names, each once', async () => {
    const { one, two, later } = await twoPending();
    const found = await later.probe({ scope, tasks: [two.handle, one.id, `'${two.handle.toUpperCase()}'`] });
    expect(found.map(({ id }) => id)).toEqual([two.id, one.id]);
  });

  it('gives them as the store knows them now', async () => {
    const { scene, one, later } = await twoPending();
    await scene.complete(one.id, 'u');
    expect(await later.probe({ scope, tasks: [one.handle] })).toMatchObject([{ status: 'completed' }]);
  });

  it.each(['render_zzzz', '', 'task_made_up'])('refuses %j with the valid ones listed', async (name) => {
    const { one, two, later } = await twoPending();
    await expect(later.probe({ scope, tasks: [name] })).rejects.toMatchObject({
      code: 'unknown_handle',
      validHandles: [one.handle, two.handle],
    });
  });

  it('finds nothing of another conversation', async () => {
    const { one, later } = await twoPending();
    const elsewhere = { ...scope, thread: 'chat-2' };
    await expect(later.probe({ scope: elsewhere, tasks: [one.id] })).rejects.toThrow('There is none.');
  });
});

describe('findByToken', () => {
  it('gives the task of its own token only, and reports a wrong one', async () => {
    const tokens: string[] = [];
    const scene = createScene({
      callbackUrl: 'https://app.example/cb',
      tools: { render: { dispatch: (_, { callback }) => void tokens.push(callback?.token ?? '') } },
    });
    const { id } = await scene.dispatch();
    await scene.dispatch({ turn: 'turn_2' });
    const { findByToken } = latecallOf(scene);
    expect(await findByToken({ id, token: tokens[0] })).toMatchObject({ id });
    for (const token of [tokens[1], 'wrong', undefined]) expect(await findByToken({ id, token })).toBeUndefined();
    expect(await findByToken({ id: 'task_made_up', token: tokens[0] })).toBeUndefined();
    expect(scene.reported('task.refused')).toEqual(['unauthorized', 'unauthorized', 'unauthorized']);
  });
});

describe('pending', () => {
  it('lists the tasks of the scope that wait for an outcome, oldest first', async () => {
    const { scene, one, two, later } = await twoPending();
    await scene.dispatch({ scope: { ...scope, branch: 'b' } });
    expect((await later.pending(scope)).map(({ id }) => id)).toEqual([one.id, two.id]);
    await scene.complete(one.id, 'u');
    expect((await later.pending(scope)).map(({ id }) => id)).toEqual([two.id]);
  });
});
