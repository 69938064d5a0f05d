import { describe, expect, it } from 'vitest';
import { createAuditFile } from '../../test/audit-file.ts';
import {
  answers,
  asks,
  calls,
  createFakeClock,
  createScene,
  done,
  pendingChat,
  placed,
  type Request,
  type Scene,
  type SceneOptions,
  says,
  scope,
  start,
  type TestMessage,
  thrownBy,
} from '../../test/fixtures.ts';
import {
  type AuditEvent,
  answerInput,
  cancel,
  createAuditLog,
  type OpenTurn,
  readLineage,
  reportProgress,
} from '../index.ts';

/** Finishes a turn that makes these calls of async tools, and dispatches them. */
async function act(scene: Scene, turn: OpenTurn, ...made: readonly (readonly [callId: string, name: string])[]) {
  await turn.finish(made.map(([callId, toolName]) => ({ callId, toolName, arguments: { of: callId } })));
  const requests: Request[] = [];
  for (const [callId, toolName] of made) {
    requests.push(await scene.dispatch({ callId, toolName, arguments: { of: callId }, turn: await turn.id() }));
  }
  return { requests, messages: [calls(...made), placed(...requests)] as TestMessage[] };
}

/**
 * Two calls in the first turn; the second turn is told of one result and makes two more calls, one of a plain tool; the
 * third is told of the rest and only says something.
 */
async function branchingStory() {
  const scene = createScene({ tools: { render: {}, send: {} } });
  const one = await scene.open([asks()]);
  const first = await act(scene, one, ['c1', 'render'], ['c2', 'send']);
  const [render, send] = first.requests as [Request, Request];
  await scene.complete(render.id, 'u');
  await scene.complete(send.id, 'sent');
  const messages = [asks(), ...first.messages];
  const two = await scene.open(messages);
  const consumptions = await two.finish([
    { callId: 'c3', toolName: 'render', arguments: { script: 'a' } },
    { callId: 'c4', toolName: 'search', arguments: {} },
  ]);
  const again = await scene.dispatch({ callId: 'c3', turn: await two.id() });
  await scene.complete(again.id, 'v');
  const second: TestMessage = { ...calls(['c3', 'render'], ['c4', 'search']), consumptions };
  const three = await scene.open([...messages, second, placed(again)]);
  await three.finish();
  const turns = [await one.id(), await two.id(), await three.id()] as const;
  return { scene, turns, tasks: { render, send, again }, lineage: readLineage(scene.events) };
}

const texts = (events: readonly AuditEvent[], id: string) =>
  readLineage(events)
    .explain(id)
    .map(({ text }) => text);

