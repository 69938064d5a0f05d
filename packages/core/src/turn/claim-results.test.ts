import { describe, expect, it } from 'vitest';
import { asks, createScene, done, pendingChat, render, type SceneOptions, says, scope } from '../../test/fixtures.ts';
import { createSigner, type PolicyQuestion, parseConsumption, scopeKey, toIso } from '../index.ts';

/** A scene with one settled call of the last step. */
async function settledChat(options: SceneOptions = {}) {
  const scene = createScene(options);
  const { request, messages } = await pendingChat(scene);
  await scene.complete(request.id, { url: 'u' });
  return { scene, request, messages };
}

describe('two runs on one history', () => {
  it('do not both show a result: one claims it and the other waits', async () => {
    const { scene, request, messages } = await settledChat();
    const turns = await Promise.all(['run-1', 'run-2', 'run-3'].map((claimant) => scene.begin(messages, { claimant })));
    expect(turns.map(({ type }) => type).sort()).toEqual(['open', 'suspended', 'suspended']);
    const waiting = turns.find((turn) => turn.type === 'suspended');
    expect(waiting).toMatchObject({ open: [{ id: request.id }] });
  });

  it('do not both show a result when the user spoke: the other one is sent the placeholder', async () => {
    const { scene, messages } = await settledChat();
    const spoken = [...messages, asks()];
    const one = await scene.open(spoken, { claimant: 'run-1' });
    const two = await scene.open(spoken, { claimant: 'run-2' });
    expect(one.plan.rewrite[0]?.show.outcome).toEqual(done({ url: 'u' }));
    expect(two.plan.rewrite[0]?.show).not.toHaveProperty('outcome');
    expect(two.plan.insert).toEqual([]);
  });

  it('hold nothing back: what the other could not claim is given back', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const other = await scene.dispatch({ callId: 'c0', turn: 'turn_0' });
    await scene.complete(request.id, 'u');
    await scene.complete(other.id, 'v');
    await scene.store.claim({
      scope,
      claimant: 'run-1',
      now: scene.clock.now(),
      wanted: [{ id: request.id, delivery: { kind: 'replace', offset: 0 } }],
    });
    expect((await scene.begin(messages, { claimant: 'run-2' })).type).toBe('suspended');
    expect(await scene.task(other.id)).not.toHaveProperty('claim');
  });
});

describe('a claim', () => {
  it('is repeatable by its run: a retry of the provider sees the same prompt', async () => {
    const { scene, messages } = await settledChat();
    const first = await scene.open(messages);
    const second = await scene.open(messages);
    expect(second.plan).toEqual(first.plan);
    expect(await second.finish()).toHaveLength(1);
  });

  it('that is released goes to the next run, with the delivery it had', async () => {
    const { scene, request, messages } = await settledChat();
    const first = await scene.open(messages, { claimant: 'run-1' });
    await first.release();
    const second = await scene.open(messages, { claimant: 'run-2' });
    expect(second.plan).toEqual(first.plan);
    expect(await scene.task(request.id)).toMatchObject({ claim: { claimant: 'run-2' }, delivery: { kind: 'replace' } });
  });

  it('that is released stays in place although the user spoke in between', async () => {
    const { scene, messages } = await settledChat();
    await (await scene.open(messages, { claimant: 'run-1' })).release();
    const { plan } = await scene.open([...messages, asks()], { claimant: 'run-2' });
    expect(plan.rewrite[0]?.show.outcome).toEqual(done({ url: 'u' }));
    expect(plan.insert).toEqual([]);
  });

  it('that is released is reported', async () => {
    const { scene, request, messages } = await settledChat();
    await (await scene.open(messages)).release();
    expect(scene.events.filter(({ type }) => type === 'task.released')).toMatchObject([{ id: request.id }]);
  });

  it('of a run that crashed is taken over only when its time is over', async () => {
    const { scene, messages } = await settledChat({ takeOverAfter: '2m' });
    await scene.open(messages, { claimant: 'crashed' });
    await scene.clock.advance(119_999);
    expect((await scene.begin(messages, { claimant: 'run-2' })).type).toBe('suspended');
    await scene.clock.advance(1);
    expect((await scene.begin(messages, { claimant: 'run-2' })).type).toBe('open');
  });

  it('that was taken over is not consumed by the run that lost it', async () => {
    const { scene, messages } = await settledChat({ takeOverAfter: '2m' });
    const slow = await scene.open(messages, { claimant: 'slow' });
    await scene.clock.advance(120_000);
    const quick = await scene.open(messages, { claimant: 'quick' });
    expect(await slow.finish()).toEqual([]);
    expect(await quick.finish()).toHaveLength(1);
  });

  it('names the turn in its report', async () => {
    const { scene, messages } = await settledChat();
    const turn = await scene.open(messages);
    const claimed = scene.events.filter(({ type }) => type === 'task.claimed');
    expect(claimed).toMatchObject([{ turn: await turn.id() }]);
  });
});

