import { describe, expect, it } from 'vitest';
import {
  asks,
  converse,
  createScene,
  latecallOf,
  pendingChat,
  restarted,
  type Scene,
  type SceneOptions,
  scope,
} from '../../test/fixtures.ts';
import { settlementOf } from '../index.ts';

const branch = { ...scope, branch: 'b' };

/** `build` builds on what its input names. */
const tools: SceneOptions['tools'] = { render: {}, build: { dependsOn: ({ on }: { on: string[] }) => on } };

async function builtOn(scene: Scene, handles: readonly string[], more: Parameters<Scene['dispatch']>[0] = {}) {
  return scene.dispatch({ toolName: 'build', callId: `on-${handles.join('-')}`, arguments: { on: handles }, ...more });
}

const cancelAll = (scene: Scene, where = scope, reason?: string) =>
  latecallOf(scene).cancelAll({ scope: where, tools: scene.tools, ...(reason === undefined ? {} : { reason }) });

const statusOf = async (scene: Scene, id: string, where = scope) =>
  (await scene.store.get({ scope: where, id }))?.status;

const reasonOf = async (scene: Scene, id: string) => {
  const settlement = settlementOf(await scene.task(id));
  return settlement?.status === 'cancelled' ? settlement.reason : undefined;
};

describe('cancelAll', () => {
  it('cancels the open tasks of all branches, with a verdict for each and the reason for the model', async () => {
    const scene = createScene();
    const one = await scene.dispatch();
    const two = await scene.dispatch({ scope: branch });
    const verdicts = await cancelAll(scene, scope, 'enough');
    expect(verdicts.map(({ id, verdict }) => [id, verdict])).toEqual([
      [one.id, 'accepted'],
      [two.id, 'accepted'],
    ]);
    expect(await reasonOf(scene, one.id)).toBe('enough');
  });

  it('cancels those of one branch only, if the scope names one', async () => {
    const scene = createScene();
    const one = await scene.dispatch();
    const two = await scene.dispatch({ scope: branch });
    await cancelAll(scene, branch);
    expect([await statusOf(scene, one.id), await statusOf(scene, two.id, branch)]).toEqual(['working', 'cancelled']);
  });

  it('leaves other conversations and what is over alone', async () => {
    const scene = createScene();
    const over = await scene.dispatch();
    await scene.complete(over.id, 'u');
    const elsewhere = { ...scope, thread: 'chat-2' };
    const other = await scene.dispatch({ scope: elsewhere });
    expect(await cancelAll(scene)).toEqual([]);
    expect([await statusOf(scene, over.id), await statusOf(scene, other.id, elsewhere)]).toEqual([
      'completed',
      'working',
    ]);
  });

  it('gives dependents the same reason, and a verdict too', async () => {
    const scene = createScene({ tools });
    const one = await scene.dispatch();
    const two = await builtOn(scene, [one.handle]);
    const verdicts = await cancelAll(scene, scope, 'enough');
    expect(verdicts.map(({ id }) => id)).toEqual([one.id, two.id]);
    expect(await reasonOf(scene, two.id)).toBe('enough');
  });

  it('of one branch has a verdict for what depended on it in another', async () => {
    const scene = createScene({ tools });
    const one = await scene.dispatch({ scope: branch });
    const two = await builtOn(scene, [one.handle]);
    expect((await cancelAll(scene, branch)).map(({ id }) => id)).toEqual([one.id, two.id]);
  });

  it('tells the outside of each task once, however many cancel at the same time', async () => {
    const told: string[] = [];
    const onCancel = async ({ id }: { id: string }) => void told.push(id);
    const scene = createScene({ tools: { render: { onCancel } } });
    const ids = [];
    for (const turn of ['t1', 't2', 't3']) ids.push((await scene.dispatch({ turn })).id);
    const verdicts = await Promise.all([cancelAll(scene), cancelAll(scene), cancelAll(scene)]);
    expect([told.length, new Set(told)]).toEqual([3, new Set(ids)]);
    expect(verdicts.flat()).toHaveLength(3);
  });

  it('needs a valid scope', async () => {
    await expect(cancelAll(createScene(), { thread: '' })).rejects.toMatchObject({ code: 'invalid_scope' });
  });
});

