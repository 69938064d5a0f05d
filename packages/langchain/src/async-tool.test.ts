import { HumanMessage } from '@langchain/core/messages';
import type { ClientTool } from '@langchain/core/tools';
import { type BaseCheckpointSaver, MemorySaver } from '@langchain/langgraph';
import { createFakeClock, createGate, type ScriptedModel } from '@latecall/testing';
import { createAgent, createMiddleware, toolRetryMiddleware } from 'langchain';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asks, calls, done, playScene, type Scene, says, thread } from '../test/fixtures.ts';
import { type AsyncToolContext, type AsyncToolFields, asyncTool } from './index.ts';

const inputSchema = z.object({ script: z.string() });
const rendersA: ScriptedModel = [calls(['render', { script: 'a' }]), says('Done.')];

function agentOf({ later, model }: Scene, tools: readonly ClientTool[], checkpointer?: BaseCheckpointSaver) {
  return createAgent({ model, ...later.wrap({ tools }), ...(checkpointer === undefined ? {} : { checkpointer }) });
}

describe('the input of an async tool', () => {
  const schema = z.object({ script: z.string().transform((script) => script.length), tries: z.number().default(3) });
  const measure = (
    dispatch: (input: unknown, context: AsyncToolContext) => unknown,
    fields: Pick<AsyncToolFields<unknown, unknown, unknown>, 'toModelOutput'> = {},
  ) => asyncTool({ name: 'render', inputSchema: schema, dispatch, ...fields });

  it('is what the schema makes of it for dispatch, and what the model wrote in the request', () =>
    playScene({ model: rendersA }, async (scene) => {
      const inputs: unknown[] = [];
      const agent = agentOf(scene, [measure((input) => inputs.push(input))]);
      const paused = await agent.invoke({ messages: [asks()] }, thread());
      expect(inputs).toEqual([{ script: 1, tries: 3 }]);
      expect(scene.request(paused).functionCall.arguments).toEqual({ script: 'a' });
    }));

  it('is the same for the dispatch that repeats an interrupted one', () =>
    playScene({ model: rendersA }, async (scene) => {
      const seen: { input: unknown; key: string; threadId: unknown }[] = [];
      const held = holdFirst();
      const render = measure(async (input, { idempotencyKey, config, signal }) => {
        seen.push({ input, key: idempotencyKey, threadId: config.configurable?.thread_id });
        await held.pass(signal);
        return 'receipt';
      });
      const agent = agentOf(scene, [render], new MemorySaver());
      await abortedRun(agent.invoke.bind(agent), held.begun);
      await agent.invoke({ messages: [] }, thread());
      const [first, ...more] = seen;
      expect(first).toMatchObject({ input: { script: 1, tries: 3 }, threadId: 'thread-1' });
      expect(more).toEqual([first]);
    }));

  it('is the same for toModelOutput', () =>
    playScene({ model: rendersA }, async (scene) => {
      const inputs: unknown[] = [];
      const render = measure((input) => inputs.push(input), {
        toModelOutput: ({ input }) => {
          inputs.push(input);
          return 'shown';
        },
      });
      const agent = agentOf(scene, [render], new MemorySaver());
      const paused = await agent.invoke({ messages: [asks()] }, thread());
      await agent.invoke({ messages: await scene.answers(paused, done('u')) }, thread());
      expect(inputs).toEqual([
        { script: 1, tries: 3 },
        { script: 1, tries: 3 },
      ]);
    }));

  const jsonSchema = {
    type: 'object',
    properties: { script: { type: 'string' } },
    required: ['script'],
    additionalProperties: false,
  } as const;

  it('may be declared by a JSON schema', () =>
    playScene({ model: rendersA }, async (scene) => {
      const inputs: unknown[] = [];
      const render = asyncTool({ name: 'render', inputSchema: jsonSchema, dispatch: (input) => inputs.push(input) });
      await agentOf(scene, [render]).invoke({ messages: [asks()] }, thread());
      expect(inputs).toEqual([{ script: 'a' }]);
      expect(scene.sent()).toContain(JSON.stringify(jsonSchema));
    }));

  for (const [kind, declared] of [
    ['Zod', inputSchema],
    ['JSON', jsonSchema],
  ] as const) {
    it(`is told to the model as wrong if it does not fit the ${kind} schema, and nothing is dispatched`, () =>
      playScene(
        { model: [calls(['render', { scripts: ['a'] }]), calls(['render', { script: 'a' }])] },
        async (scene) => {
          const inputs: unknown[] = [];
          const render = asyncTool({ name: 'render', inputSchema: declared, dispatch: (input) => inputs.push(input) });
          const paused = await agentOf(scene, [render]).invoke({ messages: [asks()] }, thread());
          expect(scene.sent()).toContain('did not match expected schema');
          expect(inputs).toEqual([{ script: 'a' }]);
          expect(scene.request(paused).functionCall.arguments).toEqual({ script: 'a' });
        },
      ));
  }
});