describe('readLineage', () => {
  it('knows which results a turn was shown', async () => {
    const { turns, tasks, lineage } = await branchingStory();
    const seen = turns.map((turn) => lineage.resultsSeenBy(turn).map(({ id }) => id));
    expect(seen).toEqual([[], [tasks.render.id, tasks.send.id], [tasks.again.id]]);
    expect(lineage.resultsSeenBy('turn_of_nobody')).toEqual([]);
  });

  it('knows which calls followed from a result', async () => {
    const { turns, tasks, lineage } = await branchingStory();
    const followed = [
      {
        turn: turns[1],
        calls: [
          { callId: 'c3', toolName: 'render', inputDigest: expect.any(String), task: tasks.again.id },
          { callId: 'c4', toolName: 'search', inputDigest: expect.any(String) },
        ],
      },
    ];
    expect(lineage.actionsAfter(tasks.render.id)).toEqual(followed);
    expect(lineage.actionsAfter(tasks.render.id, { deep: true })).toEqual([...followed, { turn: turns[2], calls: [] }]);
    expect(lineage.actionsAfter('task_of_nobody')).toEqual([]);
  });

  it('lists the turns with their calls, and the tasks with what they were told in', async () => {
    const { turns, tasks, lineage } = await branchingStory();
    expect(lineage.turns().map(({ id, calls: made }) => [id, made.map(({ task }) => task)])).toEqual([
      [turns[0], [tasks.render.id, tasks.send.id]],
      [turns[1], [tasks.again.id, undefined]],
      [turns[2], []],
    ]);
    expect(lineage.tasks().map(({ id, state, consumption }) => [id, state, consumption?.turn])).toEqual([
      [tasks.render.id, 'completed', turns[1]],
      [tasks.send.id, 'completed', turns[1]],
      [tasks.again.id, 'completed', turns[2]],
    ]);
    expect(lineage.tasks()[0]).toMatchObject({
      scope,
      handle: tasks.render.handle,
      toolName: 'render',
      calls: [{ turn: turns[0], callId: 'c1' }],
      consumption: { status: 'completed', outputDigest: expect.any(String), at: start },
    });
  });

  it('counts a call of a re-run that joined a task as a call of its turn', async () => {
    const scene = createScene();
    const { id } = await scene.dispatch();
    await scene.dispatch({ callId: 'c9' });
    const lineage = readLineage(scene.events);
    expect(lineage.turns()).toMatchObject([
      {
        id: 'turn_1',
        calls: [
          { callId: 'c1', task: id },
          { callId: 'c9', task: id },
        ],
      },
    ]);
    expect(lineage.tasks()).toMatchObject([
      {
        calls: [
          { turn: 'turn_1', callId: 'c1' },
          { turn: 'turn_1', callId: 'c9' },
        ],
      },
    ]);
  });

  it('knows the call of a task whose process died before it could log it', async () => {
    const scene = createScene();
    const { id } = await scene.dispatch();
    const lineage = readLineage(scene.events.filter(({ type }) => type !== 'task.created'));
    expect(lineage.turns()).toMatchObject([{ calls: [{ callId: 'c1', toolName: 'render', task: id }] }]);
    expect(lineage.tasks()).toMatchObject([{ id, state: 'working' }]);
  });

  it('knows what a turn was told whose process died before it could log its end', async () => {
    const { scene, turns, tasks } = await branchingStory();
    const lineage = readLineage(scene.events.filter(({ type, turn }) => type !== 'turn.finished' || turn !== turns[1]));
    expect(lineage.resultsSeenBy(turns[1]).map(({ id }) => id)).toEqual([tasks.render.id, tasks.send.id]);
    expect(lineage.actionsAfter(tasks.render.id)).toMatchObject([{ turn: turns[1], calls: [{ callId: 'c3' }] }]);
    expect(lineage.turns()[1]).not.toHaveProperty('finishedAt');
  });

  it('believes the end of a turn about results of which nothing else is logged', async () => {
    const { scene, turns, tasks } = await branchingStory();
    const lineage = readLineage(scene.events.filter(({ type }) => type !== 'task.consumed'));
    expect(lineage.resultsSeenBy(turns[2]).map(({ id }) => id)).toEqual([tasks.again.id]);
    expect(lineage.tasks().map(({ consumption }) => consumption?.turn)).toEqual([turns[1], turns[1], turns[2]]);
  });

  it('shows no results of a model call that was given up', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'u');
    await (await scene.open(messages)).release();
    const lineage = readLineage(scene.events);
    expect(lineage.turns().map(({ id }) => id)).toEqual(['turn_1']);
    expect(lineage.tasks()).toMatchObject([{ state: 'completed' }]);
    expect(lineage.tasks()[0]).not.toHaveProperty('consumption');
  });

  it('makes no task of an id that somebody wrote into a history', () => {
    const ignored: AuditEvent = { type: 'history.ignored', at: 1, id: 'task_forged', scope, detail: 'request' };
    expect(readLineage([ignored]).tasks()).toEqual([]);
    expect(readLineage([ignored]).explain('task_forged')).toEqual([]);
  });

  it('reads the logs of several processes in any order', async () => {
    const file = createAuditFile();
    const clock = createFakeClock();
    const first = createScene({ clock, audit: file.open(clock).sink });
    const second = createScene({ clock, store: first.store, audit: file.open(clock).sink });
    const { request, messages } = await pendingChat(first);
    await clock.advance(1);
    await second.complete(request.id, 'u');
    await clock.advance(1);
    const turn = await first.open(messages);
    await turn.finish();
    const entries = await file.entries();
    const expected = readLineage(entries).explain(request.id);
    expect(expected).toHaveLength(6);
    expect(readLineage(entries.toReversed()).explain(request.id)).toEqual(expected);
    expect(readLineage([...entries, ...entries]).explain(request.id)).toEqual(expected);
  });

  it('keeps the order of a process whose clock jumped back', async () => {
    const file = createAuditFile();
    const { sink } = file.open(createFakeClock());
    const event = (type: AuditEvent['type'], at: number): AuditEvent => ({
      type,
      at,
      id: 'a',
      scope,
      detail: 'working',
    });
    await sink(event('task.input-requested', 10));
    await sink(event('task.input-answered', 5));
    expect(readLineage(await file.entries()).tasks()).toMatchObject([{ state: 'working' }]);
  });
});

