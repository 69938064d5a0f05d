import { describe, expect, it } from 'vitest';
import {
  asks,
  calls,
  createDeferred,
  createScene,
  done,
  latecallOf,
  pendingChat,
  placed,
  render,
  results,
  says,
  scope,
  start,
  type TestMessage,
  thrownBy,
  transcriptOf,
  until,
} from '../../test/fixtures.ts';
import {
  beginTurn,
  cancel,
  createMemoryStore,
  type DispatchContext,
  plainMessage,
  type TaskRecord,
  turnIdOf,
} from '../index.ts';

/** Two pending calls of one step. */
async function twoPending() {
  const scene = createScene();
  const one = await scene.dispatch({ callId: 'c1' });
  const two = await scene.dispatch({ callId: 'c2', toolName: 'send' });
  return { scene, one, two, messages: [asks(), calls(['c1', 'render'], ['c2', 'send']), placed(one, two)] };
}

const nothing = { rewrite: [], fill: [], drop: [], insert: [] };

describe('a run', () => {
  it('goes on when nothing is pending', async () => {
    const turn = await createScene().open([asks()]);
    expect(turn.plan).toEqual(nothing);
    expect(await turn.finish()).toEqual([]);
  });

  it('goes on with an empty history', async () => {
    expect((await createScene().open([])).plan).toEqual(nothing);
  });

  it('leaves calls alone that are no dispatches of ours', async () => {
    const messages = [asks(), calls(['s1', 'weather']), results({ callId: 's1' })];
    expect((await createScene().open(messages)).plan).toEqual(nothing);
  });

  it('waits while the call of its last step is pending, and says for which task', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const turn = await scene.begin(messages);
    expect(turn).toMatchObject({ type: 'suspended', open: [{ id: request.id, handle: request.handle }] });
  });

  it('asks for nothing where its result was told, and its call was lost with the answer', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'u');
    await (await scene.open(messages)).finish();
    expect(await scene.begin([asks(), says('Fine.')])).toEqual({ type: 'suspended', open: [] });
  });

  it('sends no placeholder while it waits', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.begin(messages);
    expect(await scene.task(request.id)).not.toHaveProperty('placeholderSentAt');
  });

  it('waits for a call that has no result in the history at all', async () => {
    const scene = createScene();
    const { request } = await pendingChat(scene);
    const turn = await scene.begin([asks(), calls(['c1', 'render'])]);
    expect(turn).toMatchObject({ type: 'suspended', open: [{ id: request.id }] });
  });

  it('waits for a pending call beside a sync one that is done', async () => {
    const scene = createScene();
    const request = await scene.dispatch();
    const messages = [asks(), calls(['c1', 'render'], ['s1', 'weather']), placed(request), results({ callId: 's1' })];
    expect((await scene.begin(messages)).type).toBe('suspended');
  });

  it('waits while some results are in and some are not, and claims none', async () => {
    const { scene, one, two, messages } = await twoPending();
    await scene.complete(one.id, 'u');
    const turn = await scene.begin(messages);
    expect(turn).toMatchObject({ type: 'suspended', open: [{ id: two.id }] });
    expect(await scene.task(one.id)).not.toHaveProperty('claim');
  });

  it('goes on when all results are in, each in the place of its placeholder', async () => {
    const { scene, one, two, messages } = await twoPending();
    await scene.complete(two.id, 'sent');
    await scene.complete(one.id, 0);
    const { plan } = await scene.open(messages);
    expect(plan).toMatchObject({
      ...nothing,
      rewrite: [
        { message: 2, part: 0, show: { toolName: 'render', handle: one.handle, outcome: done(0) } },
        { message: 2, part: 1, show: { toolName: 'send', handle: two.handle, outcome: done('sent') } },
      ],
    });
  });

  it.each([null, false, 0, ''])('shows the result %j as a result', async (result) => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, result);
    const { plan } = await scene.open(messages);
    expect(plan.rewrite[0]?.show.outcome).toEqual(done(result));
  });

  it('goes on with the placeholder when the user speaks, and stores that it was sent', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.clock.advance(5_000);
    const { plan } = await scene.open([...messages, asks('How is it going?')]);
    expect(plan).toMatchObject({
      ...nothing,
      rewrite: [{ message: 2, part: 0, show: { toolName: 'render', handle: request.handle } }],
    });
    expect(plan.rewrite[0]?.show).not.toHaveProperty('outcome');
    expect((await scene.task(request.id)).placeholderSentAt).toBe(start + 5_000);
  });

  it('fills the placeholder in for a call without a result when the user speaks', async () => {
    const scene = createScene();
    const { request } = await pendingChat(scene);
    const { plan } = await scene.open([asks(), calls(['c1', 'render']), asks('And?')]);
    const show = { toolName: 'render', callId: 'c1', handle: request.handle };
    expect(plan.fill).toMatchObject([{ message: 1, show }]);
    expect(plan.fill[0]?.show).not.toHaveProperty('outcome');
  });

  it('does not wait for a call of an earlier step', async () => {
    const scene = createScene();
    const { messages } = await pendingChat(scene);
    expect((await scene.begin([...messages, asks(), says('Soon.'), asks()])).type).toBe('open');
  });

  it('waits when the model would read nothing but its own words, and names all that is pending', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const turn = await scene.begin([...messages, asks(), says('I tell you when it is there.')]);
    expect(turn).toMatchObject({ type: 'suspended', open: [{ id: request.id }] });
  });

  it('is woken by a result although nobody spoke', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const history = [...messages, asks()];
    await (await scene.open(history)).finish();
    await scene.complete(request.id, 'u');
    const { plan } = await scene.open([...history, says('I tell you when it is there.')]);
    expect(plan.insert).toMatchObject([{ before: 5, results: [{ outcome: done('u') }] }]);
  });

  it('waits for a task that asks for input', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await latecallOf(scene).report({ id: request.id, inputRequest: { message: 'Which?' } });
    expect((await scene.begin(messages)).type).toBe('suspended');
  });

  it('is told of a deadline that passed while nothing was running', async () => {
    const scene = createScene({ tools: { render: { deadline: '15m' } } });
    const { request, messages } = await pendingChat(scene);
    await scene.clock.advance(900_000);
    const { plan } = await scene.open(messages);
    expect(plan.rewrite[0]?.show.outcome).toMatchObject({ status: 'expired' });
    expect(scene.reported('task.expired')).toHaveLength(1);
    expect((await scene.complete(request.id, 'u')).verdict).toBe('late');
  });

  it('is told of a cancellation, with its reason', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const { runtime, tools } = scene;
    await cancel({ runtime, tools, task: { scope, id: request.id }, reason: 'enough' });
    const { plan } = await scene.open(messages);
    expect(plan.rewrite[0]?.show.outcome).toEqual({ status: 'cancelled', reason: 'enough' });
  });

  it('is told of a failure', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.settle(request.id, { status: 'failed', error: { message: 'no' } });
    const { plan } = await scene.open(messages);
    expect(plan.rewrite[0]?.show.outcome).toEqual({ status: 'failed', error: { message: 'no' } });
  });

  it('refuses a scope without a thread', async () => {
    const { runtime, tools } = createScene();
    const begin = () =>
      beginTurn({ runtime, tools, scope: { thread: '' }, transcript: transcriptOf([]), claimant: 'run-1' });
    expect(await thrownBy(begin)).toMatchObject({ code: 'invalid_scope' });
  });

  it('keeps to its branch: a result of another one is not shown', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'u');
    const branch = { ...scope, branch: 'b' };
    const turn = await createScene({ store: scene.store, scope: branch }).open([...messages, asks()]);
    expect(turn.plan).toEqual(nothing);
    expect(await scene.task(request.id)).not.toHaveProperty('claim');
  });
});

