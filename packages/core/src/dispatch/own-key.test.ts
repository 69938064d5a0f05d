import { describe, expect, it } from 'vitest';
import {
  asks,
  calls,
  converse,
  createDeferred,
  createScene,
  placed,
  type Request,
  render,
  restarted,
  type Scene,
  scope,
  type TestMessage,
  thrownBy,
} from '../../test/fixtures.ts';
import { type AsyncToolDefinition, DispatchError, type TaskStore } from '../index.ts';

/** `order` and `refund` are one dispatch for each `no`. */
function shop(order: Partial<AsyncToolDefinition> = {}) {
  const dispatched: string[] = [];
  const idempotencyKey = ({ no }: { no: string }) => no;
  const dispatch = (_: unknown, context: { idempotencyKey: string }) => void dispatched.push(context.idempotencyKey);
  const scene = createScene({
    tools: { order: { idempotencyKey, dispatch, ...order }, refund: { idempotencyKey, dispatch } },
  });
  const buy = (turn: string, more: Parameters<Scene['dispatch']>[0] = {}, on = scene) =>
    on.dispatch({ toolName: 'order', callId: `call_${turn}`, turn, arguments: { no: '7' }, ...more });
  return { scene, dispatched, buy };
}

/** Each answer of the store comes some turns of the event loop later. */
function slowed(store: TaskStore): TaskStore {
  let asked = 0;
  const late = async <ANSWER>(answer: Promise<ANSWER>) => {
    asked += 1;
    for (let turns = asked % 7; turns > 0; turns -= 1) await new Promise<void>((resolve) => setImmediate(resolve));
    return answer;
  };
  return {
    ...store,
    create: (task) => late(store.create(task)),
    get: (ref) => late(store.get(ref)),
    list: (...which) => late(store.list(...which)),
    update: (...change) => late(store.update(...change)),
  };
}

const bought = (request: Request): TestMessage[] => [
  asks('Order 7.'),
  calls([request.functionCall.callId, 'order']),
  placed(request),
];

const resultLines = (shown: readonly string[]) => shown.filter((line) => line.includes('"done"'));

describe('a key of the app', () => {
  it('makes calls of several turns one dispatch', async () => {
    const { dispatched, buy } = shop();
    const one = await buy('t1');
    const two = await buy('t2');
    expect([two.id, two.handle, dispatched.length]).toEqual([one.id, one.handle, 1]);
    expect([one.functionCall.callId, two.functionCall.callId]).toEqual(['call_t1', 'call_t2']);
  });

  it('makes twenty calls at once one dispatch', async () => {
    const { dispatched, buy } = shop();
    const requests = await Promise.all(Array.from({ length: 20 }, (_, index) => buy(`t${index}`)));
    expect(new Set(requests.map(({ id }) => id)).size).toBe(1);
    expect(dispatched).toHaveLength(1);
  });

  it('makes twenty calls at once one dispatch where the store takes its time', async () => {
    const { dispatched, buy, scene } = shop();
    const slow = restarted(scene, { store: slowed(scene.store) });
    const requests = await Promise.all(Array.from({ length: 20 }, (_, index) => buy(`t${index}`, {}, slow)));
    expect(new Set(requests.map(({ id }) => id)).size).toBe(1);
    expect(dispatched).toHaveLength(1);
  });

  it('joins a call whose result is there', async () => {
    const { scene, dispatched, buy } = shop();
    const one = await buy('t1');
    await scene.complete(one.id, 'done');
    expect((await buy('t2')).id).toBe(one.id);
    expect(dispatched).toHaveLength(1);
  });

  it('joins in another process', async () => {
    const { scene, dispatched, buy } = shop();
    const one = await buy('t1');
    expect((await buy('t2', {}, restarted(scene))).id).toBe(one.id);
    expect(dispatched).toHaveLength(1);
  });

  it('repeats a dispatch that a crash has interrupted, with the same key for the outside', async () => {
    const begun = createDeferred();
    const keys: string[] = [];
    const { scene, buy } = shop({
      dispatch: (_: unknown, { idempotencyKey }: { idempotencyKey: string }) => {
        keys.push(idempotencyKey);
        begun.resolve();
        return keys.length === 1 ? new Promise<never>(() => undefined) : 'receipt';
      },
    });
    void buy('t1');
    await begun.promise;
    await buy('t2', {}, restarted(scene));
    expect([keys.length, new Set(keys).size]).toEqual([2, 1]);
  });

  it('with other arguments is refused, and nothing is dispatched', async () => {
    const { dispatched, buy } = shop();
    const one = await buy('t1');
    const error = await thrownBy(() => buy('t2', { arguments: { no: '7', gift: true } }));
    expect(DispatchError.isInstance(error, 'key_conflict')).toBe(true);
    expect(error).toMatchObject({ taskId: one.id, message: expect.stringContaining(one.handle) });
    expect(dispatched).toHaveLength(1);
  });

  it('with other arguments is refused where the policy cannot be asked, too', async () => {
    const { scene, buy } = shop();
    await buy('t1');
    const permissions = async () => {
      throw new Error('directory is down');
    };
    const again = restarted(scene, { policy: { permissions } });
    await expect(buy('t2', { arguments: { no: '7', gift: true } }, again)).rejects.toMatchObject({
      code: 'key_conflict',
    });
  });

  it('takes arguments in another order for the same', async () => {
    const { buy } = shop();
    const one = await buy('t1', { arguments: { no: '7', gift: true } });
    expect((await buy('t2', { arguments: { gift: true, no: '7' } })).id).toBe(one.id);
  });

  it('is of its tool, its thread and its tenant', async () => {
    const { dispatched, buy } = shop();
    await buy('t1');
    await buy('t2', { toolName: 'refund' });
    await buy('t3', { scope: { ...scope, thread: 'chat-2' } });
    await buy('t4', { scope: { ...scope, tenant: 'other' } });
    expect(new Set(dispatched).size).toBe(4);
  });

  it('is not told to the outside in the clear', async () => {
    const { dispatched, buy } = shop();
    await buy('t1', { arguments: { no: 'card-4711' } });
    expect(dispatched.join()).not.toContain('4711');
  });

  it.each(['', 'x'.repeat(201), 7, null])('is refused as %j', async (key) => {
    const { scene, buy } = shop({ idempotencyKey: () => key as string });
    await expect(buy('t1')).rejects.toMatchObject({ code: 'invalid_key' });
    expect(await scene.store.list(scope)).toEqual([]);
  });
});