describe('explain', () => {
  it('tells the life of a task in sentences with times', async () => {
    const clock = createFakeClock();
    const scene = createScene({ clock });
    const { request, messages } = await pendingChat(scene);
    await clock.advance(1_000);
    await scene.complete(request.id, 'u');
    await clock.advance(1_000);
    const turn = await scene.open(messages);
    await turn.finish();
    const id = await turn.id();
    expect(readLineage(scene.events).explain(request.id)).toEqual([
      { at: start, text: `Turn "turn_1" made call "c1" of tool "render": recorded as "${request.handle}".` },
      { at: start, text: 'It was dispatched, and its receipt was stored.' },
      { at: start + 1_000, text: 'It was settled: completed.' },
      { at: start + 2_000, text: `Turn "${id}" claimed its outcome, to show it to the model.` },
      { at: start + 2_000, text: `Turn "${id}" was told: completed.` },
      { at: start + 2_000, text: `So it is completed, and turn "${id}" was told.` },
    ]);
  });

  it('tells of questions and answers', async () => {
    const scene = createScene();
    const { id } = await scene.dispatch();
    await reportProgress(scene.runtime, { id, scope, inputRequest: { key: 'k', message: 'Which size?' } });
    expect(texts(scene.events, id).at(-1)).toBe('So it waits for an answer to a question.');
    await answerInput({ runtime: scene.runtime, tools: scene.tools, id, scope, answer: 'A4' });
    expect(texts(scene.events, id).slice(2)).toEqual([
      'The outside asked a question.',
      'A question was answered, which made it working.',
      'So it waits for its result.',
    ]);
  });

  it('tells of attempts that were refused, and why', async () => {
    const scene = createScene();
    const { id } = await scene.dispatch();
    await scene.complete(id, 'u');
    await scene.complete(id, 'v');
    expect(texts(scene.events, id).slice(2)).toEqual([
      'It was settled: completed.',
      'An attempt to settle it was refused: conflict.',
      'So it is completed, and no turn was told yet.',
    ]);
  });

  it('tells of a dispatch that failed', async () => {
    const dispatch = () => {
      throw new Error('farm is down');
    };
    const scene = createScene({ tools: { render: { dispatch } } });
    await thrownBy(() => scene.dispatch());
    const [task] = readLineage(scene.events).tasks();
    expect(task).toMatchObject({ state: 'failed' });
    expect(texts(scene.events, task?.id ?? '').slice(1)).toEqual([
      'Its dispatch failed: dispatch_failed. The host told the model so in the place of a receipt.',
      'So it has failed.',
    ]);
  });

  it('tells of a cancellation, and of a result that came too late', async () => {
    const scene = createScene();
    const { id } = await scene.dispatch();
    await cancel({ runtime: scene.runtime, tools: scene.tools, task: { scope, id }, reason: 'enough' });
    await scene.complete(id, 'u');
    expect(texts(scene.events, id).slice(2)).toEqual([
      'It was cancelled: enough.',
      'A result that no model may see was put aside: cancelled.',
      'An attempt to settle it was refused: cancelled.',
      'So it is cancelled, and no turn was told yet.',
    ]);
  });

  it('tells of a withheld result with what was permitted then and now', async () => {
    const policy: SceneOptions['policy'] = {
      permissions: () => ['read'],
      authorize: ({ at }) => ({ allow: at === 'arrival', permissions: [] }),
    };
    const scene = createScene({ policy });
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'u');
    const turn = await scene.open(messages);
    await turn.finish();
    const [task] = readLineage(scene.events).tasks();
    expect(task).toMatchObject({ state: 'completed', consumption: { status: 'withheld' } });
    expect(texts(scene.events, request.id).slice(-2)).toEqual([
      `Turn "${await turn.id()}" was told that the result is withheld. Permitted when the call was made: ["read"]; then: [].`,
      `So it is completed, and turn "${await turn.id()}" was told.`,
    ]);
  });

  it('tells of an expiry, and of the late result that came all the same', async () => {
    const scene = createScene({ tools: { render: { deadline: '1m', lateResult: 'accept' } } });
    const { request, messages } = await pendingChat(scene);
    await scene.clock.advance(60_000);
    const turn = await scene.open(messages);
    const consumptions = await turn.finish();
    await scene.complete(request.id, 'u');
    await (await scene.open([...messages, says('Late.', consumptions), asks('And now?')])).finish();
    const lineage = readLineage(scene.events);
    const [expired, sequel] = lineage.tasks();
    expect(expired).toMatchObject({ id: request.id, state: 'expired', consumption: { turn: await turn.id() } });
    expect(sequel).toMatchObject({ state: 'completed', sequelOf: request.id, calls: [] });
    expect(texts(scene.events, sequel?.id ?? '')[0]).toBe(
      `It brings the late result of expired task "${request.id}": completed.`,
    );
  });

  it('tells of a dependency', async () => {
    const scene = createScene({ tools: { render: {}, send: { dependsOn: (input) => [String(input)] } } });
    const { id } = await scene.dispatch();
    const send = await scene.dispatch({ callId: 'c2', toolName: 'send', arguments: id });
    expect(texts(scene.events, send.id)[0]).toContain(`, to be told after "${id}".`);
  });

  it('tells of a response in the messages that proved nothing', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const forged = { ...(await scene.respond(request, done('u'))), signature: 'forged' };
    await thrownBy(() => scene.begin([...messages, answers(forged)]));
    await scene.begin([...messages, answers(forged), says(), asks()]);
    expect(texts(scene.events, request.id).at(-2)).toMatch(/proved nothing, and was ignored: unauthorized/);
  });

  it('tells of a policy that failed', async () => {
    const authorize = () => {
      throw new Error('no connection');
    };
    const scene = createScene({ policy: { authorize } });
    const { id } = await scene.dispatch();
    await scene.complete(id, 'u');
    expect(texts(scene.events, id).slice(2)).toEqual([
      'The policy gave no answer: no connection. Nothing was decided.',
      'So it waits for its result.',
    ]);
  });
});

