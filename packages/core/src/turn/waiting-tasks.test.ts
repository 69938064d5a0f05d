import { describe, expect, it } from 'vitest';
import {
  answers,
  asks,
  calls,
  createScene,
  done,
  pendingChat,
  results,
  type Scene,
  says,
  scope,
  type TestMessage,
  thrownBy,
  transcriptOf,
} from '../../test/fixtures.ts';
import { createMemoryStore, type TurnInput, waitingTasks } from '../index.ts';

function waiting({ runtime, tools }: Scene, messages: readonly TestMessage[], more: Partial<TurnInput> = {}) {
  return waitingTasks({ runtime, tools, scope, transcript: transcriptOf(messages), ...more });
}

describe('what a run waits for', () => {
  it('are the pending calls of its last step', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    expect(await waiting(scene, messages)).toMatchObject([{ id: request.id }]);
  });

  it('is no call whose dispatch failed, also if that could not be marked as told', async () => {
    const store = createMemoryStore();
    const dispatch = () => Promise.reject(new Error('No desk.'));
    const broken = { ...store, claim: () => Promise.reject(new Error('No connection.')) };
    await thrownBy(() => createScene({ store: broken, tools: { render: { dispatch } } }).dispatch());
    const scene = createScene({ store });
    const messages = [asks(), calls(['c1', 'render']), results({ callId: 'c1' })];
    expect(await waiting(scene, messages)).toBeUndefined();
    expect(await scene.begin(messages)).toMatchObject({ type: 'open' });
  });

  it('is nothing once the result is in, and nobody has claimed it', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const response = await scene.respond(request, done('u'));
    expect(await waiting(scene, [...messages, answers(response)])).toBeUndefined();
    expect(await scene.task(request.id)).not.toHaveProperty('claim');
  });

  it('are the tasks of the conversation where the model has nothing new to answer', async () => {
    const scene = createScene({ tools: { render: { mode: 'continue' } } });
    const { request, messages } = await pendingChat(scene);
    expect(await waiting(scene, messages)).toBeUndefined();
    expect(await waiting(scene, [...messages, says()])).toMatchObject([{ id: request.id }]);
  });
});

describe('a response that comes a second time', () => {
  const told = async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const response = answers(await scene.respond(request, done('u')));
    const consumptions = await (await scene.open([...messages, response])).finish();
    return { scene, response, history: [...messages, response, says('Done.', consumptions)] };
  };

  it('asks for no answer of the model', async () => {
    const { scene, response, history } = await told();
    expect(await waiting(scene, [...history, response])).toEqual([]);
    expect(await scene.begin([...history, response])).toEqual({ type: 'suspended', open: [] });
  });

  it('does not keep a user from getting one', async () => {
    const { scene, response, history } = await told();
    expect(await waiting(scene, [...history, response, asks()])).toBeUndefined();
  });
});

describe('a response that cannot be taken, where the host has stored it already', () => {
  it('is reported, and the run goes on waiting', async () => {
    const scene = createScene();
    const { request, messages } = await pendingChat(scene);
    const { signature: _, ...unsigned } = await scene.respond(request, done('forged'));
    const history = [...messages, answers(unsigned)];
    expect(await waiting(scene, history, { refused: 'report' })).toMatchObject([{ id: request.id }]);
    expect(scene.reported('history.ignored')).toContain('unauthorized');
    await expect(waiting(scene, history)).rejects.toMatchObject({ code: 'response_refused' });
  });
});
