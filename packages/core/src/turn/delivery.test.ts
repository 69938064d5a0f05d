import { describe, expect, it } from 'vitest';
import {
  asks,
  calls,
  createScene,
  done,
  pendingChat,
  placed,
  render,
  results,
  says,
  scope,
  type TestMessage,
} from '../../test/fixtures.ts';
import { createAsyncFunctionResponse, settle } from '../index.ts';

type Tool = NonNullable<NonNullable<Parameters<typeof createScene>[0]>['tools']>[string];

/** A conversation that went on while a call was pending whose result has come since. */
async function movedOn(tool: Tool = {}) {
  const scene = createScene({ tools: { render: tool } });
  const { request, messages } = await pendingChat(scene);
  const spoken = [...messages, asks('Are you there?')];
  await (await scene.open(spoken)).finish();
  await scene.complete(request.id, 'u');
  return { scene, request, messages: [...spoken, says('Yes.'), asks('And now?')] };
}

describe('a tool whose mode is continue', () => {
  it('does not stop the run: the model reads that nothing has come yet', async () => {
    const scene = createScene({ tools: { render: { mode: 'continue' } } });
    const { messages } = await pendingChat(scene);
    const { plan } = await scene.open(messages);
    expect(render(messages, plan).at(-1)).toContain('placeholder');
  });

  it('does not keep a tool of the same step from stopping the run', async () => {
    const scene = createScene({ tools: { render: { mode: 'continue' }, send: {} } });
    const one = await scene.dispatch();
    const two = await scene.dispatch({ callId: 'c2', toolName: 'send' });
    const messages = [asks(), calls(['c1', 'render'], ['c2', 'send']), placed(one, two)];
    expect(await scene.begin(messages)).toMatchObject({ type: 'suspended', open: [{ id: two.id }] });
  });
});

describe('the scheduling of a result', () => {
  const working = async (tool: Tool) => {
    const scene = createScene({ tools: { render: { mode: 'continue', ...tool } } });
    const { request, messages } = await pendingChat(scene);
    await (await scene.open(messages)).finish();
    const step: TestMessage[] = [
      ...messages,
      calls(['s1', 'weather']),
      { ...placed(), results: [{ part: 0, callId: 's1' }] },
    ];
    return { scene, request, step };
  };

  it.each<[Tool['scheduling'], number]>([
    [undefined, 0],
    ['when-idle', 0],
    ['interrupt', 1],
    ['silent', 1],
  ])('%s decides whether it enters a generation that is running', async (scheduling, entered) => {
    const { scene, request, step } = await working(scheduling === undefined ? {} : { scheduling });
    await scene.complete(request.id, 'u');
    const { plan } = await scene.open(step, { atRest: false });
    expect(plan.insert).toHaveLength(entered);
    const atRest = await scene.open(step);
    expect(atRest.plan.insert).toHaveLength(1);
  });

  it('is what the response says, if it says so', async () => {
    const { scene, request, step } = await working({ scheduling: 'when-idle' });
    const { runtime, tools } = scene;
    const response = createAsyncFunctionResponse({ request, result: 'u', scheduling: 'interrupt', clock: scene.clock });
    await settle({ runtime, tools, scope, response });
    expect((await scene.open(step, { atRest: false })).plan.insert).toHaveLength(1);
  });
});

describe('the delivery of a late result', () => {
  it('is an envelope by choice of the tool, and stays one in its place', async () => {
    const { scene, messages } = await movedOn({ delivery: 'envelope' });
    const turn = await scene.open(messages);
    expect(turn.plan.insert).toMatchObject([{ before: messages.length, results: [{ as: 'envelope' }] }]);
    const consumptions = await turn.finish();
    expect(consumptions).toMatchObject([{ delivery: 'envelope' }]);
    const later = await scene.open([...messages, says('Done.', consumptions), asks()]);
    expect(later.plan.insert).toEqual(turn.plan.insert);
  });

  it('is an envelope for a model that takes no synthetic calls', async () => {
    const { scene, messages } = await movedOn();
    const { plan } = await scene.open(messages, { model: { late: 'envelope' } });
    expect(plan.insert).toMatchObject([{ results: [{ as: 'envelope' }] }]);
  });

  it('is an envelope for such a model also when the call was trimmed', async () => {
    const { scene, messages } = await movedOn();
    const { plan } = await scene.open(messages.slice(3), { model: { late: 'envelope' } });
    expect(plan.insert).toMatchObject([{ results: [{ as: 'envelope' }] }]);
  });

  it('is append for a model that takes no open calls, whatever the provider marked', async () => {
    const { scene, messages } = await movedOn({ delivery: 'native' });
    const { plan } = await scene.open(messages);
    expect(plan.insert).toMatchObject([{ results: [{ as: 'append' }] }]);
  });

  it('in the place of the placeholder needs no other, whatever the tool says', async () => {
    const scene = createScene({ tools: { render: { delivery: 'envelope' } } });
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'u');
    const { plan } = await scene.open(messages);
    expect(plan.rewrite).toMatchObject([{ show: { outcome: done('u') } }]);
    expect(plan.insert).toEqual([]);
  });
});

