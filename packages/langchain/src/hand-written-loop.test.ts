import assert from 'node:assert/strict';
import {
  type AIMessage,
  type AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  mapChatMessagesToStoredMessages,
  mapStoredMessagesToChatMessages,
  type ToolMessage,
} from '@langchain/core/messages';
import { fakeModel } from '@langchain/core/testing';
import type { StructuredToolInterface } from '@langchain/core/tools';
import { createMemoryStore } from '@latecall/core';
import type { ScriptedModel } from '@latecall/testing';
import { describe, expect, it } from 'vitest';
import { asks, calls, createWeather, done, playScene, type Scene, says } from '../test/fixtures.ts';
import { createLatecall, LatecallError, PendingError, type WrappedAgent } from './index.ts';

const scope = { thread: 'chat-1' };

type Ask = (prompt: BaseMessage[]) => Promise<AIMessage>;

/** A loop of the app's own: asks the model and runs its calls, until it has answered in text or the run waits. */
async function runLoop(input: {
  agent: WrappedAgent<readonly StructuredToolInterface[]>;
  ask: Ask;
  messages: BaseMessage[];
}): Promise<AIMessage | undefined> {
  const { agent, ask, messages } = input;
  for (;;) {
    const answer = await agent.project(messages, ask);
    if (answer === undefined) return undefined;
    messages.push(answer);
    const { tool_calls: made = [] } = answer;
    if (made.length === 0) return answer;
    for (const call of made) {
      const called = agent.tools.find(({ name }) => name === call.name);
      assert.ok(called !== undefined);
      messages.push((await called.invoke(call)) as ToolMessage);
    }
  }
}

/** What most tests need: the loop, run again and again on one history. */
function loopOf(scene: Scene, given: StructuredToolInterface[] = [scene.render()]) {
  const agent = scene.later.wrap({ tools: given, scope });
  const model = scene.model.bindTools([...agent.tools]);
  const ask: Ask = (prompt) => model.invoke(prompt);
  const messages: BaseMessage[] = [asks()];
  return { agent, ask, messages, tools: given, run: () => runLoop({ agent, ask, messages }) };
}

const rendersA: ScriptedModel = [calls(['render', { script: 'a' }]), says('It is at u.')];

