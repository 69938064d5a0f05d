import { describe, expect, it } from 'vitest';
import { asks, createScene, pendingChat, says, scope, start } from '../../test/fixtures.ts';
import { cancel } from '../index.ts';

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
      expect(event).toMatchObject({ scope, id: expect.stringMatching(/^task_/), toolName: 'render' });
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
