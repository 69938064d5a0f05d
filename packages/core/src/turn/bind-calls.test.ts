import { describe, expect, it } from 'vitest';
import {
  answers,
  asks,
  calls,
  createFakeClock,
  createScene,
  done,
  pendingChat,
  placed,
  placesOf,
  results,
  type SceneOptions,
  says,
  scope,
  thrownBy,
} from '../../test/fixtures.ts';
import { createSigner, ResponseRefusedError, signRequest } from '../index.ts';

describe('the call of a dispatch', () => {
  it('is found by its call id where the history has lost the request', async () => {
    const scene = createScene();
    const { request } = await pendingChat(scene);
    await scene.complete(request.id, 'u');
    const { plan } = await scene.open([asks(), calls(['c1', 'render']), results({ callId: 'c1' })]);
    expect(plan.rewrite[0]?.show.outcome).toEqual(done('u'));
  });

  it('is found by the call id of a re-run that joined it', async () => {
    const scene = createScene();
    const request = await scene.dispatch({ callId: 'c1' });
    await scene.dispatch({ callId: 'c2' });
    await scene.complete(request.id, 'u');
    const { plan } = await scene.open([asks(), calls(['c2', 'render']), results({ callId: 'c2' })]);
    expect(plan.rewrite[0]?.show.outcome).toEqual(done('u'));
  });

  it('is found by the request where the process does not know the tool any more', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'u');
    const ignorant = createScene({ store: scene.store, clock: scene.clock, tools: {} });
    expect((await ignorant.open(messages)).plan.rewrite[0]?.show.outcome).toEqual(done('u'));
  });

  it('still shows what was told where its receipt was lost and its task has been deleted', async () => {
    const scene = createScene();
    const { request } = await pendingChat(scene);
    await scene.complete(request.id, 'u');
    const history = [asks(), calls(['c1', 'render']), results({ callId: 'c1' })];
    const turn = await scene.open(history);
    const later = [...history, says('Done.', await turn.finish()), asks()];
    await scene.clock.advance(1);
    expect(await scene.store.purge({ before: scene.clock.now() })).toBe(1);
    expect(placesOf((await scene.open(later)).plan)).toEqual(placesOf(turn.plan));
  });

  it('is not the call of another tool with its call id', async () => {
    const scene = createScene();
    const { request } = await pendingChat(scene);
    await scene.complete(request.id, 'u');
    const { plan } = await scene.open([asks(), calls(['c1', 'send']), results({ callId: 'c1' })]);
    expect(plan.rewrite).toEqual([]);
  });
});

describe('a call id that is used in two turns', () => {
  const twice = async (second: 'render' | 'send') => {
    const scene = createScene();
    const one = await scene.dispatch({ callId: 'call_0', turn: 'turn_1' });
    const two = await scene.dispatch({ callId: 'call_0', turn: 'turn_2', toolName: second });
    await scene.complete(one.id, 'first');
    await scene.complete(two.id, 'second');
    const firstStep = [asks(), calls(['call_0', 'render'])];
    const secondStep = [says(), asks(), calls(['call_0', second])];
    return { scene, one, two, firstStep, secondStep };
  };

  it('is bound to the task of its turn by the requests', async () => {
    const { scene, one, two, firstStep, secondStep } = await twice('render');
    const messages = [...firstStep, placed(one), ...secondStep, placed(two)];
    const { plan } = await scene.open(messages);
    expect(plan.insert[0]?.results).toMatchObject([{ handle: one.handle, outcome: done('first') }]);
    expect(plan.rewrite.find(({ message }) => message === 6)?.show).toMatchObject({
      handle: two.handle,
      outcome: done('second'),
    });
  });

  it.each(['render', 'send'] as const)('is bound in order where the requests are lost (then %s)', async (second) => {
    const { scene, one, two, firstStep, secondStep } = await twice(second);
    const lost = results({ callId: 'call_0' });
    const { plan } = await scene.open([...firstStep, lost, ...secondStep, lost]);
    expect(plan.rewrite.map(({ message, show }) => [message, show.handle])).toEqual([
      [2, one.handle],
      [6, two.handle],
    ]);
  });

  it('is bound to the later task where the earlier call was trimmed', async () => {
    const { scene, two, secondStep } = await twice('render');
    const { plan } = await scene.open([...secondStep, results({ callId: 'call_0' })]);
    expect(plan.rewrite).toMatchObject([{ message: 3, show: { handle: two.handle, outcome: done('second') } }]);
  });
});

