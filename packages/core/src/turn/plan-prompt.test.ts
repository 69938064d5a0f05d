import { describe, expect, it } from 'vitest';
import {
  answers,
  asks,
  calls,
  createScene,
  done,
  pendingChat,
  placed,
  placesOf,
  render,
  results,
  says,
} from '../../test/fixtures.ts';

/** A conversation that went on while one call was pending: its placeholder was sent. */
async function movedOn() {
  const scene = createScene();
  const { request, messages } = await pendingChat(scene);
  const spoken = [...messages, asks('Are you there?')];
  await (await scene.open(spoken)).finish();
  return { scene, request, messages: [...spoken, says('Yes.'), asks('And now?')] };
}

describe('a result that is replaced', () => {
  it('stays in the place of its placeholder in later prompts', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'u');
    const turn = await scene.open(messages);
    const consumptions = await turn.finish();
    const later = await scene.open([...messages, says('Done.', consumptions), asks('Thanks.')]);
    expect(placesOf(later.plan)).toEqual(placesOf(turn.plan));
  });

  it('stays there although the app did not keep the consumption: the store knows', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'u');
    const turn = await scene.open(messages);
    await turn.finish();
    const later = await scene.open([...messages, says('Done.'), asks('Thanks.')]);
    expect(placesOf(later.plan)).toEqual(placesOf(turn.plan));
  });

  it('is what the first result of its call shows; further ones are left out', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const response = await scene.respond(request, done('u'));
    const { plan } = await scene.open([...messages, answers(response), answers(response)]);
    expect(plan.rewrite).toMatchObject([{ message: 2, part: 0, show: { outcome: done('u') } }]);
    expect(plan.drop).toEqual([
      { message: 3, part: 0 },
      { message: 4, part: 0 },
    ]);
  });
});

