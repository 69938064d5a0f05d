import { describe, expect, it } from 'vitest';
import {
  asks,
  converse,
  createScene,
  done,
  pendingChat,
  restarted,
  type SceneOptions,
  scope,
  thrownBy,
  until,
} from '../../test/fixtures.ts';
import { DispatchError, type Policy, type PolicyCall, type PolicyQuestion } from '../index.ts';

const never = () => new Promise<never>(() => undefined);

async function pending(policy: Policy, options: SceneOptions = {}) {
  const scene = createScene({ ...options, policy });
  return { scene, ...(await pendingChat(scene)) };
}

describe('permissions', () => {
  it('are asked for with the call, and stored with the task', async () => {
    const asked: PolicyCall[] = [];
    const permissions = (call: PolicyCall) => {
      asked.push(call);
      return { roles: ['editor'] };
    };
    const { scene, request } = await pending({ permissions });
    expect(asked).toEqual([{ toolName: 'render', arguments: { script: 'a' }, scope }]);
    expect((await scene.task(request.id)).permissions).toEqual({ roles: ['editor'] });
  });

  it('stand in the audit beside what is permitted now, on arrival and on consumption', async () => {
    const authorize = ({ at }: PolicyQuestion) => ({ allow: at === 'arrival', permissions: [at], reason: 'not yours' });
    const { scene, request, messages } = await pending({ permissions: () => ['editor'], authorize });
    await scene.complete(request.id, 'u');
    await converse(scene, messages);
    expect(scene.events.find(({ type }) => type === 'task.withheld')).toMatchObject({
      permissions: { atDispatch: ['editor'], now: ['consumption'] },
    });
  });

  it('stand in the audit of a result that was shown, too', async () => {
    const authorize = () => ({ allow: true, permissions: ['viewer'] });
    const { scene, request, messages } = await pending({ permissions: () => ['editor'], authorize });
    await scene.complete(request.id, 'u');
    await converse(scene, messages);
    expect(scene.events.find(({ type }) => type === 'task.consumed')).toMatchObject({
      permissions: { atDispatch: ['editor'], now: ['viewer'] },
    });
  });

  it('of the first dispatch stay when its turn is run again', async () => {
    const now = { role: 'editor' };
    const scene = createScene({ policy: { permissions: () => ({ ...now }) } });
    const { id } = await scene.dispatch();
    now.role = 'viewer';
    await scene.dispatch();
    expect((await scene.task(id)).permissions).toEqual({ role: 'editor' });
  });
});

describe('the reason of a decision', () => {
  it('is what the model is told of a result that is withheld when it is consumed', async () => {
    const authorize = ({ at }: PolicyQuestion) => ({ allow: at === 'arrival', reason: 'the contract has ended' });
    const { scene, request, messages } = await pending({ authorize });
    await scene.complete(request.id, 'secret');
    const { shown } = await converse(scene, messages);
    expect(shown.at(-1)).toBe(`tool c1 ${request.handle} {"reason":"the contract has ended","status":"withheld"}`);
  });
});

describe.each(['permissions', 'snapshot'] as const)('%s that cannot be found out', (name) => {
  it.each([
    ['throws', () => Promise.reject(new Error('directory is down'))],
    ['is not JSON', () => new Date(0) as never],
  ])('because the function %s keep the call from being dispatched', async (_, fail) => {
    let runs = 0;
    const scene = createScene({
      policy: { [name]: fail },
      tools: {
        render: {
          dispatch: () => {
            runs += 1;
          },
        },
      },
    });
    const error = await thrownBy(() => scene.dispatch());
    expect(DispatchError.isInstance(error, 'policy_failed')).toBe(true);
    expect(runs).toBe(0);
    expect(await scene.store.list(scope)).toEqual([]);
  });

  it('because the function never answers count as failed after its time', async () => {
    const scene = createScene({ policy: { [name]: never }, policyTimeout: '2s' });
    const refused = thrownBy(() => scene.dispatch());
    await until(() => scene.clock.waiting === 1);
    await scene.clock.advance(2_000);
    expect(await refused).toMatchObject({ code: 'policy_failed', message: expect.stringContaining('2000 ms') });
  });

  it('do not keep the turn of a dispatched call from being run again', async () => {
    const directory: { down: boolean } = { down: false };
    const asked = async () => {
      if (directory.down) throw new Error('directory is down');
      return 'r';
    };
    const scene = createScene({ policy: { [name]: asked } });
    const { id } = await scene.dispatch();
    directory.down = true;
    expect(await restarted(scene, { policy: { [name]: asked } }).dispatch({ callId: 'c2' })).toMatchObject({ id });
  });

  it('do not keep a turn from being run again whose second attempt was dispatched', async () => {
    const farm: { down: boolean; directoryDown: boolean } = { down: true, directoryDown: false };
    const policy = {
      [name]: async () => {
        if (farm.directoryDown) throw new Error('directory is down');
        return 'r';
      },
    };
    const dispatch = async () => {
      if (farm.down) throw new Error('farm is down');
    };
    const scene = createScene({ policy, tools: { render: { dispatch } } });
    await thrownBy(() => scene.dispatch());
    farm.down = false;
    const { id } = await scene.dispatch();
    farm.directoryDown = true;
    expect(await scene.dispatch()).toMatchObject({ id });
  });
});

