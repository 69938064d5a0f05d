import { describe, expect, it } from 'vitest';
import {
  asks,
  calls,
  converse,
  createDeferred,
  createScene,
  done,
  latecallOf,
  placed,
  restarted,
  type Scene,
  type SceneOptions,
  scope,
} from '../../test/fixtures.ts';
import type { Scope } from '../index.ts';

const branch = { ...scope, branch: 'b' };

/** A scene of the branch `b` with one pending call in it. */
async function branched(options: SceneOptions = {}) {
  const scene = createScene({ ...options, scope: branch });
  const request = await scene.dispatch();
  const messages = [asks(), calls(['c1', 'render']), placed(request)];
  return { scene, request, messages, abandon: () => abandonIn(scene) };
}

const abandonIn = (scene: Scene, where: Scope = branch, reason?: string) =>
  latecallOf(scene).abandon({ scope: where, tools: scene.tools, ...(reason === undefined ? {} : { reason }) });

describe('an abandoned branch', () => {
  it('has its open tasks cancelled, with a verdict for each, and the outside is told', async () => {
    const told: string[] = [];
    const { scene, request, abandon } = await branched({
      tools: { render: { onCancel: ({ id }) => void told.push(id) } },
    });
    const { cancelled, withheld } = await abandon();
    expect([cancelled.map(({ id, verdict }) => [id, verdict]), withheld]).toEqual([[[request.id, 'accepted']], []]);
    expect(told).toEqual([request.id]);
    expect((await scene.task(request.id)).status).toBe('cancelled');
  });

  it('has what depends on it cancelled in other branches, and their models told why', async () => {
    const tools = { render: {}, build: { dependsOn: ({ on }: { on: string[] }) => on } };
    const { scene, request } = await branched({ tools });
    const trunk = restarted(scene, { scope });
    const built = await trunk.dispatch({ toolName: 'build', arguments: { on: [request.handle] } });
    const { cancelled } = await abandonIn(scene, branch, 'the user edited');
    expect(cancelled.map(({ id }) => id)).toEqual([request.id, built.id]);
    const messages = [asks(), calls(['c1', 'build']), placed(built)];
    expect((await converse(trunk, messages)).shown.at(-1)).toContain(`depends on \\"${request.handle}\\"`);
    expect(await scene.store.ready()).toEqual([]);
  });

  it('has results that are there withheld for people, with the reason, and told to no model', async () => {
    const { scene, request, messages } = await branched();
    await scene.complete(request.id, 'the secret');
    const { withheld } = await abandonIn(scene, branch, 'the user edited');
    expect(withheld.map(({ id }) => id)).toEqual([request.id]);
    expect((await scene.task(request.id)).consumption?.outcome).toEqual({
      status: 'withheld',
      reason: 'the user edited',
    });
    expect(await latecallOf(scene).quarantined(branch)).toMatchObject([
      { reason: 'withheld', outcome: done('the secret') },
    ]);
    expect((await converse(scene, [...messages, asks()])).shown.join('\n')).not.toContain('secret');
  });

  it('has what still arrives kept for people', async () => {
    const { scene, request, abandon } = await branched();
    await abandon();
    expect((await scene.complete(request.id, 'u')).verdict).toBe('cancelled');
    expect(await latecallOf(scene).quarantined(branch)).toMatchObject([{ reason: 'cancelled', outcome: done('u') }]);
  });

  it.each(['pending', 'completed', 'cancelled', 'overdue'])('wakes nobody for a task that was %s', async (how) => {
    const { scene, request, abandon } = await branched({ tools: { render: { deadline: '1m' } } });
    if (how === 'completed') await scene.complete(request.id, 'u');
    if (how === 'cancelled') await scene.settle(request.id, { status: 'cancelled' });
    if (how === 'overdue') await scene.clock.advance(60_000);
    await abandon();
    await scene.clock.advance(3_600_000);
    await scene.store.expireDue({ now: scene.clock.now() });
    await scene.complete(request.id, 'later');
    expect(await scene.store.ready()).toEqual([]);
  });

  it('wakes nobody for a late result of a tool that accepts them', async () => {
    const { scene, request, messages, abandon } = await branched({
      tools: { render: { deadline: '1m', lateResult: 'accept' } },
    });
    await scene.clock.advance(60_000);
    await converse(scene, messages);
    await abandon();
    expect((await scene.complete(request.id, 'u')).verdict).toBe('cancelled');
    expect(await scene.store.ready()).toEqual([]);
    expect(await latecallOf(scene).quarantined(branch)).toMatchObject([{ reason: 'cancelled', outcome: done('u') }]);
  });

  it('wakes nobody for a result that the policy could not be asked about', async () => {
    const authorize = async () => {
      throw new Error('directory is down');
    };
    const { scene, request, abandon } = await branched({ policy: { authorize } });
    await scene.complete(request.id, 'u');
    const { withheld } = await abandon();
    expect(withheld.map(({ id }) => id)).toEqual([request.id]);
    expect(await scene.store.ready()).toEqual([]);
    expect(await latecallOf(scene).quarantined(branch)).toMatchObject([{ outcome: done('u') }]);
  });

  it('wakes nobody for a result whose onResult is still running', async () => {
    const checking = createDeferred();
    const entered = createDeferred();
    const onResult = async (result: unknown) => {
      entered.resolve();
      await checking.promise;
      return result;
    };
    const { scene, request, abandon } = await branched({ tools: { render: { onResult } } });
    const settled = scene.complete(request.id, 'u');
    await entered.promise;
    await abandon();
    checking.resolve();
    await settled;
    expect(await scene.store.ready()).toEqual([]);
    expect((await scene.task(request.id)).consumption?.outcome.status).toBe('withheld');
  });

  it('leaves a result to a run that has claimed it', async () => {
    const { scene, request, messages, abandon } = await branched();
    await scene.complete(request.id, 'u');
    const turn = await scene.open(messages);
    expect((await abandon()).withheld).toEqual([]);
    expect(await turn.finish()).toHaveLength(1);
    expect((await scene.task(request.id)).consumption?.outcome).toEqual(done('u'));
  });

  it('takes a result from a run that crashed long ago', async () => {
    const { scene, request, messages, abandon } = await branched();
    await scene.complete(request.id, 'u');
    await scene.open(messages);
    await scene.clock.advance(600_000);
    expect((await abandon()).withheld.map(({ id }) => id)).toEqual([request.id]);
    expect(await scene.store.ready()).toEqual([]);
  });

  it('leaves the trunk and other branches alone', async () => {
    const { scene, abandon } = await branched();
    const trunk = await scene.dispatch({ scope });
    const other = await scene.dispatch({ scope: { ...scope, branch: 'c' } });
    await abandon();
    expect((await latecallOf(scene).pending(scope)).map(({ id }) => id)).toEqual([trunk.id]);
    expect((await latecallOf(scene).pending({ ...scope, branch: 'c' })).map(({ id }) => id)).toEqual([other.id]);
  });

  it('may be abandoned again, and by many at the same time', async () => {
    const { scene, request, abandon } = await branched();
    const done1 = await scene.dispatch({ turn: 'turn_2' });
    await scene.complete(done1.id, 'u');
    const all = await Promise.all([abandon(), abandon(), abandon()]);
    expect(all.flatMap(({ cancelled }) => cancelled.map(({ id }) => id))).toEqual([request.id]);
    expect(all.flatMap(({ withheld }) => withheld.map(({ id }) => id))).toEqual([done1.id]);
    expect(await abandon()).toEqual({ cancelled: [], withheld: [] });
  });

  it('is told by the audit, without the result', async () => {
    const { scene, request, abandon } = await branched();
    await scene.complete(request.id, 'the secret');
    await abandon();
    expect(scene.reported('task.withheld')).toEqual(['abandoned']);
    expect(JSON.stringify(scene.events)).not.toContain('secret');
  });

  it.each([
    [{ ...scope, branch: 'x' }, 'unknown_branch', 'It has: b.'],
    [{ ...scope, thread: 'chat-2', branch: 'b' }, 'unknown_branch', 'It has none.'],
    [scope, 'invalid_scope', 'cancelAll'],
  ])('must be one that there is (case %#)', async (where, code, message) => {
    const { scene, request } = await branched();
    await expect(abandonIn(scene, where)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    expect((await scene.task(request.id)).status).toBe('working');
  });
});