describe('a result that comes after the conversation moved on', () => {
  it('is appended at the end, and its placeholder stays', async () => {
    const { scene, request, messages } = await movedOn();
    await scene.complete(request.id, 'u');
    const { plan } = await scene.open(messages);
    const { handle } = request;
    expect(plan.rewrite).toMatchObject([{ message: 2, part: 0, show: { toolName: 'render', handle } }]);
    expect(plan.rewrite[0]?.show).not.toHaveProperty('outcome');
    expect(plan.insert).toMatchObject([
      { before: 6, results: [{ as: 'append', answers: `late_${handle}`, handle, outcome: done('u') }] },
    ]);
  });

  it('is appended too when the placeholder was sent by a run that left no message', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const spoken = [...messages, asks('Are you there?')];
    await (await scene.open(spoken)).release();
    await scene.complete(request.id, 'u');
    const { plan } = await scene.open([...spoken, asks('Hello?')]);
    expect(plan.rewrite[0]?.show).not.toHaveProperty('outcome');
    expect(plan.insert).toMatchObject([{ before: 5, results: [{ outcome: done('u') }] }]);
  });

  it('stays where it was first told although its consumption is repeated later', async () => {
    const { scene, request, messages } = await movedOn();
    await scene.complete(request.id, 'u');
    const turn = await scene.open(messages);
    const consumptions = await turn.finish();
    const repeated = [...messages, says('Done.', consumptions), asks(), says('Again.', consumptions), asks()];
    const later = await scene.open(repeated);
    expect(placesOf(later.plan)).toEqual(placesOf(turn.plan));
  });

  it('has a call id that every provider takes', async () => {
    const scene = createScene({ tools: { generateTheQuarterlyReportOfTheCompany: {} } });
    const toolName = 'generateTheQuarterlyReportOfTheCompany';
    const request = await scene.dispatch({ toolName });
    await scene.complete(request.id, 'u');
    const messages = [asks(), calls(['c1', toolName]), placed(request), asks(), says(), asks()];
    const { plan } = await scene.open(messages);
    expect(plan.insert[0]?.results[0]?.answers).toMatch(/^[A-Za-z0-9_-]{1,40}$/);
  });

  it('stays before the message that holds its consumption', async () => {
    const { scene, request, messages } = await movedOn();
    await scene.complete(request.id, 'u');
    const turn = await scene.open(messages);
    const consumptions = await turn.finish();
    const later = await scene.open([...messages, says('Done.', consumptions), asks('Thanks.')]);
    expect(placesOf(later.plan)).toEqual(placesOf(turn.plan));
  });

  it('stays there although the app did not keep the consumption: the store knows', async () => {
    const { scene, request, messages } = await movedOn();
    await scene.complete(request.id, 'u');
    const turn = await scene.open(messages);
    await turn.finish();
    const later = await scene.open([...messages, says('Done.'), asks('Thanks.')]);
    expect(placesOf(later.plan)).toEqual(placesOf(turn.plan));
  });

  it('stays where an aborted run had sent it, although the user spoke before the next one', async () => {
    const { scene, request, messages } = await movedOn();
    await scene.complete(request.id, 'u');
    const abortedRun = await scene.open(messages, { claimant: 'run-1' });
    await abortedRun.release();
    const spoken = [...messages, asks('Hello?')];
    const next = await scene.open(spoken, { claimant: 'run-2' });
    expect(next.plan.insert).toEqual(abortedRun.plan.insert);
    const consumptions = await next.finish();
    const later = await scene.open([...spoken, says('Done.', consumptions), asks()], { claimant: 'run-3' });
    expect(placesOf(later.plan)).toEqual(placesOf(next.plan));
  });

  it('is appended together with the others that came, in the order of their calls', async () => {
    const scene = createScene();
    const one = await scene.dispatch({ callId: 'c1' });
    const two = await scene.dispatch({ callId: 'c2', toolName: 'send' });
    const messages = [asks(), calls(['c1', 'render'], ['c2', 'send']), placed(one, two), asks(), says(), asks()];
    await scene.complete(two.id, 'second');
    await scene.complete(one.id, 'first');
    const turn = await scene.open(messages);
    expect(turn.plan.insert).toMatchObject([
      { before: 6, results: [{ handle: one.handle, outcome: done('first') }, { handle: two.handle }] },
    ]);
    const consumptions = await turn.finish();
    const later = await scene.open([...messages, says('Both.', consumptions), asks()]);
    expect(placesOf(later.plan)).toEqual(placesOf(turn.plan));
  });

  it('keeps its place when another one is appended later', async () => {
    const scene = createScene();
    const one = await scene.dispatch({ callId: 'c1' });
    const two = await scene.dispatch({ callId: 'c2', toolName: 'send' });
    const messages = [asks(), calls(['c1', 'render'], ['c2', 'send']), placed(one, two), asks(), says(), asks()];
    await scene.complete(two.id, 'second');
    const consumptions = await (await scene.open(messages)).finish();
    await scene.complete(one.id, 'first');
    const { plan } = await scene.open([...messages, says('One.', consumptions), asks()]);
    expect(plan.insert).toMatchObject([
      { before: 6, results: [{ handle: two.handle }] },
      { before: 8, results: [{ handle: one.handle }] },
    ]);
  });

  it('stands behind the answers of a later step, not between a call and its answers', async () => {
    const { scene, request, messages } = await movedOn();
    await scene.complete(request.id, 'u');
    const step = [
      ...messages,
      calls(['s1', 'weather'], ['s2', 'weather']),
      results({ callId: 's1' }),
      results({ callId: 's2' }),
    ];
    const { plan } = await scene.open(step);
    expect(plan.insert).toMatchObject([{ before: step.length }]);
  });
});