describe('a task that depends on a cancelled one', () => {
  it('is cancelled too, and what depends on it; the model reads why', async () => {
    const scene = createScene({ tools });
    const one = await scene.dispatch();
    const two = await builtOn(scene, [one.handle]);
    const three = await builtOn(scene, [two.handle]);
    await latecallOf(scene).cancel({ id: one.id, scope, tools: scene.tools, reason: 'enough' });
    expect(await Promise.all([one, two, three].map(({ id }) => reasonOf(scene, id)))).toEqual([
      'enough',
      `it depends on "${one.handle}", which was cancelled`,
      `it depends on "${two.handle}", which was cancelled`,
    ]);
  });

  it('is cancelled in another branch, too', async () => {
    const scene = createScene({ tools });
    const one = await scene.dispatch();
    const two = await builtOn(scene, [one.handle], { scope: branch });
    await latecallOf(scene).cancel({ id: one.id, scope, tools: scene.tools });
    expect(await statusOf(scene, two.id, branch)).toBe('cancelled');
  });

  it('stays as it is when it is over, and so does what depends on it alone', async () => {
    const scene = createScene({ tools });
    const one = await scene.dispatch();
    const two = await builtOn(scene, [one.handle]);
    const three = await builtOn(scene, [two.handle]);
    await scene.complete(two.id, 'built');
    await latecallOf(scene).cancel({ id: one.id, scope, tools: scene.tools });
    expect([await statusOf(scene, two.id), await statusOf(scene, three.id)]).toEqual(['completed', 'working']);
  });

  it('is cancelled when the outside itself cancels what it depends on', async () => {
    const scene = createScene({ tools });
    const one = await scene.dispatch();
    const two = await builtOn(scene, [one.handle]);
    await scene.settle(one.id, { status: 'cancelled' });
    expect(await statusOf(scene, two.id)).toBe('cancelled');
  });

  it('goes on when what it depends on fails: it may know better', async () => {
    const scene = createScene({ tools });
    const one = await scene.dispatch();
    const two = await builtOn(scene, [one.handle]);
    await scene.settle(one.id, { status: 'failed', error: { message: 'no' } });
    expect(await statusOf(scene, two.id)).toBe('working');
  });

  /** The process died between the cancellation and its consequences. */
  async function diedInBetween() {
    const scene = createScene({ tools });
    const { request: one, messages } = await pendingChat(scene);
    const two = await builtOn(scene, [one.handle]);
    await scene.store.settle({ scope, id: one.id }, { settlement: { status: 'cancelled' }, now: scene.clock.now() });
    return { scene, one, two, messages };
  }

  it('is cancelled by the next run where the process died in between', async () => {
    const { scene, two, messages } = await diedInBetween();
    await converse(restarted(scene), messages);
    expect(await statusOf(scene, two.id)).toBe('cancelled');
  });

  it('is cancelled by the next attempt where the process died in between', async () => {
    const { scene, one, two } = await diedInBetween();
    const { verdict } = await latecallOf(scene).cancel({ id: one.id, scope, tools: scene.tools });
    expect([verdict, await statusOf(scene, two.id)]).toEqual(['duplicate', 'cancelled']);
  });
});

describe('onCancel', () => {
  const later = 600_000;

  async function cancelled(onCancel: (attempt: number) => void | Promise<void>) {
    let attempts = 0;
    const scene = createScene({
      tools: {
        render: {
          onCancel: () => {
            attempts += 1;
            return onCancel(attempts);
          },
        },
      },
    });
    const { request, messages } = await pendingChat(scene);
    const cancel = () => latecallOf(scene).cancel({ id: request.id, scope, tools: scene.tools });
    return { scene, request, messages, cancel, attempts: () => attempts };
  }

  const throwAtFirst = async (attempt: number) => {
    if (attempt === 1) throw new Error('farm is down');
  };

  it('that did its work is noted, and not called again', async () => {
    const { scene, request, messages, cancel, attempts } = await cancelled(() => {});
    await cancel();
    expect((await scene.task(request.id)).cancelToldAt).toBe(scene.clock.now());
    await scene.clock.advance(later);
    await converse(scene, messages);
    expect(attempts()).toBe(1);
  });

  it('that threw is called again by the next run after takeOverAfter', async () => {
    const { scene, request, messages, cancel, attempts } = await cancelled(throwAtFirst);
    await cancel();
    await scene.clock.advance(later);
    await converse(restarted(scene), messages);
    expect(attempts()).toBe(2);
    expect((await scene.task(request.id)).cancelToldAt).toBe(scene.clock.now());
  });

  it('that threw is called again although a model was told of the cancellation meanwhile', async () => {
    const { scene, messages, cancel, attempts } = await cancelled(throwAtFirst);
    await cancel();
    const told = await converse(scene, messages);
    expect(attempts()).toBe(1);
    await scene.clock.advance(later);
    await converse(scene, [...told.messages, asks()]);
    expect(attempts()).toBe(2);
  });

  it('is called by a later run where the process died before it', async () => {
    const { scene, request, messages, attempts } = await cancelled(() => {});
    await scene.store.settle(
      { scope, id: request.id },
      { settlement: { status: 'cancelled' }, now: scene.clock.now() },
    );
    await scene.clock.advance(later - 1);
    await (await scene.open(messages)).release();
    expect(attempts()).toBe(0);
    await scene.clock.advance(1);
    await converse(restarted(scene), messages);
    expect(attempts()).toBe(1);
  });

  it('is called for a dependent, too', async () => {
    const told: string[] = [];
    const onCancel = ({ handle }: { handle: string }) => void told.push(handle);
    const scene = createScene({ tools: { render: { onCancel }, build: { ...tools?.build, onCancel } } });
    const one = await scene.dispatch();
    const two = await builtOn(scene, [one.handle]);
    await latecallOf(scene).cancel({ id: one.id, scope, tools: scene.tools });
    expect(told).toEqual([one.handle, two.handle]);
  });
});