describe('a loop of your own', () => {
  it('stops while a call is pending, and goes on with the result in the messages', () =>
    playScene({ model: rendersA }, async (scene) => {
      const { messages, run } = loopOf(scene);
      expect(await run()).toBeUndefined();
      expect(scene.request(messages).functionCall).toMatchObject({ name: 'render', arguments: { script: 'a' } });
      expect(await run()).toBeUndefined();
      expect(scene.server.requests).toHaveLength(1);

      messages.push(...(await scene.answers(messages, done('u'))));
      expect((await run())?.text).toBe('It is at u.');
      expect(answersSent(scene)).toEqual(['{"url":"u"}']);
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('goes on with its own history when the result came into the store', () =>
    playScene({ model: rendersA }, async (scene) => {
      const { messages, tools, run } = loopOf(scene);
      await run();
      const { id } = scene.request(messages);
      expect(await scene.later.settle({ id, outcome: done('u'), tools, scope })).toMatchObject({ verdict: 'accepted' });
      expect((await run())?.text).toBe('It is at u.');
      expect(answersSent(scene)).toEqual(['{"url":"u"}']);
    }));

  it('goes on in another process from a history of JSON, without a common store', () =>
    playScene({ model: rendersA, runtime: { secret: 'a secret of the app' } }, async (scene) => {
      const { messages, ask, tools, run } = loopOf(scene);
      await run();
      messages.push(...(await scene.answers(messages, done('u'))));
      const agent = createLatecall({ secret: 'a secret of the app' }).wrap({ tools, scope });
      const answer = await runLoop({ agent, ask, messages: throughJSON(messages) });
      expect(answer?.text).toBe('It is at u.');
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('keeps the same words for the same messages in later prompts', () =>
    playScene({ model: [...(rendersA as []), says('You are welcome.')] }, async (scene) => {
      const { messages, run } = loopOf(scene);
      await run();
      messages.push(...(await scene.answers(messages, done('u'))));
      await run();
      const before = promptSent(scene);
      messages.push(new HumanMessage('Thanks.'));
      await run();
      expect(promptSent(scene).slice(0, before.length)).toEqual(before);
    }));

  it('loses neither a dispatch nor an answer where the reader of its events has left', () =>
    playScene({ model: rendersA }, async (scene) => {
      const { agent, ask, messages } = loopOf(scene);
      const writer = () => {
        throw new Error('The stream is closed.');
      };
      const answer = async () => {
        const said = await agent.project(messages, ask, { config: { writer } });
        if (said !== undefined) messages.push(said);
        return said;
      };
      const [call] = (await answer())?.tool_calls ?? [];
      assert.ok(call !== undefined);
      messages.push((await agent.tools[0]?.invoke(call, { writer } as object)) as ToolMessage);
      messages.push(...(await scene.answers(messages, done('u'))));
      expect((await answer())?.text).toBe('It is at u.');
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('takes a streamed answer', () =>
    playScene({ model: rendersA, streaming: true }, async (scene) => {
      const { agent, messages } = loopOf(scene);
      const model = scene.model.bindTools([...agent.tools]);
      const ask: Ask = async (prompt) => {
        let whole: AIMessageChunk | undefined;
        for await (const chunk of await model.stream(prompt)) whole = whole?.concat(chunk) ?? chunk;
        assert.ok(whole !== undefined);
        return whole;
      };
      expect(await runLoop({ agent, ask, messages })).toBeUndefined();
      messages.push(...(await scene.answers(messages, done('u'))));
      expect((await runLoop({ agent, ask, messages }))?.text).toBe('It is at u.');
      expect(scene.sent()).toContain('"stream":true');
      expect(scene.submissions()).toEqual({ a: 1 });
    }));

  it('lets the user speak while a call is pending, and tells the result behind that', () =>
    playScene({ model: [calls(['render', { script: 'a' }]), says('Not yet.'), says('It is at u.')] }, async (scene) => {
      const { messages, run } = loopOf(scene);
      await run();
      messages.push(new HumanMessage('Ready?'));
      expect((await run())?.text).toBe('Not yet.');
      expect(answersSent(scene)).toEqual([expect.stringContaining('"status":"dispatched"')]);

      messages.push(...(await scene.answers(messages, done('u'))));
      expect((await run())?.text).toBe('It is at u.');
      expect(answersSent(scene)).toEqual([expect.stringContaining('"status":"dispatched"'), '{"url":"u"}']);
    }));

  it('asks nobody again when nothing has come since the last answer', () =>
    playScene({ model: [calls(['render', { script: 'a' }]), says('Not yet.')] }, async (scene) => {
      const { messages, run } = loopOf(scene);
      await run();
      messages.push(new HumanMessage('Ready?'));
      await run();
      expect(await run()).toBeUndefined();
      expect(scene.server.requests).toHaveLength(2);
    }));

  it('runs a plain tool at once beside a call that is pending', () =>
    playScene(
      { model: [calls(['weather', { city: 'Oslo' }], ['render', { script: 'a' }]), says('Clear, and at u.')] },
      async (scene) => {
        const { weather, runs } = createWeather();
        const { messages, run } = loopOf(scene, [weather, scene.render()]);
        await run();
        messages.push(...(await scene.answers(messages, done('u'))));
        expect((await run())?.text).toBe('Clear, and at u.');
        expect(answersSent(scene)).toEqual(['Clear in Oslo.', '{"url":"u"}']);
        expect([runs(), scene.submissions()]).toEqual([1, { a: 1 }]);
      },
    ));

  it('shows a result again if the answer to it was lost, and counts it as told once', () =>
    playScene({ model: [...(rendersA as []), says('It is at u.')] }, async (scene) => {
      const { messages, run } = loopOf(scene);
      await run();
      messages.push(...(await scene.answers(messages, done('u'))));
      await run();
      messages.pop();
      expect((await run())?.text).toBe('It is at u.');
      expect(scene.sent(1)).toBe(scene.sent(2));
      expect(scene.audit.filter(({ type }) => type === 'task.consumed')).toHaveLength(1);
    }));

  it('gives the result back when the provider fails, and tells it in the next run', () =>
    playScene({ model: [calls(['render', { script: 'a' }]), { status: 500 }, says('It is at u.')] }, async (scene) => {
      const { messages, run } = loopOf(scene);
      await run();
      messages.push(...(await scene.answers(messages, done('u'))));
      await expect(run()).rejects.toThrow('500');
      expect(scene.audit.at(-1)?.type).toBe('task.released');
      expect((await run())?.text).toBe('It is at u.');
      expect(scene.sent(1)).toBe(scene.sent(2));
    }));
});

describe('calls that look alike', () => {
  it('are two dispatches if one turn makes them both', () =>
    playScene(
      { model: [calls(['render', { script: 'a' }], ['render', { script: 'a' }]), says('Two.')] },
      async (scene) => {
        const { messages, run } = loopOf(scene);
        await run();
        messages.push(...(await scene.answers(messages, done('u'), done('v'))));
        await run();
        expect(answersSent(scene)).toEqual(['{"url":"u"}', '{"url":"v"}']);
        expect(scene.submissions()).toEqual({ a: 2 });
        expect(new Set(scene.outside.jobs.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(2);
      },
    ));

  it('get each their own result if a model uses one id in two turns', () =>
    playScene({ model: [] }, async (scene) => {
      const model = fakeModel()
        .respondWithTools([{ name: 'render', args: { script: 'a' }, id: 'call_0' }])
        .respondWithTools([{ name: 'render', args: { script: 'b' }, id: 'call_0' }])
        .respond(new HumanMessage('Both.'));
      const { agent, messages } = loopOf(scene);
      const ask: Ask = async (prompt) => model.invoke(prompt);
      await runLoop({ agent, ask, messages });
      messages.push(...(await scene.answers(messages, done('of-a'))));
      await runLoop({ agent, ask, messages });
      messages.push(...(await scene.answers(messages, done('of-b'))));
      await runLoop({ agent, ask, messages });
      const prompt = model.calls.at(-1)?.messages ?? [];
      const answers = prompt.filter(({ type }) => type === 'tool').map(({ text }) => text);
      expect(answers).toEqual(['{"url":"of-a"}', '{"url":"of-b"}']);
      expect(scene.submissions()).toEqual({ a: 1, b: 1 });
    }));
});

describe('a run that dies', () => {
  it('before the placeholder was kept: the call that is run again joins its dispatch', () =>
    playScene({ model: rendersA }, async (scene) => {
      const { agent, ask, messages, run } = loopOf(scene);
      await run();
      const lost = scene.request(messages);
      const kept = throughJSON(messages.slice(0, -1));
      const [call] = (kept.at(-1) as AIMessage).tool_calls ?? [];
      assert.ok(call !== undefined);
      kept.push((await agent.tools[0]?.invoke(call)) as ToolMessage);
      expect(scene.request(kept)).toEqual(lost);
      expect(scene.outside.log).toHaveLength(1);

      kept.push(...(await scene.answers(kept, done('u'))));
      expect((await runLoop({ agent, ask, messages: kept }))?.text).toBe('It is at u.');
    }));

  it('before the placeholder was kept: a loop that just goes on waits for the dispatch that there was', () =>
    playScene({ model: rendersA }, async (scene) => {
      const { agent, ask, messages, tools, run } = loopOf(scene);
      await run();
      const { id } = scene.request(messages);
      const kept = throughJSON(messages.slice(0, -1));
      expect(await runLoop({ agent, ask, messages: kept })).toBeUndefined();
      await scene.later.settle({ id, outcome: done('u'), tools });
      expect((await runLoop({ agent, ask, messages: kept }))?.text).toBe('It is at u.');
      expect(answersSent(scene)).toEqual(['{"url":"u"}']);
    }));

  it('before the answer was kept: the model is asked again, makes up another id, and joins the dispatch', () =>
    playScene({ model: [calls(['render', { script: 'a' }]), ...(rendersA as [])] }, async (scene) => {
      const { agent, ask, messages, run } = loopOf(scene);
      await run();
      const kept: BaseMessage[] = [asks()];
      await runLoop({ agent, ask, messages: kept });
      const [lost, joined] = [scene.request(messages), scene.request(kept)];
      expect(joined.id).toBe(lost.id);
      expect(joined.functionCall.callId).not.toBe(lost.functionCall.callId);
      expect(scene.outside.log).toHaveLength(1);
    }));

  it('with its store: the next process gives the outside the same key', () =>
    playScene({ model: rendersA }, async (scene) => {
      const { messages, tools, run } = loopOf(scene);
      await run();
      const kept = throughJSON(messages.slice(0, -1));
      const [call] = (kept.at(-1) as AIMessage).tool_calls ?? [];
      assert.ok(call !== undefined);
      await createLatecall({ store: createMemoryStore() }).wrap({ tools, scope }).tools[0]?.invoke(call);
      expect(scene.outside.log.map(({ type }) => type)).toEqual(['submitted', 'deduplicated']);
      expect(scene.outside.jobs).toHaveLength(1);
    }));
});

describe('what goes wrong says what to do', () => {
  const call = { type: 'tool_call' as const, id: 'call_1', name: 'render', args: { script: 'a' } };

  it('a tool that is invoked with bare arguments', () =>
    playScene({ model: [] }, async (scene) => {
      const [render] = loopOf(scene).agent.tools;
      const failure = await failureOf(render?.invoke({ script: 'a' }));
      expect(LatecallError.isInstance(failure, 'call_without_id')).toBe(true);
      expect(failure).toHaveProperty('message', expect.stringContaining('render.invoke(toolCall)'));
      expect(scene.submissions()).toEqual({});
    }));

  it('a tool that is invoked with a call whose id is empty', () =>
    playScene({ model: [] }, async (scene) => {
      const [render] = loopOf(scene).agent.tools;
      const failure = await failureOf(render?.invoke({ ...call, id: '' }));
      expect(LatecallError.isInstance(failure, 'call_without_id')).toBe(true);
    }));

  it('a run without a scope and without a thread', () =>
    playScene({ model: [] }, async (scene) => {
      const { tools, project } = scene.later.wrap({ tools: [scene.render()] });
      const asked = await failureOf(project([asks()], () => Promise.reject(new Error('no call is made'))));
      const called = await failureOf(tools[0].invoke(call));
      for (const failure of [asked, called]) {
        expect(LatecallError.isInstance(failure, 'invalid_scope')).toBe(true);
        expect(failure).toHaveProperty('message', expect.stringMatching(/thread_id.*give wrap a scope/));
      }
    }));

  it('a scope that is none', () =>
    playScene({ model: [] }, async (scene) => {
      const { tools } = scene.later.wrap({ tools: [scene.render()], scope: { thread: '' } });
      const failure = await failureOf(tools[0].invoke(call));
      expect(LatecallError.isInstance(failure, 'invalid_scope')).toBe(true);
    }));

  it('a tool that no wrap has tied to a Latecall', () =>
    playScene({ model: [] }, async (scene) => {
      const failure = await failureOf(scene.render().invoke(call));
      expect(LatecallError.isInstance(failure, 'unbound_tool')).toBe(true);
      expect(failure).toHaveProperty('message', expect.stringContaining('wrap({ tools })'));
      expect(scene.submissions()).toEqual({});
    }));

  it('a strict run throws the ids that it waits for, where another one would stop', () =>
    playScene({ model: rendersA }, async (scene) => {
      const agent = scene.later.wrap({ tools: [scene.render()], scope, strict: true });
      const model = scene.model.bindTools([...agent.tools]);
      const messages: BaseMessage[] = [asks()];
      const failure = await failureOf(runLoop({ agent, ask: (prompt) => model.invoke(prompt), messages }));
      assert.ok(PendingError.isInstance(failure));
      expect(failure.ids).toEqual([scene.request(messages).id]);
    }));
});

async function failureOf(attempt: Promise<unknown> | undefined): Promise<unknown> {
  return attempt?.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function throughJSON(messages: readonly BaseMessage[]): BaseMessage[] {
  return mapStoredMessagesToChatMessages(JSON.parse(JSON.stringify(mapChatMessagesToStoredMessages([...messages]))));
}

function promptSent({ server }: Scene): { role: string; content: string }[] {
  const last = server.requests.at(-1)?.body as { messages: { role: string; content: string }[] } | undefined;
  return last?.messages ?? [];
}

/** What the last prompt answers the calls with, in the order of the prompt. */
function answersSent(scene: Scene): string[] {
  return promptSent(scene).flatMap(({ role, content }) => (role === 'tool' ? [content] : []));
}