describe('a late result whose first run was given up', () => {
  it('stands at the end where the model has answered since without it', async () => {
    const { scene, request, messages } = await movedOn();
    await (await scene.open(messages)).release();
    const history = [...messages, says('Not yet.'), asks('Now?')]; // meanwhile it was held back
    const { plan } = await scene.open(history, { claimant: 'run-2' });
    expect(plan.insert).toMatchObject([{ before: history.length, results: [{ id: request.id }] }]);
  });
});

describe('a late result whose answer was lost', () => {
  it('never stands between a call and its answers, where its own call was trimmed', async () => {
    const { scene, messages } = await movedOn();
    await (await scene.open(messages, { claimant: 'lost' })).finish();
    const consumptions = await (await scene.open([...messages, asks()], { claimant: 'again' })).finish();
    expect(consumptions).toMatchObject([{ distance: 1 }]);
    const step = [asks(), calls(['s1', 'weather']), results({ callId: 's1' })];
    const { plan } = await scene.open([...step, says('Done.', consumptions), asks()]);
    expect(plan.insert).toMatchObject([{ before: step.length }]);
  });

  it.each([
    ['with its request', true],
    ['without a request, since its receipt was lost', false],
  ])('keeps the place of its next telling, behind a call %s', async (_, hasRequest) => {
    const { scene, request, messages } = await movedOn();
    const history = hasRequest ? messages : messages.with(2, results({ callId: 'c1' }));
    const step = [...history, calls(['s1', 'weather']), results({ callId: 's1' })];
    await (await scene.open(step, { claimant: 'lost' })).finish();
    const again = await scene.open(history, { claimant: 'again' });
    expect(again.plan.insert).toMatchObject([{ before: history.length, results: [{ id: request.id }] }]);
    const later = await scene.open([...history, says('Done.', await again.finish()), asks(), asks()]);
    expect(later.plan.insert).toEqual(again.plan.insert);
  });
});

describe('a call that its provider lets stay open', () => {
  const model = { openCalls: true };
  const open = async () => {
    const scene = createScene({ tools: { render: { mode: 'continue' } } });
    const request = await scene.dispatch();
    const call = { ...calls(['c1', 'render']), calls: [{ callId: 'c1', name: 'render', native: true }] };
    return { scene, request, messages: [asks(), call, placed(request), asks('And?')] };
  };

  it('is shown without any answer while it is pending', async () => {
    const { scene, request, messages } = await open();
    const { plan } = await scene.open(messages, { model });
    expect(render(messages, plan).some((line) => line.startsWith('tool'))).toBe(false);
    expect(await scene.task(request.id)).not.toHaveProperty('placeholderSentAt');
  });

  it('has its late result as its own answer, in the same place for ever', async () => {
    const { scene, request, messages } = await open();
    await (await scene.open(messages, { model })).finish();
    const history = [...messages, says('Not yet.'), asks('Now?')];
    await scene.complete(request.id, 'u');
    const turn = await scene.open(history, { model });
    expect(turn.plan.insert).toMatchObject([{ before: 6, results: [{ as: 'native', answers: 'c1' }] }]);
    const consumptions = await turn.finish();
    const later = await scene.open([...history, says('Done.', consumptions), asks()], { model });
    expect(later.plan.insert).toEqual(turn.plan.insert);
    expect(later.plan.drop).toEqual(turn.plan.drop);
  });

  it('has it there, too, where a call that would have shown it at once was given up', async () => {
    const { scene, request, messages } = await open();
    const atOnce = messages.slice(0, -1);
    await scene.complete(request.id, 'u');
    await (await scene.open(atOnce, { model })).release();
    const history = [...atOnce, says('Not yet.'), asks('Now?')]; // meanwhile its result was held back
    const { plan } = await scene.open(history, { model, claimant: 'run-2' });
    expect(plan.insert).toMatchObject([{ before: history.length, results: [{ as: 'native', answers: 'c1' }] }]);
    expect(plan.rewrite).toEqual([]);
  });

  it('has a placeholder for a model that takes no open calls', async () => {
    const { scene, messages } = await open();
    const { plan } = await scene.open(messages);
    expect(render(messages, plan).filter((line) => line.includes('placeholder'))).toHaveLength(1);
  });
});