describe('an outcome whose onResult is not over', () => {
  const onResult = (result: unknown) => ({ made: result });
  /** The process died between winning and running onResult. */
  const leftBehind = async (tools = { render: { onResult } }) => {
    const scene = createScene({ tools });
    const { request, messages } = await pendingChat(scene);
    const settlement = { status: 'completed', result: 'u' } as const;
    await scene.store.settle({ scope, id: request.id }, { settlement, now: scene.clock.now(), hold: 'settling' });
    return { scene, request, messages };
  };

  it('keeps the run waiting', async () => {
    const { scene, messages } = await leftBehind();
    expect((await scene.begin(messages)).type).toBe('suspended');
  });

  it('is finished by a later run once its process counts as dead', async () => {
    const { scene, messages } = await leftBehind();
    await scene.clock.advance(600_000);
    const { plan } = await scene.open(messages);
    expect(plan.rewrite[0]?.show.outcome).toEqual(done({ made: 'u' }));
  });

  it('is not finished by a run that does not know the tool', async () => {
    const { scene, request, messages } = await leftBehind();
    await scene.clock.advance(600_000);
    const ignorant = createScene({ store: scene.store, clock: scene.clock, tools: {} });
    await ignorant.begin(messages);
    expect(await scene.task(request.id)).toMatchObject({ phase: 'settling' });
  });

  it('is waited for when this very process is at it, and its onResult is not run twice', async () => {
    const mayEnd = createDeferred();
    let runs = 0;
    const slow = async (result: unknown) => {
      runs += 1;
      await mayEnd.promise;
      return { made: result };
    };
    const memory = createMemoryStore();
    let looked = false;
    const list: typeof memory.list = (where, filter) => {
      looked ||= filter?.consumed === false;
      return memory.list(where, filter);
    };
    const scene = createScene({ store: { ...memory, list }, tools: { render: { onResult: slow } } });
    const { request, messages } = await pendingChat(scene);
    const settling = scene.complete(request.id, 'u');
    await until(() => runs > 0);
    const opening = scene.open(messages);
    await until(() => looked);
    mayEnd.resolve();
    expect((await opening).plan.rewrite[0]?.show.outcome).toEqual(done({ made: 'u' }));
    expect((await settling).verdict).toBe('accepted');
    expect(runs).toBe(1);
  });
});

