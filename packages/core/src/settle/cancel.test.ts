import { describe, expect, it } from 'vitest';
import { createScene, type Scene, type SceneOptions, scope } from '../../test/fixtures.ts';
import { type AsyncToolDefinition, cancel, type TaskRecord } from '../index.ts';

async function createPending(tool: Partial<AsyncToolDefinition> = {}, options: SceneOptions = {}) {
  const scene = createScene({ ...options, tools: { render: tool } });
  const { id } = await scene.dispatch();
  return { scene, id };
}

const cancelIn = ({ runtime, tools }: Scene, id: string, reason?: string) =>
  cancel({ runtime, tools, task: { scope, id }, reason });

describe('cancel', () => {
  it('settles the task as cancelled, with the reason', async () => {
    const { scene, id } = await createPending();
    expect(await cancelIn(scene, id, 'enough')).toMatchObject({ verdict: 'accepted', id });
    expect(await scene.task(id)).toMatchObject({
      status: 'cancelled',
      settlement: { status: 'cancelled', reason: 'enough' },
    });
    expect(scene.reported('task.cancelled')).toEqual(['enough']);
  });

  it('tells the outside once, with the task', async () => {
    const told: TaskRecord[] = [];
    const { scene, id } = await createPending({ onCancel: (task) => void told.push(task) });
    await Promise.all([cancelIn(scene, id), cancelIn(scene, id), cancelIn(scene, id, 'again')]);
    expect(told).toMatchObject([{ id, status: 'cancelled', dispatchResult: { job: 'job-1' } }]);
  });

  it('stands although onCancel throws, which is reported', async () => {
    const onCancel = async () => {
      throw new Error('farm is down');
    };
    const { scene, id } = await createPending({ onCancel });
    expect((await cancelIn(scene, id, 'enough')).verdict).toBe('accepted');
    expect((await scene.task(id)).status).toBe('cancelled');
    expect(scene.reported('task.cancelled')).toEqual(['onCancel failed: farm is down']);
  });

  it('makes a result that comes later lose', async () => {
    const { scene, id } = await createPending();
    await cancelIn(scene, id);
    expect((await scene.complete(id, 'u')).verdict).toBe('cancelled');
    expect((await scene.task(id)).status).toBe('cancelled');
  });

  it('is a duplicate the second time', async () => {
    const { scene, id } = await createPending();
    await cancelIn(scene, id);
    expect((await cancelIn(scene, id)).verdict).toBe('duplicate');
  });

  it('comes too late for a task that has its result, and tells nobody', async () => {
    const told: TaskRecord[] = [];
    const { scene, id } = await createPending({ onCancel: (task) => void told.push(task) });
    await scene.complete(id, 'u');
    expect((await cancelIn(scene, id)).verdict).toBe('conflict');
    expect((await scene.task(id)).status).toBe('completed');
    expect(told).toEqual([]);
  });

  it('comes too late after the deadline', async () => {
    const { scene, id } = await createPending({ deadline: '1m' });
    await scene.clock.advance(60_000);
    expect((await cancelIn(scene, id)).verdict).toBe('late');
  });

  it('knows nothing of a task of another scope', async () => {
    const { scene, id } = await createPending();
    const { runtime, tools } = scene;
    const verdict = await cancel({ runtime, tools, task: { scope: { thread: 'x' }, id } });
    expect(verdict).toEqual({ verdict: 'unknown', id, message: expect.any(String) });
    expect((await scene.task(id)).status).toBe('working');
  });

  it('needs no tool', async () => {
    const { scene, id } = await createPending();
    const verdict = await cancel({ runtime: scene.runtime, tools: new Map(), task: { scope, id } });
    expect(verdict.verdict).toBe('accepted');
  });
});