describe('whether a result is fresh', () => {
  const stale = (line: string | undefined) => line?.endsWith(' stale');

  async function lastShown(policy: Policy, change: () => void, staleResult?: 'mark' | 'refuse') {
    const scene = createScene({
      policy,
      tools: { render: staleResult === undefined ? {} : { staleResult } },
    });
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'secret');
    change();
    const { shown } = await converse(scene, messages);
    return { scene, shown: shown.at(-1), id: request.id };
  }

  it('is found out by taking the snapshot anew, if the policy says nothing else', async () => {
    const world = { commit: 'a', branch: 'main' };
    const policy = { snapshot: () => ({ ...world }) };
    expect(stale((await lastShown(policy, () => {})).shown)).toBe(false);
    const { shown } = await lastShown(policy, () => {
      world.commit = 'b';
    });
    expect(stale(shown)).toBe(true);
  });

  it('does not depend on the order of keys in a snapshot', async () => {
    let order = ['a', 'b'];
    const snapshot = () => Object.fromEntries(order.map((key) => [key, key]));
    const { shown } = await lastShown({ snapshot }, () => {
      order = ['b', 'a'];
    });
    expect(stale(shown)).toBe(false);
  });

  it('is said by isFresh where there is one, whatever the snapshot', async () => {
    let taken = 0;
    const snapshot = () => {
      taken += 1;
      return taken;
    };
    const { shown } = await lastShown({ snapshot, isFresh: () => true }, () => {});
    expect([stale(shown), taken]).toEqual([false, 1]);
  });

  it('is not known of a call without a snapshot, so its result counts as stale', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'u');
    const { shown } = await converse(restarted(scene, { policy: { snapshot: () => 'new' } }), messages);
    expect(stale(shown.at(-1))).toBe(true);
  });

  it('leaves a stale result with a mark where the tool says mark', async () => {
    const { shown } = await lastShown({ isFresh: () => false }, () => {}, 'mark');
    expect(shown).toContain('secret');
    expect(stale(shown)).toBe(true);
  });

  it('withholds a stale result where the tool says refuse, and tells why', async () => {
    const { scene, shown, id } = await lastShown({ isFresh: () => false }, () => {}, 'refuse');
    expect(shown).not.toContain('secret');
    expect(shown).toContain('what it speaks of has changed');
    expect((await scene.task(id)).consumption?.outcome.status).toBe('withheld');
  });

  it.each([
    ['throws', () => Promise.reject(new Error('git is down'))],
    ['gives no answer', () => undefined as never],
  ])('is not known where isFresh %s: nothing is shown, and the next run asks again', async (_, fail) => {
    const git: { down: boolean } = { down: true };
    const { scene, request, messages } = await pending({ isFresh: () => (git.down ? fail() : true) });
    await scene.complete(request.id, 'u');
    expect((await scene.begin(messages)).type).toBe('suspended');
    expect(scene.reported('policy.failed')).toHaveLength(1);
    git.down = false;
    expect((await converse(scene, messages)).shown.at(-1)).toContain('"u"');
  });
});

describe('a policy that takes too long on consumption', () => {
  it('counts as failed after its time: nothing is shown', async () => {
    const { scene, request, messages } = await pending({
      authorize: ({ at }) => (at === 'consumption' ? never() : true),
    });
    await scene.complete(request.id, 'u');
    const turn = scene.begin([...messages, asks('And?')]);
    await until(() => scene.clock.waiting === 1);
    await scene.clock.advance(10_000);
    expect(await turn).toMatchObject({ type: 'open', tells: new Set() });
    expect(scene.reported('policy.failed')).toEqual([expect.stringContaining('10000 ms')]);
  });

  it('leaves no timer behind when it answers in time', async () => {
    const { scene, request, messages } = await pending({ authorize: async () => true, snapshot: () => 1 });
    await scene.complete(request.id, 'u');
    await converse(scene, messages);
    expect(scene.clock.waiting).toBe(0);
  });
});

describe('a result in phase authorizing', () => {
  async function undecided() {
    const directory: { down: boolean } = { down: true };
    const scene = createScene({
      policy: {
        authorize: async () => {
          if (directory.down) throw new Error('directory is down');
          return true;
        },
      },
    });
    const chat = await pendingChat(scene);
    await scene.complete(chat.request.id, 'u');
    return { scene, directory, ...chat };
  }

  it('is the outcome that has won: another one is a conflict', async () => {
    const { scene, request } = await undecided();
    expect((await scene.complete(request.id, 'u')).verdict).toBe('duplicate');
    expect((await scene.complete(request.id, 'v')).verdict).toBe('conflict');
  });

  it('does not expire', async () => {
    const { scene, request } = await undecided();
    await scene.clock.advance(86_400_000);
    expect(await scene.store.expireDue({ now: scene.clock.now() })).toEqual([]);
    expect((await scene.task(request.id)).phase).toBe('authorizing');
  });

  it('is decided by a run of another process, and shown by it', async () => {
    const { scene, messages } = await undecided();
    const { shown } = await converse(restarted(scene), messages);
    expect(shown.at(-1)).toContain('"u"');
  });

  it('is settled once, however many runs ask the policy at the same time', async () => {
    const { scene, directory, messages } = await undecided();
    directory.down = false;
    await Promise.all(['a', 'b', 'c'].map((claimant) => scene.begin([...messages, asks()], { claimant })));
    expect(scene.reported('task.settled')).toEqual(['completed']);
    expect(done('u')).toEqual((await scene.store.list(scope))[0]?.finalSettlement);
  });
});