describe('a dispatch without a receipt', () => {
  it('that failed is left as the host wrote it', async () => {
    const dispatch = () => Promise.reject(new Error('farm is down'));
    const scene = createScene({ tools: { render: { dispatch } } });
    await thrownBy(() => scene.dispatch());
    const messages = [asks(), calls(['c1', 'render']), results({ callId: 'c1' })];
    expect((await scene.open(messages)).plan).toEqual(nothing);
    expect((await scene.open([...messages, says(), asks()])).plan).toEqual(nothing);
  });

  it('that was interrupted has its placeholder filled in when the user speaks', async () => {
    const { scene, task } = await aborted();
    const { plan } = await scene.open([asks(), calls(['c1', 'render']), asks('And?')]);
    const show = { toolName: 'render', callId: 'c1', handle: task.handle };
    expect(plan.fill).toMatchObject([{ message: 1, show }]);
  });

  it('that was interrupted and cancelled is told, and told again in later prompts', async () => {
    const { scene, task } = await aborted();
    await scene.settle(task.id, { status: 'cancelled' });
    const messages = [asks(), calls(['c1', 'render'])];
    const turn = await scene.open(messages);
    const shown = [{ message: 1, show: expect.objectContaining({ callId: 'c1', outcome: { status: 'cancelled' } }) }];
    expect(turn.plan.fill).toEqual(shown);
    const consumptions = await turn.finish();
    expect((await scene.open([...messages, says('Oh.', consumptions), asks()])).plan.fill).toEqual(shown);
  });

  it('whose result overtook the throw is told that result, and told it again in later prompts', async () => {
    const scene: ReturnType<typeof createScene> = createScene({
      tools: {
        render: {
          dispatch: async (_: unknown, { id }: DispatchContext) => {
            await scene.complete(id, 'fast');
            throw new Error('lost the connection');
          },
        },
      },
    });
    await thrownBy(() => scene.dispatch());
    const messages = [asks(), calls(['c1', 'render']), results({ callId: 'c1' })];
    const turn = await scene.open(messages);
    const shown = [{ message: 2, part: 0, show: expect.objectContaining({ outcome: done('fast') }) }];
    expect(turn.plan.rewrite).toEqual(shown);
    const consumptions = await turn.finish();
    expect((await scene.open([...messages, says('Oh.', consumptions), asks()])).plan.rewrite).toEqual(shown);
  });

  /** A run that was aborted in the middle of its dispatch. */
  async function aborted() {
    let begun = false;
    const dispatch = () => {
      begun = true;
      return new Promise(() => {});
    };
    const scene = createScene({ tools: { render: { dispatch } } });
    const run = new AbortController();
    const dispatching = thrownBy(() => scene.dispatch({ signal: run.signal }));
    await until(() => begun);
    run.abort();
    await dispatching;
    const [task] = await scene.store.list(scope);
    if (task === undefined) throw new Error('No task was recorded.');
    return { scene, task };
  }
});