describe('a result whose call was trimmed from the history', () => {
  const trimmed = async () => {
    const { scene, request, messages } = await movedOn();
    await scene.complete(request.id, 'u');
    return { scene, request, full: messages, messages: messages.slice(3) };
  };

  it('is appended at the end', async () => {
    const { scene, request, messages } = await trimmed();
    const { plan } = await scene.open(messages);
    expect(plan.rewrite).toEqual([]);
    expect(plan.insert).toMatchObject([
      { before: 3, results: [{ toolName: 'render', handle: request.handle, outcome: done('u') }] },
    ]);
  });

  it('stays there in later prompts', async () => {
    const { scene, messages } = await trimmed();
    const turn = await scene.open(messages);
    const consumptions = await turn.finish();
    const later = await scene.open([...messages, says('Done.', consumptions), asks()]);
    expect(placesOf(later.plan)).toEqual(placesOf(turn.plan));
    expect(await later.finish()).toEqual([]);
  });

  it('stays there although a run was to show it in its place before the history was trimmed', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'u');
    await (await scene.open(messages, { claimant: 'run-1' })).release();
    const short = [asks('Well?')];
    const turn = await scene.open(short, { claimant: 'run-2' });
    expect(turn.plan.insert).toMatchObject([{ before: 1, results: [{ outcome: done('u') }] }]);
    const consumptions = await turn.finish();
    const later = await scene.open([...short, says('Done.', consumptions), asks()], { claimant: 'run-3' });
    expect(placesOf(later.plan)).toEqual(placesOf(turn.plan));
  });

  it('is shown once when the call comes back, with its placeholder', async () => {
    const { scene, full, messages } = await trimmed();
    const consumptions = await (await scene.open(messages)).finish();
    const whole = [...full, says('Done.', consumptions), asks()];
    const lines = render(whole, (await scene.open(whole)).plan);
    expect(lines.filter((line) => line.includes('"result":"u"'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('placeholder'))).toHaveLength(1);
  });

  it('stands right behind the answers when the call comes back and the app did not keep the consumption', async () => {
    const { scene, full, messages } = await trimmed();
    await (await scene.open(messages)).finish();
    const { plan } = await scene.open([...full, says('Done.'), asks()]);
    expect(plan.insert).toMatchObject([{ before: 3, results: [{ outcome: done('u') }] }]);
  });

  it('is not shown while it is pending', async () => {
    const { scene, messages } = await movedOn();
    expect((await scene.open(messages.slice(3))).plan.insert).toEqual([]);
  });
});

describe('a result whose call is nowhere', () => {
  it('of ours is left out', async () => {
    const scene = createScene();
    const { messages } = await pendingChat(scene);
    const { plan } = await scene.open([...messages.slice(2), asks()]);
    expect(plan.drop).toEqual([{ message: 0, part: 0 }]);
    expect(plan.rewrite).toEqual([]);
  });

  it('of somebody else is the host’s to judge', async () => {
    const { plan } = await createScene().open([results({ callId: 's1' }), asks()]);
    expect(plan.drop).toEqual([]);
  });

  it('stays as the answer to a call that the provider holds', async () => {
    const scene = createScene();
    const { request } = await pendingChat(scene);
    const response = await scene.respond(request, done('u'));
    const { plan } = await scene.open([answers(response)], { callsElsewhere: true });
    expect(plan.rewrite).toMatchObject([{ message: 0, part: 0, show: { handle: request.handle, outcome: done('u') } }]);
    expect(plan.drop).toEqual([]);
    expect(plan.insert).toEqual([]);
  });

  it('stays as the placeholder of a pending call that the provider holds', async () => {
    const scene = createScene();
    const { request } = await pendingChat(scene);
    const { plan } = await scene.open([placed(request), asks('Are you there?')], { callsElsewhere: true });
    expect(plan.drop).toEqual([]);
    expect(plan.rewrite).toMatchObject([{ message: 0, part: 0, show: { handle: request.handle } }]);
  });
});

describe('ordinary calls', () => {
  it('of an async tool whose dispatch failed keep the first of several results', async () => {
    const dispatch = () => Promise.reject(new Error('farm is down'));
    const scene = createScene({ tools: { render: { dispatch } } });
    await scene.dispatch().catch(() => {});
    const messages = [asks(), calls(['c1', 'render']), results({ callId: 'c1' }, { callId: 'c1' })];
    expect((await scene.open(messages)).plan).toMatchObject({ drop: [{ message: 2, part: 1 }], rewrite: [] });
  });
});
