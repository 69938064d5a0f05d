import { describe, expect, it } from 'vitest';
import { createDeferred, createScene, done, pendingChat, type Scene, scope } from '../../test/fixtures.ts';
import { restoreTasks, type TaskRecord } from '../index.ts';

/** Another process with an empty store, into which the tasks of this one are brought as they would come from JSON. */
async function restoredFrom(scene: Scene): Promise<Scene> {
  const other = createScene({ clock: scene.clock });
  const records: TaskRecord[] = JSON.parse(JSON.stringify(await scene.store.list(scope)));
  await restoreTasks(other.runtime, records);
  return other;
}

describe('tasks that are brought into another store', () => {
  it('are the same while they are pending', async () => {
    const scene = createScene({ tools: { render: { deadline: '15m' } } });
    const { id } = await scene.dispatch();
    expect(await (await restoredFrom(scene)).task(id)).toEqual(await scene.task(id));
  });

  it('are the same when their dispatch was interrupted', async () => {
    const begun = createDeferred();
    const dispatch = () => {
      begun.resolve();
      return new Promise<never>(() => undefined);
    };
    const scene = createScene({ tools: { render: { dispatch } } });
    void scene.dispatch();
    await begun.promise;
    const [task] = await scene.store.list(scope);
    expect(task?.phase).toBe('dispatching');
    expect(await (await restoredFrom(scene)).store.list(scope)).toEqual([task]);
  });

  it('have their outcome, and take no other', async () => {
    const scene = createScene();
    const { id } = await scene.dispatch();
    await scene.complete(id, 'u');
    const other = await restoredFrom(scene);
    expect(await other.task(id)).toMatchObject({ status: 'completed', settlement: done('u') });
    expect((await other.complete(id, 'another')).verdict).toBe('conflict');
  });

  it('have what onResult made of the result, which is not run again', async () => {
    let runs = 0;
    const onResult = () => {
      runs += 1;
      return 'checked';
    };
    const scene = createScene({ tools: { render: { onResult } } });
    const { id } = await scene.dispatch();
    await scene.complete(id, 'u');
    const other = await restoredFrom(scene);
    expect(await other.task(id)).toMatchObject({ finalSettlement: done('checked') });
    expect(runs).toBe(1);
  });

  it('are expired although the clock of the other process says nothing of it', async () => {
    const scene = createScene({ tools: { render: { deadline: '1m' } } });
    const { request, messages } = await pendingChat(scene);
    await scene.clock.advance(60_000);
    await (await scene.open(messages)).release();
    const other = await restoredFrom(scene);
    expect(await other.task(request.id)).toMatchObject({
      status: 'failed',
      settlement: { error: { code: 'expired' } },
    });
  });

  it('were told when they were told, in the same place', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'u');
    const turn = await scene.open(messages);
    await turn.finish();
    const other = await restoredFrom(scene);
    const { claim: _, ...told } = await scene.task(request.id);
    expect(await other.task(request.id)).toMatchObject(told);
    expect((await other.open(messages)).plan).toEqual(turn.plan);
  });

  it('stay as they are where the store knows them', async () => {
    const scene = createScene();
    const { id } = await scene.dispatch();
    const before = await scene.task(id);
    await scene.complete(id, 'u');
    await restoreTasks(scene.runtime, [before]);
    expect((await scene.task(id)).status).toBe('completed');
  });
});