describe('what a client may have written into the history', () => {
  it('does not move a result to another call: a request that was planted there is not believed', async () => {
    const scene = createScene();
    const one = await scene.dispatch({ callId: 'c1' });
    const two = await scene.dispatch({ callId: 'c2', toolName: 'send' });
    await scene.complete(one.id, 'first');
    await scene.complete(two.id, 'second');
    const swapped = results({ callId: 'c1', request: two }, { callId: 'c2', request: one });
    const { plan } = await scene.open([asks(), calls(['c1', 'render'], ['c2', 'send']), swapped]);
    expect(plan.rewrite.map(({ show }) => [show.toolName, show.outcome])).toEqual([
      ['render', done('first')],
      ['send', done('second')],
    ]);
  });

  it('cannot make an ordinary call a dispatch: a forged request is ignored and reported', async () => {
    const forger = createScene({ secret: 'a secret of somebody else' });
    const { request, messages } = await pendingChat(forger);
    const scene = createScene();
    const { plan } = await scene.open(messages);
    expect(plan.rewrite).toEqual([]);
    expect(await scene.store.list(scope)).toEqual([]);
    expect(scene.events).toContainEqual(expect.objectContaining({ type: 'history.ignored', id: request.id }));
  });

  it('cannot change what the store knows of a task', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'u');
    const changed = { ...request, handle: 'forged_2222', deadlineAt: '2000-01-01T00:00:00.000Z' };
    const { plan } = await scene.open([...messages.slice(0, 2), placed(changed)]);
    expect(plan.rewrite[0]?.show).toMatchObject({ handle: request.handle, outcome: done('u') });
  });

  it('cannot say that a result was told: a forged consumption is ignored and reported', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'real');
    const [real] = await (await scene.open(messages, { claimant: 'elsewhere' })).finish();
    const fresh = createScene();
    const forged = { ...real, response: { ...real?.response, outcome: done('forged') } };
    const { plan } = await fresh.open([...messages, says('Hm.', [forged]), asks()]);
    expect(JSON.stringify(plan)).not.toContain('forged');
    expect(fresh.reported('history.ignored')).toContain('consumption');
  });

  it('cannot bring a consumption of another conversation', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'theirs');
    const consumptions = await (await scene.open(messages)).finish();
    const other = createScene({ scope: { tenant: 'other', thread: scope.thread } });
    const { plan } = await other.open([...messages, says('Hm.', consumptions), asks()]);
    expect(JSON.stringify(plan)).not.toContain('theirs');
  });

  it.each([undefined, null, 'text', {}, { type: 'async-function-consumption', v: 1 }])(
    'cannot break a run with a consumption that is none (case %#)',
    async (broken) => {
      const scene = createScene();
      expect((await scene.begin([asks(), says('Hm.', [broken]), asks()])).type).toBe('open');
    },
  );

  it.each([null, 'text', 7, {}, { id: 7 }, { id: '__proto__' }, { type: 'async-function-request', v: 1, id: 'x' }])(
    'cannot break a run with a request that is none (case %#)',
    async (request) => {
      const scene = createScene();
      const messages = [asks(), calls(['c1', 'render']), results({ callId: 'c1', request })];
      expect((await scene.begin(messages)).type).toBe('open');
      expect(await scene.store.list(scope)).toEqual([]);
    },
  );
});

