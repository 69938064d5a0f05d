import { describe, expect, it } from 'vitest';
import {
  asks,
  calls,
  converse,
  latecallOf,
  placed,
  type Scene,
  says,
  scope,
  type TestMessage,
} from '../../test/fixtures.ts';
import { createRunnerScene } from '../../test/runner-scene.ts';
import { type AsyncToolDefinition, createMemoryStore, type TaskQuery, taskQueryTool } from '../index.ts';

/** Tools with the one that asks about them; one call of `render` and one of `send` are pending. */
async function asked(more: Readonly<Record<string, Partial<AsyncToolDefinition>>> = {}) {
  const store = createMemoryStore();
  const tools = { render: {}, send: {}, check: taskQueryTool(store), ...more };
  const scene = createRunnerScene({ store, tools });
  const one = await scene.dispatch({ callId: 'c1' });
  const two = await scene.dispatch({ callId: 'c2', toolName: 'send' });
  const before = [asks(), calls(['c1', 'render'], ['c2', 'send']), placed(one, two), asks('How is it?')];
  const query = async (input: TaskQuery): Promise<TestMessage[]> => {
    const request = await check(scene, input);
    return [...before, calls(['q1', 'check']), placed(request)];
  };
  return { scene, one, two, query };
}

const check = (scene: Scene, input: TaskQuery) =>
  scene.dispatch({ callId: 'q1', toolName: 'check', turn: 'turn_2', arguments: input });

/** What the model reads as the answer of its question. */
function answerIn(shown: readonly string[]): unknown {
  const line = shown.find((each) => each.startsWith('tool q1'));
  const json = line?.slice(line.indexOf('{'));
  return json === undefined ? undefined : (JSON.parse(json) as { result: { tasks: unknown } }).result.tasks;
}

const pending = (request: { handle: string; functionCall: { name: string } }) => ({
  handle: request.handle,
  tool: request.functionCall.name,
  status: 'pending',
});

describe('a question that only looks', () => {
  it('is answered in the same run with all that is pending', async () => {
    const { scene, one, two, query } = await asked();
    const { shown } = await converse(scene, await query({}), { atRest: false });
    expect(answerIn(shown)).toEqual([pending(one), pending(two)]);
  });

  it('says of each what became of it, and whether the model has it', async () => {
    const { scene, one, two, query } = await asked();
    await scene.complete(one.id, 'u');
    const messages = await query({ handles: [one.handle, two.handle] });
    const { shown } = await converse(scene, messages, { atRest: false });
    expect(answerIn(shown)).toEqual([
      { handle: one.handle, tool: 'render', status: 'completed; you are given it' },
      pending(two),
    ]);
  });

  it('says of a result that was told that it was given', async () => {
    const { scene, one } = await asked();
    await scene.complete(one.id, 'u');
    const told = await converse(scene, [asks(), calls(['c1', 'render']), placed(one)]);
    const request = await check(scene, { handles: [one.handle] });
    const { shown } = await converse(scene, [...told.messages, calls(['q1', 'check']), placed(request)]);
    expect(answerIn(shown)).toMatchObject([{ status: 'completed; you were given it' }]);
  });

  it('says of a task that waits for an answer that it does', async () => {
    const { scene, one, query } = await asked();
    await latecallOf(scene).report({ id: one.id, inputRequest: { message: 'Which?' } });
    const { shown } = await converse(scene, await query({ handles: [one.handle] }));
    expect(answerIn(shown)).toMatchObject([{ status: 'waits for an answer of the user' }]);
  });

  it('does not name results, receipts or ids', async () => {
    const { scene, one, query } = await asked();
    await scene.complete(one.id, 'the secret');
    const { shown } = await converse(scene, await query({ handles: [one.handle] }), { atRest: false });
    expect(JSON.stringify(answerIn(shown))).not.toMatch(/secret|job-1|task_/);
  });

  it('is answered with nothing where nothing is pending', async () => {
    const { scene, one, two, query } = await asked();
    await scene.complete(one.id, 'u');
    await scene.complete(two.id, 'v');
    await scene.clock.advance(1);
    expect(answerIn((await converse(scene, await query({}))).shown)).toEqual([]);
  });

  it('does not count other questions, nor late results, among the tasks', async () => {
    const { scene, one, two, query } = await asked({ render: { deadline: '1m', lateResult: 'accept' } });
    await scene.clock.advance(60_000);
    await scene.store.expireDue({ now: scene.clock.now() });
    await scene.complete(one.id, 'u');
    await check(scene, { waitFor: 'all' });
    await scene.clock.advance(1);
    const { shown } = await converse(scene, await query({}));
    expect(answerIn(shown)).toEqual([pending(two)]);
  });

  it('knows the tasks of other branches, and none of other conversations', async () => {
    const { scene, query, one, two } = await asked();
    const other = await scene.dispatch({ scope: { ...scope, branch: 'b' } });
    await scene.dispatch({ scope: { ...scope, thread: 'chat-2' } });
    await scene.dispatch({ scope: { ...scope, tenant: 'other' } });
    const { shown } = await converse(scene, await query({}));
    expect(answerIn(shown)).toEqual([pending(one), pending(two), pending(other)]);
  });
});