describe('a dispatch', () => {
  it('is given what it needs to tie the work to the call', () =>
    playScene({ model: rendersA, runtime: { callbackUrl: 'https://app.example/cb' } }, async (scene) => {
      const contexts: AsyncToolContext[] = [];
      const render = asyncTool({ name: 'render', inputSchema, dispatch: (_, context) => contexts.push(context) });
      const agent = agentOf(scene, [render]);
      const paused = await agent.invoke({ messages: [asks()] }, { ...thread(), context: { user: 'ada' } });
      const { id, handle, functionCall } = scene.request(paused);
      expect(contexts).toMatchObject([
        {
          id,
          handle,
          idempotencyKey: expect.stringMatching(/^key_/),
          scope: { thread: 'thread-1' },
          toolCallId: functionCall.callId,
          callback: { url: `https://app.example/cb/${id}`, token: expect.any(String) },
          config: { configurable: { thread_id: 'thread-1' }, context: { user: 'ada' } },
        },
      ]);
    }));

  it('is joined by a second run of the same history while it goes on', () => {
    const rejoined = createGate();
    const audit = ({ type }: { type: string }) => (type === 'task.rejoined' ? rejoined.open() : undefined);
    const twice = [calls(['render', { script: 'a' }]), calls(['render', { script: 'a' }])];
    return playScene({ model: twice, runtime: { audit } }, async (scene) => {
      let dispatches = 0;
      const render = asyncTool({
        name: 'render',
        inputSchema,
        dispatch: async () => {
          dispatches += 1;
          await rejoined.opened;
          return 'receipt';
        },
      });
      const agent = agentOf(scene, [render]);
      const runs = [0, 1].map(() => agent.invoke({ messages: [asks()] }, thread()));
      const [one, two] = (await Promise.all(runs)).map((state) => scene.request(state));
      expect(two?.id).toBe(one?.id);
      expect(dispatches).toBe(1);
    });
  });

  it('that is aborted rejects the run, and the next run repeats it with the same key', () =>
    playScene(
      { model: [calls(['render', { script: 'a' }]), calls(['render', { script: 'a' }]), says('Done.')] },
      async (scene) => {
        const keys: string[] = [];
        const held = holdFirst();
        const render = asyncTool({
          name: 'render',
          inputSchema,
          dispatch: async (_, { idempotencyKey, signal }) => {
            keys.push(idempotencyKey);
            await held.pass(signal);
            return 'receipt';
          },
        });
        const agent = agentOf(scene, [render]);
        await abortedRun(agent.invoke.bind(agent), held.begun);
        const paused = await agent.invoke({ messages: [asks()] }, thread());
        expect(scene.request(paused).dispatchResult).toBe('receipt');
        expect(keys).toEqual([keys[0], keys[0]]);
        expect(await scene.later.pending({ thread: 'thread-1' })).toHaveLength(1);
      },
    ));

  it('that takes longer than dispatchTimeout is aborted, and the model is told', () => {
    const clock = createFakeClock();
    return playScene({ model: rendersA, runtime: { clock } }, async (scene) => {
      const held = holdFirst();
      const signals: AbortSignal[] = [];
      const render = asyncTool({
        name: 'render',
        inputSchema,
        dispatchTimeout: '5s',
        dispatch: (_, { signal }) => {
          signals.push(signal);
          return held.pass(new AbortController().signal);
        },
      });
      const running = agentOf(scene, [render]).invoke({ messages: [asks()] }, thread());
      await held.begun;
      await clock.advance(5_000);
      expect((await running).messages.at(-1)?.text).toBe('Done.');
      expect(scene.sent()).toContain('gave no receipt within 5000 ms');
      expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    });
  });

  const failing = (onDispatchError: 'tool-message' | 'throw', failures = Number.POSITIVE_INFINITY) => {
    const keys: string[] = [];
    const render = asyncTool({
      name: 'render',
      inputSchema,
      onDispatchError,
      dispatch: (_, { idempotencyKey }) => {
        if (keys.push(idempotencyKey) <= failures) throw new Error('the farm is closed');
        return 'receipt';
      },
    });
    return { render, keys };
  };

  it('that fails is told to the model', () =>
    playScene({ model: rendersA }, async (scene) => {
      const agent = agentOf(scene, [failing('tool-message').render]);
      const state = await agent.invoke({ messages: [asks()] }, thread());
      expect(state.messages.at(-1)?.text).toBe('Done.');
      expect(state.messages.at(-2)).toMatchObject({ type: 'tool', status: 'error' });
      expect(scene.sent()).toContain('could not be dispatched: the farm is closed');
    }));

  it('that fails and throws is worded by createAgent', () =>
    playScene({ model: rendersA }, async (scene) => {
      const agent = agentOf(scene, [failing('throw').render]);
      const state = await agent.invoke({ messages: [asks()] }, thread());
      expect(state.messages.at(-2)).toMatchObject({ type: 'tool', status: 'error' });
      expect(scene.sent()).toContain('the farm is closed');
    }));

  it('that fails and throws ends the run if a middleware stands around tool calls', () =>
    playScene({ model: rendersA }, async (scene) => {
      const passing = createMiddleware({ name: 'Passing', wrapToolCall: (request, handler) => handler(request) });
      const wrapped = scene.later.wrap({ tools: [failing('throw').render], middleware: [passing] });
      const agent = createAgent({ model: scene.model, ...wrapped });
      const failure = await agent.invoke({ messages: [asks()] }, thread()).catch((error: unknown) => error);
      expect(failure).toHaveProperty('message', expect.stringContaining('the farm is closed'));
    }));

  it('that fails and throws is tried again by a retry middleware, with the same key', () =>
    playScene({ model: rendersA }, async (scene) => {
      const { render, keys } = failing('throw', 1);
      const retries = toolRetryMiddleware({ maxRetries: 1, initialDelayMs: 0, jitter: false });
      const agent = createAgent({
        model: scene.model,
        ...scene.later.wrap({ tools: [render], middleware: [retries] }),
      });
      const paused = await agent.invoke({ messages: [asks()] }, thread());
      expect(scene.request(paused).dispatchResult).toBe('receipt');
      expect(keys).toEqual([keys[0], keys[0]]);
    }));

  it('whose receipt is not JSON is told to the model as refused', () =>
    playScene({ model: rendersA }, async (scene) => {
      const render = asyncTool({ name: 'render', inputSchema, dispatch: () => ({ big: 1n }) });
      await agentOf(scene, [render]).invoke({ messages: [asks()] }, thread());
      expect(scene.sent()).toContain('The work may have begun, but its result will be refused.');
    }));
});