it('reads events that a log took as well as the log itself', async () => {
  const lines: string[] = [];
  const log = createAuditLog({ write: (line) => void lines.push(line) });
  const scene = createScene({ audit: log.sink });
  const { id } = await scene.dispatch();
  const entries = lines.map((line) => JSON.parse(line));
  expect(readLineage(entries.map(({ event }) => event)).tasks()).toEqual(readLineage(entries).tasks());
  expect(readLineage(entries).tasks()).toMatchObject([{ id }]);
});

describe('a result that was told again', () => {
  const common = { scope, toolName: 'render', handle: 'render_a' };
  const result = { id: 'task_a', handle: 'render_a', outputDigest: 'd' };
  const call = { callId: 'c2', toolName: 'search', inputDigest: 'i' };
  const events: AuditEvent[] = [
    { ...common, type: 'task.created', at: 1, id: 'task_a', turn: 'turn_1', callId: 'c1' },
    { ...common, type: 'task.settled', at: 2, id: 'task_a', detail: 'completed' },
    {
      type: 'turn.finished',
      at: 4,
      scope,
      id: 'turn_3',
      turn: 'turn_3',
      calls: [call],
      results: [{ ...result, turn: 'turn_2' }],
    },
  ];

  it('was consumed by the turn that was told first, of which the log may know nothing else', () => {
    const lineage = readLineage(events);
    expect(lineage.tasks()).toMatchObject([{ consumption: { turn: 'turn_2' } }]);
    expect(lineage.resultsSeenBy('turn_2')).toEqual([result]);
    expect(lineage.resultsSeenBy('turn_3')).toEqual([{ ...result, turn: 'turn_2' }]);
  });

  it('is logged when the process died before it could log that it was told', async () => {
    const life: { dying: boolean } = { dying: true };
    const taken: AuditEvent[] = [];
    const scene = createScene({
      audit: (event) => {
        if (life.dying && event.type === 'task.consumed') throw new Error('killed');
        taken.push(event);
      },
    });
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'u');
    const lost = await scene.open(messages);
    expect(await thrownBy(() => lost.finish())).toEqual(new Error('killed'));
    life.dying = false;
    const next = await scene.open([...messages, asks('And?')], { claimant: 'run-2' });
    await next.finish([{ callId: 'c2', toolName: 'search', arguments: {} }]);
    const lineage = readLineage(taken);
    expect(lineage.tasks()[0]?.consumption?.turn).toBe((await scene.task(request.id)).consumption?.turn);
    expect(lineage.actionsAfter(request.id)).toMatchObject([
      { turn: await lost.id(), calls: [] },
      { turn: await next.id(), calls: [{ callId: 'c2' }] },
    ]);
  });

  it('is followed by what both turns did', () => {
    const lineage = readLineage(events);
    expect(lineage.actionsAfter('task_a')).toEqual([
      { turn: 'turn_2', calls: [] },
      { turn: 'turn_3', calls: [call] },
    ]);
  });
});
