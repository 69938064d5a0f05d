import { describe, expect, it } from 'vitest';
import {
  calls,
  converse,
  createScene,
  latecallOf,
  pendingChat,
  restarted,
  type SceneOptions,
  scope,
  thrownBy,
} from '../../test/fixtures.ts';
import { type AsyncToolDefinition, DispatchError } from '../index.ts';

async function pending(tool: Partial<AsyncToolDefinition> = {}, options: SceneOptions = {}) {
  const scene = createScene({ limits: { resultBytes: 20 }, ...options, tools: { render: tool } });
  return { scene, ...(await pendingChat(scene)) };
}

/** JSON text of exactly so many bytes. */
const ofBytes = (bytes: number) => 'x'.repeat(bytes - 2);

describe('limits.resultBytes', () => {
  it('takes a result of just that size', async () => {
    const { scene, request } = await pending();
    expect((await scene.complete(request.id, ofBytes(20))).verdict).toBe('accepted');
  });

  it('refuses a larger result as invalid, says what to do, and the task goes on', async () => {
    const { scene, request } = await pending();
    const { verdict, message } = await scene.complete(request.id, ofBytes(21));
    expect([verdict, message]).toEqual(['invalid', expect.stringMatching(/21 bytes.*at most 20.*limits\.resultBytes/)]);
    expect((await scene.complete(request.id, 'small')).verdict).toBe('accepted');
  });

  it('counts bytes, not characters', async () => {
    const { scene, request } = await pending();
    expect((await scene.complete(request.id, 'ü'.repeat(10))).verdict).toBe('invalid');
  });

  it('refuses a failure that tells too much', async () => {
    const { scene, request } = await pending();
    const outcome = { status: 'failed', error: { message: 'x'.repeat(100) } };
    expect((await scene.settle(request.id, outcome)).verdict).toBe('invalid');
  });

  it('is measured before the schema is asked', async () => {
    let checks = 0;
    const validate = (value: unknown) => {
      checks += 1;
      return { value };
    };
    const { scene, request } = await pending({ resultSchema: { '~standard': { version: 1, vendor: 't', validate } } });
    await scene.complete(request.id, ofBytes(21));
    expect(checks).toBe(0);
  });

  it('fails a dispatch whose receipt is larger', async () => {
    const scene = createScene({ limits: { resultBytes: 20 }, tools: { render: { dispatch: () => ofBytes(21) } } });
    const error = await thrownBy(() => scene.dispatch());
    expect(DispatchError.isInstance(error, 'invalid_dispatch_result')).toBe(true);
    expect(await scene.store.list(scope)).toMatchObject([{ status: 'failed' }]);
  });

  it('refuses a larger answer as invalid; the question stays open', async () => {
    const { scene, request } = await pending();
    const { report, answer } = latecallOf(scene);
    await report({ id: request.id, inputRequest: { message: 'Which?' } });
    const { verdict, message } = await answer({ id: request.id, scope, answer: ofBytes(21), tools: scene.tools });
    expect([verdict, message]).toEqual(['invalid', expect.stringContaining('21 bytes')]);
    expect((await scene.task(request.id)).status).toBe('input_required');
  });

  it('is one mebibyte, if nothing else is said', async () => {
    const { scene, request } = await pending({}, { limits: {} });
    expect((await scene.complete(request.id, ofBytes(1_048_577))).verdict).toBe('invalid');
    expect((await scene.complete(request.id, ofBytes(1_048_576))).verdict).toBe('accepted');
  });
});

describe('limits.pendingTasks', () => {
  /** Two may be pending; the third call is one too many. */
  async function full() {
    let runs = 0;
    const dispatch = () => {
      runs += 1;
    };
    const scene = createScene({ limits: { pendingTasks: 2 }, tools: { render: { dispatch } } });
    const one = await scene.dispatch({ turn: 't1' });
    const two = await scene.dispatch({ turn: 't2' });
    return { scene, one, two, third: () => scene.dispatch({ turn: 't3', callId: 'c3' }), runs: () => runs };
  }

  it('refuses the one too many: nothing is dispatched, and the error says why', async () => {
    const { third, runs } = await full();
    const error = await thrownBy(third);
    expect(DispatchError.isInstance(error, 'too_many_pending')).toBe(true);
    expect(error).toMatchObject({ message: expect.stringContaining('2 calls of this conversation') });
    expect(runs()).toBe(2);
  });

  it('leaves the refusal to the tool error of the host: no result of ours is pending or told', async () => {
    const { scene, third } = await full();
    await thrownBy(third);
    expect(await latecallOf(scene).pending(scope)).toHaveLength(2);
    expect(await scene.store.ready()).toEqual([]);
    const { shown } = await converse(scene, [calls(['c3', 'render'])]);
    expect(shown).toEqual(['assistant  calls c3']);
    expect(scene.reported('task.dispatch-failed')).toEqual(['too_many_pending']);
  });

  it('refuses it again when the turn is run again, also after a crash', async () => {
    const { scene, third, runs } = await full();
    await thrownBy(third);
    await expect(third()).rejects.toMatchObject({ code: 'too_many_pending' });
    const again = restarted(scene, { limits: { pendingTasks: 2 } });
    await expect(again.dispatch({ turn: 't3' })).rejects.toMatchObject({ code: 'too_many_pending' });
    expect(runs()).toBe(2);
  });

  it('lets it through once another one is settled', async () => {
    const { scene, one, third, runs } = await full();
    await thrownBy(third);
    await scene.complete(one.id, 'u');
    expect((await third()).functionCall.callId).toBe('c3');
    expect(runs()).toBe(3);
  });

  it('does not keep a turn from being run again that was dispatched', async () => {
    const { scene, two } = await full();
    expect((await scene.dispatch({ turn: 't2' })).id).toBe(two.id);
  });

  it('refuses only those that are too many of several at once', async () => {
    const scene = createScene({ limits: { pendingTasks: 3 } });
    const attempts = Array.from({ length: 5 }, (_, index) => scene.dispatch({ turn: `t${index}` }));
    const settled = await Promise.allSettled(attempts);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(await latecallOf(scene).pending(scope)).toHaveLength(3);
  });

  it('counts each conversation for itself', async () => {
    const { scene } = await full();
    expect((await scene.dispatch({ scope: { ...scope, thread: 'chat-2' } })).handle).toMatch(/^render_/);
  });

  it('is a thousand, if nothing else is said', () => {
    expect(createScene().runtime.limits.pendingTasks).toBe(1_000);
  });
});