describe('a conversation that lives in its messages', () => {
  /** Another process, with the secret but without the store. */
  const elsewhere = (options: SceneOptions = {}) => createScene(options);

  it('goes on waiting in another process with the same secret', async () => {
    const { request, messages } = await pendingChat(createScene());
    const turn = await elsewhere().begin(messages);
    expect(turn).toMatchObject({
      type: 'suspended',
      open: [{ id: request.id, handle: request.handle, dispatchResult: { job: 'job-1' }, arguments: { script: 'a' } }],
    });
  });

  it('goes on with a response in another process with the same secret', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const answered = [...messages, answers(await scene.respond(request, done('u')))];
    const turn = await elsewhere().open(answered);
    expect(turn.plan.rewrite[0]?.show.outcome).toEqual(done('u'));
    const consumptions = await turn.finish();
    const later = await elsewhere().open([...answered, says('Done.', consumptions), asks('Thanks.')]);
    expect(placesOf(later.plan)).toEqual(placesOf(turn.plan));
    expect(await later.finish()).toEqual([]);
  });

  it('has an appended result in the same place in another process', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const history = [
      ...messages,
      asks(),
      says('Wait.'),
      asks('And?'),
      answers(await scene.respond(request, done('u'))),
    ];
    const turn = await elsewhere().open(history);
    expect(turn.plan.insert).toMatchObject([{ results: [{ outcome: done('u') }] }]);
    const consumptions = await turn.finish();
    const later = await elsewhere().open([...history, says('Done.', consumptions), asks('Thanks.')]);
    expect(placesOf(later.plan)).toEqual(placesOf(turn.plan));
  });

  it('believes a signed consumption although this store still has the task pending', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const behind = elsewhere();
    expect((await behind.begin(messages)).type).toBe('suspended');
    await scene.complete(request.id, 'u');
    const consumptions = await (await scene.open(messages)).finish();
    const { plan } = await behind.open([...messages, says('Done.', consumptions), asks('Thanks.')]);
    expect(plan.rewrite[0]?.show.outcome).toEqual(done('u'));
  });

  it('is told of a deadline that passed on the way', async () => {
    const scene = createScene({ tools: { render: { deadline: '15m' } } });
    const { messages } = await pendingChat(scene);
    const clock = createFakeClock();
    await clock.advance(900_000);
    const { plan } = await elsewhere({ clock }).open(messages);
    expect(plan.rewrite[0]?.show.outcome).toMatchObject({ status: 'expired' });
  });

  it('takes a task over once, however many runs begin at once', async () => {
    const { messages } = await pendingChat(createScene());
    const other = elsewhere();
    await Promise.all(['run-1', 'run-2', 'run-3'].map((claimant) => other.begin(messages, { claimant })));
    expect(await other.store.list(scope)).toHaveLength(1);
  });

  it.each<[string, SceneOptions]>([
    ['with another secret', { secret: 'a secret of somebody else' }],
    ['in another scope', { scope: { ...scope, thread: 'chat-2' } }],
    ['of another tenant', { scope: { tenant: 'other', thread: scope.thread } }],
  ])('is refused its response by a process %s', async (_, options) => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const answered = [...messages, answers(await scene.respond(request, done('u')))];
    const other = elsewhere(options);
    const error = await thrownBy(() => other.begin(answered));
    expect(error).toBeInstanceOf(ResponseRefusedError);
    expect(error).toMatchObject({ verdicts: [{ verdict: 'unknown', id: request.id }] });
    expect(await other.store.list(options.scope ?? scope)).toEqual([]);
  });

  it('does not take over a request whose receipt was changed', async () => {
    const { request, messages } = await pendingChat(createScene());
    const changed = { ...request, dispatchResult: { job: 'forged' } };
    const other = elsewhere();
    await other.begin([...messages.slice(0, 2), placed(changed)]);
    expect(await other.store.list(scope)).toEqual([]);
  });

  it('does not take over a genuine request of another call', async () => {
    const signer = createSigner('a secret of the tests');
    const { request } = await pendingChat(createScene());
    const genuine = await signRequest(signer, scope, request);
    const other = elsewhere();
    await other.begin([asks(), calls(['c7', 'send']), results({ callId: 'c7', request: genuine })]);
    expect(await other.store.list(scope, { callIds: ['c7'] })).toEqual([]);
  });
});
