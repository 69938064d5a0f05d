import { describe, expect, it } from 'vitest';
import { asks, createScene, latecallOf, pendingChat, says, scope, start } from '../../test/fixtures.ts';
import { cancel, type PolicyQuestion } from '../index.ts';

describe('audit events', () => {
  it('tell the life of a task in order', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, { url: 'u' });
    const turn = await scene.open(messages);
    await turn.finish();
    expect(scene.events.map(({ type }) => type)).toEqual([
      'task.created',
      'task.dispatched',
      'task.settled',
      'task.claimed',
      'task.consumed',
      'turn.finished',
    ]);
  });

  it('survive a JSON round trip and name the task, its scope and the time', async () => {
    const scene = createScene({ tools: { render: { deadline: '1m' } } });
    const { request, messages } = await pendingChat(scene);
    const other = await scene.dispatch({ turn: 'turn_2' });
    const { runtime, tools } = scene;
    await cancel({ runtime, tools, task: { scope, id: other.id }, reason: 'enough' });
    await scene.clock.advance(60_000);
    await scene.complete(request.id, 'late');
    await (await scene.open([...messages, says(), asks()])).finish();
    expect(scene.events.length).toBeGreaterThan(6);
    expect(JSON.parse(JSON.stringify(scene.events))).toEqual(scene.events);
    for (const event of scene.events) {
      const ofTask = { id: expect.stringMatching(/^task_/), toolName: 'render' };
      expect(event).toMatchObject({ scope, ...(event.type === 'turn.finished' ? { id: event.turn } : ofTask) });
      expect(event.at).toBeGreaterThanOrEqual(start);
    }
  });

  it('say which turn made the call and which turn was shown the result', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    await scene.complete(request.id, 'u');
    const turn = await scene.open(messages);
    await turn.finish();
    const turnOf = (type: string) => scene.events.find((event) => event.type === type)?.turn;
    expect(turnOf('task.created')).toBe('turn_1');
    expect(turnOf('task.consumed')).toBe(await turn.id());
  });

  it('hold no inputs, receipts, results or tokens', async () => {
    const tokens: string[] = [];
    const scene = createScene({
      callbackUrl: 'https://app.example/cb',
      tools: {
        render: {
          dispatch: (_, { callback }) => {
            tokens.push(callback?.token ?? '');
            return 'secret receipt';
          },
        },
      },
    });
    const request = await scene.dispatch({ arguments: 'secret input' });
    await scene.complete(request.id, 'secret result');
    await scene.complete(request.id, 'secret second result');
    const log = JSON.stringify(scene.events);
    expect(log).not.toContain('secret');
    expect(log).not.toContain(tokens[0]);
  });

  it('are told in order to a sink that takes its time', async () => {
    const taken: string[] = [];
    const scene = createScene({
      audit: async ({ type }) => {
        await new Promise<void>((resolve) => setImmediate(resolve));
        taken.push(type);
      },
    });
    const { id } = await scene.dispatch();
    await scene.complete(id, 'u');
    expect(taken).toEqual(['task.created', 'task.dispatched', 'task.settled']);
  });
});

describe('audit events of everything that can happen beside a result', () => {
  it('are there once each, with digests where there is something to prove, and with no secret in them', async () => {
    const authorize = async ({ at, outcome }: PolicyQuestion) => {
      if (outcome.status === 'completed' && outcome.result === 'secret undecided') throw new Error('down');
      return at === 'consumption' || outcome.status !== 'completed' || outcome.result !== 'secret denied';
    };
    const tools = { render: { deadline: '1h', dependsOn: ({ on = [] }: { on?: string[] }) => on } } as const;
    const scene = createScene({ tools, policy: { authorize } });
    const later = latecallOf(scene);
    const one = await scene.dispatch({ arguments: { secret: 'secret input' } });
    const two = await scene.dispatch({ turn: 't2', arguments: { on: [one.handle] } });
    const three = await scene.dispatch({ turn: 't3' });
    const four = await scene.dispatch({ turn: 't4' });
    await scene.dispatch({ turn: 't4' });
    await later.report({ id: one.id, progress: { message: 'secret progress' }, log: 'secret log' });
    await later.report({ id: one.id, inputRequest: { message: 'secret question' } });
    await later.answer({ id: one.id, scope, answer: 'secret answer', tools: scene.tools });
    await scene.complete(three.id, 'secret denied');
    await scene.complete(four.id, 'secret undecided');
    await later.cancel({ id: one.id, scope, reason: 'enough', tools: scene.tools });
    await scene.complete(one.id, 'secret after the end');
    const names = new Map([one, two, three, four].map(({ id }, index) => [id, ['one', 'two', 'three', 'four'][index]]));
    const types = scene.events.map(({ type, id, detail }) => [type, names.get(id), detail]);
    expect(types).toEqual([
      ['task.created', 'one', undefined],
      ['task.dispatched', 'one', undefined],
      ['task.created', 'two', undefined],
      ['task.dispatched', 'two', undefined],
      ['task.created', 'three', undefined],
      ['task.dispatched', 'three', undefined],
      ['task.created', 'four', undefined],
      ['task.dispatched', 'four', undefined],
      ['task.rejoined', 'four', undefined],
      ['task.progress', 'one', undefined],
      ['task.input-requested', 'one', 'input_required'],
      ['task.input-answered', 'one', 'working'],
      ['task.quarantined', 'three', 'unauthorized'],
      ['task.settled', 'three', 'withheld'],
      ['task.refused', 'three', 'unauthorized'],
      ['policy.failed', 'four', 'down'],
      ['task.cancelled', 'one', 'enough'],
      ['task.cancelled', 'two', `it depends on "${one.handle}", which was cancelled`],
      ['task.quarantined', 'one', 'cancelled'],
      ['task.refused', 'one', 'cancelled'],
    ]);
    const proving = scene.events.filter(({ type }) => /created|settled|quarantined|cancelled/.test(type));
    for (const { inputDigest, outputDigest } of proving) {
      expect(inputDigest ?? outputDigest).toMatch(/^[\w-]{43}$/);
    }
    expect(scene.events.find(({ id, type }) => id === two.id && type === 'task.created')?.dependsOn).toEqual([one.id]);
    expect(JSON.stringify(scene.events)).not.toContain('secret');
  });

  it('say of a digest whether two results were the same', async () => {
    const scene = createScene();
    const digests = [];
    for (const [turn, result] of [
      ['t1', { a: 1, b: 2 }],
      ['t2', { b: 2, a: 1 }],
      ['t3', { a: 2 }],
    ] as const) {
      const { id } = await scene.dispatch({ turn });
      await scene.complete(id, result);
      digests.push(scene.events.at(-1)?.outputDigest);
    }
    expect(new Set(digests).size).toBe(2);
    expect(digests[0]).toBe(digests[1]);
  });
});