describe('a consumption', () => {
  it('is a signed part for the history of what the model was told, where and in which turn', async () => {
    const { scene, request, messages } = await settledChat();
    const turn = await scene.open(messages);
    const [consumption] = await turn.finish();
    expect(consumption).toMatchObject({
      type: 'async-function-consumption',
      v: 1,
      turn: await turn.id(),
      delivery: 'replace',
      handle: request.handle,
      response: {
        type: 'async-function-response',
        v: 1,
        id: request.id,
        functionCall: { callId: 'c1', name: 'render' },
        settledAt: toIso(scene.clock.now()),
        outcome: done({ url: 'u' }),
      },
    });
    const parsed = parseConsumption(JSON.parse(JSON.stringify(consumption)));
    expect(parsed).toEqual(consumption);
    expect(await scene.runtime.signer.verify(parsed, scopeKey(scope))).toBe(true);
    expect(await createSigner('a secret of somebody else').verify(parsed, scopeKey(scope))).toBe(false);
  });

  it('is stored with its turn', async () => {
    const { scene, request, messages } = await settledChat();
    const turn = await scene.open(messages);
    await turn.finish();
    expect((await scene.task(request.id)).consumption).toEqual({
      outcome: done({ url: 'u' }),
      turn: await turn.id(),
      at: scene.clock.now(),
    });
  });

  it('happens once, however often a turn is finished', async () => {
    const { scene, messages } = await settledChat();
    const turn = await scene.open(messages);
    const finished = await Promise.all([turn.finish(), turn.finish(), turn.finish()]);
    expect(finished.flat()).toHaveLength(1);
    expect(scene.reported('task.consumed')).toEqual(['completed']);
  });

  it('stands against a release that comes afterwards', async () => {
    const { scene, request, messages } = await settledChat();
    const turn = await scene.open(messages);
    await turn.finish();
    await turn.release();
    expect(await scene.task(request.id)).toHaveProperty('consumption');
  });

  it('is not there for a run that was released', async () => {
    const { scene, request, messages } = await settledChat();
    await (await scene.open(messages)).release();
    expect(await scene.task(request.id)).not.toHaveProperty('consumption');
  });
});