describe('two calls of one dispatch', () => {
  it('are both shown the result where both are in one step', async () => {
    const { scene, buy } = shop();
    const one = await buy('t1', { callId: 'c1' });
    const two = await buy('t1', { callId: 'c2', occurrence: 1 });
    await scene.complete(one.id, 'done');
    const messages = [asks(), calls(['c1', 'order'], ['c2', 'order']), placed(one, two)];
    expect((await converse(scene, messages)).shown.slice(2)).toEqual([
      expect.stringMatching(/^tool c1 .*"done"/),
      expect.stringMatching(/^tool c2 .*"done"/),
    ]);
  });

  it('are one task that a suspended run waits for', async () => {
    const { scene, buy } = shop();
    const one = await buy('t1', { callId: 'c1' });
    const two = await buy('t1', { callId: 'c2', occurrence: 1 });
    const turn = await scene.begin([asks(), calls(['c1', 'order'], ['c2', 'order']), placed(one, two)]);
    expect(turn.type === 'suspended' && turn.open.map(({ id }) => id)).toEqual([one.id]);
  });

  it('are each shown the result in their place, when the first had been told it before the second was made', async () => {
    const { scene, buy } = shop();
    const one = await buy('t1');
    await scene.complete(one.id, 'done');
    const first = await converse(scene, bought(one));
    const two = await buy('t2');
    const second = await converse(scene, [...first.messages, ...bought(two)]);
    expect(second.shown).toEqual([
      ...first.shown,
      'assistant Fine.',
      'user Order 7.',
      'assistant  calls call_t2',
      `tool call_t2 ${one.handle} {"result":"done","status":"completed"}`,
    ]);
  });

  /** The first call was sent its placeholder, the result was appended, and then the second call is made. */
  async function appendedBefore(tool: Partial<AsyncToolDefinition> = {}) {
    const { scene, buy } = shop(tool);
    const one = await buy('t1');
    const waiting = await converse(scene, [...bought(one), asks('And?')]);
    await scene.complete(one.id, 'done');
    const told = await converse(scene, waiting.messages);
    const two = await buy('t2');
    return { scene, one, two, told, messages: [...told.messages, ...bought(two)] };
  }

  it('are each shown the result once, when that of the first was appended before the second was made', async () => {
    const { scene, one, told, messages } = await appendedBefore();
    const { shown } = await converse(scene, messages);
    expect(shown).toEqual([
      ...told.shown,
      'assistant Fine.',
      'user Order 7.',
      'assistant  calls call_t2',
      `tool call_t2 ${one.handle} {"result":"done","status":"completed"}`,
    ]);
    expect(resultLines(shown)).toHaveLength(2);
  });

  it('keep what was sent in later prompts, from the history alone too', async () => {
    const { scene, messages } = await appendedBefore();
    const before = await converse(scene, messages);
    const moved = [...before.messages, asks('Thanks.')];
    const expected = [...before.shown, 'assistant Fine.', 'user Thanks.'];
    expect(render(moved, (await scene.open(moved)).plan)).toEqual(expected);
    const forgetful = createScene({ tools: Object.fromEntries(scene.tools) });
    expect(render(moved, (await forgetful.open(moved)).plan)).toEqual(expected);
  });

  it('where the result came by envelope are shown it once each, too', async () => {
    const { scene, messages } = await appendedBefore({ delivery: 'envelope' });
    expect(resultLines((await converse(scene, messages)).shown)).toHaveLength(2);
  });

  it('have the result appended once, behind both, when both were pending', async () => {
    const { scene, buy } = shop({ mode: 'continue' });
    const one = await buy('t1');
    const waiting = await converse(scene, [...bought(one), asks('And?')]);
    const two = await buy('t2');
    const both = await converse(scene, [...waiting.messages, ...bought(two)]);
    await scene.complete(one.id, 'done');
    const told = await converse(scene, both.messages);
    expect(told.shown).toEqual([
      ...both.shown,
      'assistant Fine.',
      `append late_${one.handle} ${one.handle} {"result":"done","status":"completed"}`,
    ]);
    const after = await converse(scene, [...told.messages, asks('Thanks.')]);
    expect(after.shown.slice(0, told.shown.length)).toEqual(told.shown);
    expect(resultLines(after.shown)).toHaveLength(1);
  });

  it('have the result appended behind a second call that the run waits for', async () => {
    const { scene, buy } = shop();
    const one = await buy('t1');
    const waiting = await converse(scene, [...bought(one), asks('Order it again.')]);
    const two = await buy('t2');
    const messages = [...waiting.messages, calls(['call_t2', 'order']), placed(two)];
    await scene.complete(one.id, 'done');
    for (const atRest of [true, false]) {
      const turn = await scene.open(messages, { atRest });
      const shown = render(messages, turn.plan);
      expect(shown.slice(0, waiting.shown.length)).toEqual(waiting.shown);
      expect(shown.slice(-2)).toEqual([
        `tool call_t2 ${one.handle} placeholder`,
        `append late_${one.handle} ${one.handle} {"result":"done","status":"completed"}`,
      ]);
      await turn.release();
    }
  });

  it('that were left open are each answered, behind their calls', async () => {
    const { scene, buy } = shop({ mode: 'continue' });
    const native = (request: Request): TestMessage => ({
      ...calls(),
      calls: [{ callId: request.functionCall.callId, name: 'order', native: true }],
    });
    const model = { openCalls: true };
    const one = await buy('t1');
    const open = await converse(scene, [asks(), native(one), asks('And?')], { model });
    await scene.complete(one.id, 'done');
    const told = await converse(scene, open.messages, { model });
    expect(told.shown.at(-1)).toMatch(/^native call_t1 .*"done"/);
    const two = await buy('t2');
    const messages = [...told.messages, asks('Again.'), native(two), placed(two)];
    const { shown } = await converse(scene, messages, { model });
    expect(shown.slice(0, told.shown.length)).toEqual(told.shown);
    expect(shown.at(-1)).toMatch(/^tool call_t2 .*"done"/);
    expect(resultLines(shown)).toHaveLength(2);
  });

  it('have a second call found that has no part in the history yet', async () => {
    const { scene, buy } = shop();
    const one = await buy('t1');
    const two = await buy('t2');
    const messages = [...bought(one), asks('Again.'), calls([two.functionCall.callId, 'order'])];
    expect(await scene.begin(messages)).toMatchObject({ type: 'suspended', open: [{ id: one.id }] });
  });

  it('are told once to a history that lost the answer', async () => {
    const { scene, buy } = shop();
    const one = await buy('t1');
    const two = await buy('t2');
    await scene.complete(one.id, 'done');
    const messages = [...bought(one), ...bought(two)];
    await converse(scene, messages);
    const turn = await scene.open(messages);
    expect(await turn.finish()).toHaveLength(1);
  });
});
