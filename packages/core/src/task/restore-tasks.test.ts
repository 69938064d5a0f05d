import { describe, expect, it } from 'vitest';
import { createDeferred, createScene, done, latecallOf, pendingChat, type Scene, scope } from '../../test/fixtures.ts';
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

  it('have everything that was noted, asked, decided and depended on', async () => {
    const scene = createScene({
      callbackUrl: 'https://app.example/cb',
      policy: { permissions: () => ['editor'], snapshot: () => ({ commit: 'a' }) },
      tools: {
        render: {},
        build: {
          deadline: '1h',
          lateResult: 'accept',
          scheduling: 'silent',
          dependsOn: ({ on }: { on: string[] }) => on,
        },
      },
    });
    const { report, answer, cancel } = latecallOf(scene);
    const one = await scene.dispatch();
    const { id } = await scene.dispatch({ toolName: 'build', callId: 'c2', arguments: { on: [one.handle] } });
    await scene.dispatch({ toolName: 'build', callId: 'c3', arguments: { on: [one.handle] } });
    for (const key of ['answered', 'withdrawn']) {
      await report({ id, inputRequest: { key, message: `${key}?`, schema: { type: 'string' } } });
      await scene.clock.advance(1_000);
      if (key === 'answered') await answer({ id, scope, answer: 'yes', tools: scene.tools });
      else await report({ id, inputRequest: null });
    }
    await report({ id, log: 'line 1' });
    await report({ id, log: { message: 'line 2', level: 'error' }, sequence: 7, progress: { fraction: 0.5 } });
    await report({ id, inputRequest: { key: 'open', message: 'Still?' } });
    const open = await scene.task(id);
    expect(withoutCount(await (await restoredFrom(scene)).task(id))).toEqual(withoutCount(open));
    await cancel({
      id,
      scope,
      reason: 'enough',
      tools: new Map([['build', { dispatch: () => null, onCancel: () => {} }]]),
    });
    await scene.complete(id, 'too late');
    const over = await scene.task(id);
    expect(Object.keys(over)).toEqual(expect.arrayContaining(everyField));
    expect(withoutCount(await (await restoredFrom(scene)).task(id))).toEqual(withoutCount(over));
  });

  it('bring their late result, and take one that is still to come', async () => {
    const scene = createScene({ tools: { render: { deadline: '1m', lateResult: 'accept' } } });
    const one = await scene.dispatch();
    const two = await scene.dispatch({ turn: 'turn_2' });
    await scene.clock.advance(60_000);
    await scene.store.expireDue({ now: scene.clock.now() });
    await scene.complete(one.id, 'u');
    const other = await restoredFrom(scene);
    expect(await other.store.list(scope)).toEqual(await scene.store.list(scope));
    const late = createScene({ store: other.store, clock: scene.clock, tools: Object.fromEntries(scene.tools) });
    expect((await late.complete(two.id, 'v')).verdict).toBe('accepted');
  });

  it('wait for the policy where they waited for it', async () => {
    const authorize = async () => {
      throw new Error('directory is down');
    };
    const scene = createScene({ policy: { authorize } });
    const { id } = await scene.dispatch();
    await scene.complete(id, 'u');
    expect(await (await restoredFrom(scene)).task(id)).toEqual(await scene.task(id));
  });

  it('were withheld where the policy withheld them', async () => {
    const scene = createScene({ policy: { authorize: ({ at }) => at !== 'arrival' } });
    const { id } = await scene.dispatch();
    await scene.complete(id, 'the secret');
    expect(await (await restoredFrom(scene)).task(id)).toEqual(await scene.task(id));
  });
});

/** How many news there were is counted anew. */
const withoutCount = ({ newsCount: _, ...task }: TaskRecord) => task;

const everyField = [
  'cancelToldAt',
  'deadlineAt',
  'dependsOn',
  'inputs',
  'lateResult',
  'log',
  'newsSequence',
  'permissions',
  'progress',
  'quarantine',
  'scheduling',
  'settlement',
  'snapshot',
  'tokenHashes',
];