describe('the policy at consumption', () => {
  it('is asked as it is now, with the task and the outcome', async () => {
    const questions: PolicyQuestion[] = [];
    const authorize = (question: PolicyQuestion) => {
      questions.push(question);
      return true;
    };
    const { scene, request, messages } = await settledChat({ policy: { authorize } });
    await scene.open(messages);
    expect(questions.map(({ at }) => at)).toEqual(['arrival', 'consumption']);
    expect(questions[1]).toMatchObject({ task: { id: request.id }, outcome: done({ url: 'u' }) });
  });

  const forbids = { authorize: ({ at }: PolicyQuestion) => at === 'arrival' };

  it('that says no has the model told that the result is withheld, and not the result', async () => {
    const { scene, messages } = await settledChat({ policy: forbids });
    const turn = await scene.open(messages);
    expect(turn.plan.rewrite[0]?.show.outcome).toEqual({ status: 'withheld' });
    const consumptions = await turn.finish();
    expect(JSON.stringify([turn.plan, consumptions])).not.toContain('"url"');
    expect(scene.reported('task.withheld')).toEqual(['withheld']);
    expect(scene.reported('task.consumed')).toEqual([]);
  });

  it('that says no is final: the permission may come back, the result does not', async () => {
    let allowed = false;
    const authorize = ({ at }: PolicyQuestion) => at === 'arrival' || allowed;
    const { scene, messages } = await settledChat({ policy: { authorize } });
    const consumptions = await (await scene.open(messages)).finish();
    allowed = true;
    const later = await scene.open([...messages, says('I may not see it.', consumptions), asks()]);
    expect(later.plan.rewrite[0]?.show.outcome).toEqual({ status: 'withheld' });
    expect(later.plan.insert).toEqual([]);
  });

  it('withholds one result and shows another', async () => {
    const authorize = ({ at, task }: PolicyQuestion) => at === 'arrival' || task.toolName === 'send';
    const scene = createScene({ policy: { authorize } });
    const { request, messages } = await pendingChat(scene);
    const other = await scene.dispatch({ callId: 'c0', toolName: 'send', turn: 'turn_0' });
    await scene.complete(request.id, 'hidden');
    await scene.complete(other.id, 'shown');
    const turn = await scene.open(messages);
    expect(render(messages, turn.plan).join('\n')).not.toContain('hidden');
    expect(render(messages, turn.plan).join('\n')).toContain('shown');
  });

  it('marks a result as stale whose world has changed since the dispatch', async () => {
    let commit = 'abc';
    const policy = {
      snapshot: () => ({ commit }),
      isFresh: ({ snapshot }: { snapshot: unknown }) => JSON.stringify(snapshot) === JSON.stringify({ commit }),
    };
    const { scene, request, messages } = await settledChat({ policy });
    commit = 'def';
    const turn = await scene.open(messages);
    const shown = { toolName: 'render', handle: request.handle, outcome: done({ url: 'u' }), stale: true };
    expect(turn.plan.rewrite[0]?.show).toMatchObject(shown);
    const consumptions = await turn.finish();
    expect(consumptions[0]?.stale).toBe(true);
    commit = 'abc';
    const later = await scene.open([...messages, says('Hm.', consumptions), asks()]);
    expect(later.plan.rewrite[0]?.show).toMatchObject(shown);
  });

  it('is not asked whether a failure is fresh', async () => {
    let asked = 0;
    const isFresh = () => {
      asked += 1;
      return false;
    };
    const scene = createScene({ policy: { isFresh } });
    const { request, messages } = await pendingChat(scene);
    await scene.settle(request.id, { status: 'failed', error: { message: 'no' } });
    const { plan } = await scene.open(messages);
    expect(plan.rewrite[0]?.show).not.toHaveProperty('stale');
    expect(asked).toBe(0);
  });

  /** A policy that is down at consumption until it is mended. */
  const brokenPolicy = () => {
    const state = { broken: true };
    const authorize = ({ at }: PolicyQuestion) => {
      if (at === 'consumption' && state.broken) throw new Error('directory is down');
      return true;
    };
    return { state, policy: { authorize } };
  };

  it('that throws shows nothing: the run waits, and the next one asks again', async () => {
    const { state, policy } = brokenPolicy();
    const { scene, request, messages } = await settledChat({ policy });
    expect(await scene.begin(messages)).toMatchObject({ type: 'suspended', open: [{ id: request.id }] });
    expect(scene.reported('policy.failed')).toEqual(['directory is down']);
    expect(await scene.task(request.id)).not.toHaveProperty('claim');
    state.broken = false;
    const { plan } = await scene.open(messages, { claimant: 'run-2' });
    expect(plan.rewrite[0]?.show.outcome).toEqual(done({ url: 'u' }));
  });

  it('that throws when the user spoke leaves the placeholder, which stays where it was sent', async () => {
    const { state, policy } = brokenPolicy();
    const { scene, messages } = await settledChat({ policy });
    const spoken = [...messages, asks()];
    const before = await scene.open(spoken);
    expect(before.plan.rewrite[0]?.show).not.toHaveProperty('outcome');
    state.broken = false;
    const history = [...spoken, says('I wait.'), asks('And?')];
    const after = await scene.open(history, { claimant: 'run-2' });
    expect(render(history, after.plan).slice(0, spoken.length)).toEqual(render(spoken, before.plan));
    expect(after.plan.insert).toMatchObject([{ before: history.length, results: [{ outcome: done({ url: 'u' }) }] }]);
  });
});