describe('the id of a turn', () => {
  const idOf = async (messages: TestMessage[], where = scope) =>
    (await createScene({ scope: where }).open(messages)).id();
  const history = [asks('one'), says('two'), asks('three')];

  it('is the same for the same history, in another process too', async () => {
    expect(await idOf(history)).toBe(await idOf([...history]));
    expect(await idOf(history)).toMatch(/^turn_[\w-]{22}$/);
  });

  it('is another one for another history or scope', async () => {
    const ids = [
      await idOf(history),
      await idOf(history.slice(0, 1)),
      await idOf([asks('one'), says('two'), asks('other')]),
      await idOf(history, { ...scope, thread: 'chat-2' }),
      await idOf(history, { ...scope, branch: 'b' }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('does not change when a result has come', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const spoken = [...messages, asks()];
    const before = await (await scene.open(spoken)).id();
    await scene.complete(request.id, 'u');
    expect(await (await scene.open(spoken)).id()).toBe(before);
  });

  it('is computed from the fingerprint only when it is asked for', async () => {
    const { runtime, tools } = createScene();
    let asked = 0;
    const fingerprint = () => {
      asked += 1;
      return 'history';
    };
    const transcript = { messages: [plainMessage('user')], fingerprint };
    const turn = await beginTurn({ runtime, tools, scope, transcript, claimant: 'run-1' });
    expect(asked).toBe(0);
    const id = turn.type === 'open' ? await turn.id() : '';
    expect(id).toBe(await turnIdOf(scope, 'history'));
    expect(asked).toBe(1);
  });
});

describe('a whole conversation', () => {
  it('never changes what a model was sent before: every prompt begins with the one before it', async () => {
    const scene = createScene({ tools: { render: { deadline: '1h' }, send: {} } });
    let prompt: string[] = [];
    let history: TestMessage[] = [];
    /** Sends what the history has become and lets the model answer. */
    const send = async (...more: TestMessage[]) => {
      history = [...history, ...more];
      const turn = await scene.open(history);
      const next = render(history, turn.plan);
      expect(next.slice(0, prompt.length)).toEqual(prompt);
      prompt = next;
      return turn.finish();
    };

    await send(asks('Render and send.'));
    const one = await scene.dispatch({ callId: 'c1' });
    const two = await scene.dispatch({ callId: 'c2', toolName: 'send' });
    await send(calls(['c1', 'render'], ['c2', 'send']), placed(one, two), asks('Are you there?'));
    await scene.complete(two.id, 'sent');
    const shown = await send(says('Yes.'), asks('And now?'));
    expect(shown.map(({ response }) => response.id)).toEqual([two.id]);
    const three = await scene.dispatch({ callId: 'c3', turn: 'turn_3' });
    await scene.complete(three.id, 0);
    const shownNow = await send({ ...says('Sent.', shown), calls: [{ callId: 'c3', name: 'render' }] }, placed(three));
    await scene.clock.advance(3_600_000);
    const expired = await send(says('Done again.', shownNow), asks('And the first?'));
    expect(expired).toMatchObject([{ delivery: 'append', response: { id: one.id, outcome: { status: 'expired' } } }]);
    await send(says('It expired.', expired), asks('Bye.'));
    expect(prompt.filter((line) => line.includes('"sent"'))).toHaveLength(1);
  });
});

describe('an open turn', () => {
  it('shows tasks as plain JSON', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, { url: 'u' });
    const { plan } = await scene.open([...messages, asks()]);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  it('that is suspended lists tasks as plain JSON', async () => {
    const scene = createScene();
    const { messages } = await pendingChat(scene);
    const turn = await scene.begin(messages);
    const open: readonly TaskRecord[] = turn.type === 'suspended' ? turn.open : [];
    expect(open).toHaveLength(1);
    expect(JSON.parse(JSON.stringify(open))).toEqual(open);
  });
});