describe('a result', () => {
  it('that does not come before the deadline is told as expired, and is late afterwards', () => {
    const clock = createFakeClock();
    return playScene({ model: rendersA, runtime: { clock } }, async (scene) => {
      const tools = [scene.render({ deadline: '15m' })];
      const agent = agentOf(scene, tools, new MemorySaver());
      const { id, deadlineAt } = scene.request(await agent.invoke({ messages: [asks()] }, thread()));
      expect(deadlineAt).toBe(new Date(clock.now() + 900_000).toISOString());
      await clock.advance(900_000);
      const told = await agent.invoke({ messages: [] }, thread());
      expect(told.messages.at(-1)?.text).toBe('Done.');
      expect(scene.sent()).toContain('Expired: the deadline passed before a result came.');
      expect(await scene.later.settle({ id, outcome: done('u'), tools })).toMatchObject({ verdict: 'late' });
    });
  });

  it('is worded by toModelOutput, which never sees a receipt', () =>
    playScene({ model: [calls(['render', { script: 'a' }]), says('Not yet.'), says('Done.')] }, async (scene) => {
      const worded: unknown[] = [];
      const toModelOutput = (result: { output: { url: string } }) => {
        worded.push(result);
        return `The video is at ${result.output.url}.`;
      };
      const agent = agentOf(scene, [scene.render({ toModelOutput })], new MemorySaver());
      const paused = await agent.invoke({ messages: [asks()] }, thread());
      const spoken = await agent.invoke({ messages: [new HumanMessage('Ready?')] }, thread());
      expect(worded).toEqual([]);
      await agent.invoke({ messages: await scene.answers(spoken, done('u')) }, thread());
      const toolCallId = scene.request(paused).functionCall.callId;
      expect(worded).toEqual([{ toolCallId, input: { script: 'a' }, output: { url: 'u' } }]);
      expect(scene.sent()).toContain('The video is at u.');
    }));

  it('is not worded by toModelOutput if it is a failure', () =>
    playScene({ model: rendersA }, async (scene) => {
      const agent = agentOf(scene, [scene.render({ toModelOutput: () => 'A video!' })], new MemorySaver());
      const paused = await agent.invoke({ messages: [asks()] }, thread());
      const failed = { status: 'failed', error: { message: 'out of film' } } as const;
      await agent.invoke({ messages: await scene.answers(paused, failed) }, thread());
      expect(scene.sent()).toContain('Failed: out of film');
      expect(scene.sent()).not.toContain('A video!');
    }));
});

type Invoke = (
  input: { messages: HumanMessage[] },
  config: ReturnType<typeof thread> & { signal: AbortSignal },
) => Promise<unknown>;

/** Aborts a run when its dispatch has begun, and sees it reject. */
async function abortedRun(invoke: Invoke, begun: Promise<void>): Promise<void> {
  const controller = new AbortController();
  const running = invoke({ messages: [asks()] }, { ...thread(), signal: controller.signal });
  const rejected = expect(running).rejects.toThrow(/abort/i);
  await begun;
  controller.abort();
  await rejected;
}

/** Holds the first dispatch until its signal is aborted. */
function holdFirst() {
  const begun = createGate();
  let passed = 0;
  return {
    begun: begun.opened,
    pass: async (signal: AbortSignal) => {
      passed += 1;
      if (passed > 1) return;
      begun.open();
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    },
  };
}
