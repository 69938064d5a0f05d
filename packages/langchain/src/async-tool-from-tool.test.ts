import assert from 'node:assert/strict';
import { RunnableLambda } from '@langchain/core/runnables';
import { type ClientTool, StructuredTool, type ToolRunnableConfig, tool } from '@langchain/core/tools';
import type { ScriptedModel } from '@latecall/testing';
import { createAgent } from 'langchain';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asks, calls, createWeather, done, playScene, type Scene, says, thread } from '../test/fixtures.ts';
import { type AsyncToolContext, asyncTool, createLatecall, isAsyncTool, LatecallError } from './index.ts';

const schema = z.object({ script: z.string() });
const rendersA: ScriptedModel = [calls(['render', { script: 'a' }]), says('Done.')];

/** What a tool's function finds in its config beside what LangChain puts there. */
type InnerConfig = ToolRunnableConfig & { asyncFunction?: Omit<AsyncToolContext, 'config'> };

/** Runs an agent with the tool until it waits. */
function pausedRun({ later, model }: Scene, render: ClientTool, callbacks: object[] = []) {
  const agent = createAgent({ model, ...later.wrap({ tools: [render] }) });
  return agent.invoke({ messages: [asks()] }, { ...thread(), callbacks: callbacks as never });
}

describe('an async tool made from a tool', () => {
  it('runs that tool’s function once for a call, and what it returns is the receipt', () =>
    playScene({ model: rendersA }, async (scene) => {
      const inputs: unknown[] = [];
      const submit = tool(
        (input) => {
          inputs.push(input);
          return { jobId: 'job_1' };
        },
        { name: 'render', description: 'Render a video', schema },
      );
      const render = asyncTool(submit, { resultSchema: z.object({ url: z.string() }) });
      const agent = createAgent({ model: scene.model, ...scene.later.wrap({ tools: [render] }) });
      const paused = await agent.invoke({ messages: [asks()] }, thread());
      expect(scene.request(paused).dispatchResult).toEqual({ jobId: 'job_1' });

      const messages = [...paused.messages, ...(await scene.answers(paused, done('u')))];
      const told = await agent.invoke({ messages }, thread());
      expect(told.messages.at(-1)?.text).toBe('Done.');
      expect(inputs).toEqual([{ script: 'a' }]);
      expect(scene.sent()).toContain('{\\"url\\":\\"u\\"}');
      expect(scene.sent()).not.toContain('job_1');
    }));

  it('shows the model the same name, description and schema', () =>
    playScene({ model: [says('Hello.'), says('Hello.')] }, async (scene) => {
      const submit = tool(() => 'job_1', { name: 'render', description: 'Render a video', schema });
      for (const given of [submit, asyncTool(submit)]) await pausedRun(scene, given);
      expect(scene.sent(1)).toBe(scene.sent(2));
      expect(scene.sent()).toContain('Render a video');
    }));

  it('keeps content and artifact as the receipt', () =>
    playScene({ model: rendersA }, async (scene) => {
      const submit = tool(() => ['Submitted.', { jobId: 'job_1' }], {
        name: 'render',
        schema,
        responseFormat: 'content_and_artifact',
      });
      const paused = await pausedRun(scene, asyncTool(submit));
      expect(scene.request(paused).dispatchResult).toEqual(['Submitted.', { jobId: 'job_1' }]);
    }));

  it('parses the input once', () =>
    playScene({ model: rendersA }, async (scene) => {
      const inputs: unknown[] = [];
      const submit = tool((input) => inputs.push(input), {
        name: 'render',
        schema: z.object({ script: z.string().transform((script) => script.length) }),
      });
      const paused = await pausedRun(scene, asyncTool(submit));
      expect(inputs).toEqual([{ script: 1 }]);
      expect(scene.request(paused).functionCall.arguments).toEqual({ script: 'a' });
    }));

  it('reports the call to callbacks once', () =>
    playScene({ model: rendersA }, async (scene) => {
      const started: unknown[] = [];
      const submit = tool(() => 'job_1', { name: 'render', schema });
      await pausedRun(scene, asyncTool(submit), [
        { handleToolStart: (_tool: unknown, input: unknown) => started.push(input) },
      ]);
      expect(started).toHaveLength(1);
    }));

  it('gives that tool the context of the dispatch in its config', () =>
    playScene({ model: rendersA }, async (scene) => {
      const configs: InnerConfig[] = [];
      const submit = tool((_input, config: InnerConfig) => configs.push(config), { name: 'render', schema });
      const paused = await pausedRun(scene, asyncTool(submit));
      const { id, handle, functionCall } = scene.request(paused);
      const [config] = configs;
      assert.ok(config !== undefined);
      expect(config.configurable?.thread_id).toBe('thread-1');
      expect(config.asyncFunction).toMatchObject({
        id,
        handle,
        toolCallId: functionCall.callId,
        idempotencyKey: expect.stringMatching(/^key_/),
        scope: { thread: 'thread-1' },
      });
    }));

  it('may be made from an instance of a subclass, which keeps its own state', () =>
    playScene({ model: rendersA }, async (scene) => {
      class Submit extends StructuredTool<typeof schema> {
        readonly name = 'render';
        readonly description = 'Render a video';
        readonly schema = schema;
        readonly #scripts: string[] = [];

        protected async _call({ script }: z.infer<typeof schema>): Promise<string> {
          this.#scripts.push(script);
          return this.#scripts.join();
        }
      }
      const paused = await pausedRun(scene, asyncTool(new Submit()));
      expect(scene.request(paused).dispatchResult).toBe('a');
    }));

  it('tells the model when that tool’s function throws', () =>
    playScene({ model: rendersA }, async (scene) => {
      const submit = tool(
        () => {
          throw new Error('the farm is closed');
        },
        { name: 'render', schema },
      );
      await pausedRun(scene, asyncTool(submit));
      expect(scene.sent()).toContain('could not be dispatched: the farm is closed');
    }));

  it('is refused if there is no function to run in this process', () => {
    const remote = RunnableLambda.from(() => 'job_1').asTool({ name: 'render', schema });
    const failure = thrownBy(() => asyncTool(remote as never));
    expect(LatecallError.isInstance(failure, 'invalid_tool')).toBe(true);
  });
});