describe('the handles of a question', () => {
  it('are understood as a model leaves them', async () => {
    const { scene, one, query } = await asked();
    const { shown } = await converse(scene, await query({ handles: [`"${one.handle.slice(0, -1).toUpperCase()}"`] }));
    expect(answerIn(shown)).toEqual([pending(one)]);
  });

  it('that are unknown are refused with the valid ones listed: the host reports a tool error', async () => {
    const { scene, one, two } = await asked();
    await expect(check(scene, { handles: ['render_zzzz'] })).rejects.toMatchObject({
      code: 'dispatch_failed',
      message: expect.stringContaining(`Valid handles: ${one.handle}, ${two.handle}.`),
    });
  });

  it('that are ambiguous are refused', async () => {
    const { scene } = await asked();
    await scene.dispatch({ turn: 'turn_9' });
    await expect(check(scene, { handles: ['render'] })).rejects.toThrow('could mean 2 tasks');
  });

  it('of another conversation are unknown', async () => {
    const { scene } = await asked();
    const other = await scene.dispatch({ scope: { ...scope, thread: 'chat-2' } });
    await expect(check(scene, { handles: [other.handle] })).rejects.toMatchObject({ code: 'dispatch_failed' });
  });

  it('of a question itself are unknown', async () => {
    const { scene } = await asked();
    const question = await check(scene, {});
    const again = scene.dispatch({
      callId: 'q2',
      toolName: 'check',
      turn: 'turn_3',
      arguments: { handles: [question.handle] },
    });
    await expect(again).rejects.toMatchObject({ code: 'dispatch_failed' });
  });

  it('stay what they meant when the model asked, although a newer task would fit too', async () => {
    const { scene, one, query } = await asked();
    const messages = await query({ handles: ['render'], waitFor: 'all' });
    await scene.clock.advance(1);
    await scene.dispatch({ turn: 'turn_9' });
    await scene.complete(one.id, 'u');
    const { shown } = await converse(scene, messages);
    expect(answerIn(shown)).toMatchObject([{ handle: one.handle }]);
  });

  it('of a task that was deleted meanwhile keep nobody waiting', async () => {
    const { scene, one, query } = await asked();
    const messages = await query({ handles: [one.handle], waitFor: 'all' });
    await scene.store.purge({ which: 'all', before: scene.clock.now() + 1, limit: 1 });
    expect(await scene.store.get({ scope, id: one.id })).toBeUndefined();
    expect(answerIn((await converse(scene, messages.slice(3))).shown)).toEqual([]);
  });
});

describe('a question that waits', () => {
  it('for all suspends the run until each has its outcome', async () => {
    const { scene, one, two, query } = await asked();
    const messages = await query({ waitFor: 'all' });
    expect((await scene.begin(messages)).type).toBe('suspended');
    await scene.complete(one.id, 'u');
    expect(await scene.begin(messages)).toMatchObject({ type: 'suspended', open: [{ toolName: 'check' }] });
    await scene.complete(two.id, 'v');
    const { shown } = await converse(scene, messages);
    expect(answerIn(shown)).toMatchObject([{ handle: one.handle }, { handle: two.handle }]);
    expect(shown.slice(-2)).toEqual([expect.stringContaining('"u"'), expect.stringContaining('"v"')]);
  });

  it('for any suspends the run until one has its outcome', async () => {
    const { scene, two, query } = await asked();
    const messages = await query({ waitFor: 'any' });
    expect((await scene.begin(messages)).type).toBe('suspended');
    await scene.complete(two.id, 'v');
    expect(answerIn((await converse(scene, messages)).shown)).toMatchObject([
      { status: 'pending' },
      { status: 'completed; you are given it' },
    ]);
  });

  it('for any is answered although that result was told while the user spoke', async () => {
    const { scene, one, query } = await asked();
    const messages = await query({ waitFor: 'any' });
    await scene.clock.advance(1);
    await scene.complete(one.id, 'u');
    const turn = await scene.open([...messages, asks('Hurry!')]);
    await turn.finish();
    expect((await scene.task(one.id)).consumption).toBeDefined();
    const [question] = (await scene.store.list(scope)).filter(({ toolName }) => toolName === 'check');
    expect(question?.status).toBe('completed');
  });

  it('does not wait where what it asks for is there', async () => {
    const { scene, one, query } = await asked();
    await scene.complete(one.id, 'u');
    const messages = await query({ handles: [one.handle], waitFor: 'all' });
    expect(answerIn((await converse(scene, messages)).shown)).toHaveLength(1);
  });

  it('is answered by a deadline, which it finds itself', async () => {
    const { scene, one, query } = await asked({ render: { deadline: '1m' } });
    const messages = await query({ handles: [one.handle], waitFor: 'all' });
    await scene.clock.advance(60_000);
    const { shown } = await converse(scene, messages);
    expect(answerIn(shown)).toMatchObject([{ status: 'expired; you are given it' }]);
  });

  it('costs no run while it waits, and is told by the run that the result wakes', async () => {
    const store = createMemoryStore();
    let history: TestMessage[] = [];
    const scene = createRunnerScene({
      store,
      tools: { render: { mode: 'continue' }, check: taskQueryTool(store) },
      history: () => history,
    });
    const one = await scene.dispatch({ callId: 'c1' });
    const question = await check(scene, { waitFor: 'all' });
    history = [asks(), calls(['c1', 'render']), placed(one), says(), asks(), calls(['q1', 'check']), placed(question)];
    const runner = scene.runner();
    await runner.start();
    await runner.idle();
    expect(scene.runs).toHaveLength(0);
    await scene.complete(one.id, 'u');
    await runner.idle();
    expect(scene.calls).toHaveLength(1);
    expect((await scene.task(question.id)).consumption).toBeDefined();
    await runner.stop();
  });
});