describe('isAsyncTool', () => {
  const render = asyncTool({ name: 'render', inputSchema: schema, dispatch: () => 'job_1' });

  it('knows an async tool, tied to a Latecall or not', () => {
    const { tools } = createLatecall().wrap({ tools: [render] });
    expect([render, ...tools].map(isAsyncTool)).toEqual([true, true]);
  });

  it('knows one that somebody has decorated', () => {
    expect(isAsyncTool(Object.create(render, { description: { value: 'decorated' } }))).toBe(true);
  });

  it('knows other things from it', () => {
    const others = [
      createWeather().weather,
      { name: 'render' },
      { asyncFunction: undefined },
      'render',
      null,
      undefined,
    ];
    expect(others.map(isAsyncTool)).toEqual(others.map(() => false));
  });
});

describe('wrap', () => {
  it('leaves the tools of the app as they were: one tool may be used with two Latecalls', () =>
    playScene({ model: rendersA }, async (scene) => {
      const render = scene.render();
      const agent = createAgent({ model: scene.model, ...scene.later.wrap({ tools: [render] }) });
      const other = createLatecall();
      other.wrap({ tools: [render] });
      await agent.invoke({ messages: [asks()] }, thread());
      expect(await scene.later.pending({ thread: 'thread-1' })).toHaveLength(1);
      expect(await other.pending({ thread: 'thread-1' })).toEqual([]);
    }));

  it('keeps what was put around a tool before', () =>
    playScene({ model: rendersA }, async (scene) => {
      const render = scene.render();
      const decorated: typeof render = Object.create(render, { description: { value: 'My own words' } });
      await pausedRun(scene, decorated);
      expect(scene.sent()).toContain('My own words');
    }));
});

function thrownBy(attempt: () => unknown): unknown {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return error;
  }
}
