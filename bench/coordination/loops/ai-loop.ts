import { asyncFunctionRequests, asyncTool, createLatecall } from '@latecall/ai-sdk';
import { generateText, isStepCount, type ModelMessage, streamText, type ToolSet } from 'ai';
import { z } from 'zod';
import { aiModel } from './ai-model.ts';
import type { Agent, AgentSetup, Loop, ToolSpec } from './loop.ts';

/** Far above what any instance needs. */
const stepLimit = 200;

/** `generateText` or `streamText` with Latecall. */
export function aiLoop({ streaming }: { streaming: boolean }): Loop {
  return {
    create: (setup) => createAgent(setup, streaming),
    userMessage: (text): ModelMessage => ({ role: 'user', content: text }),
    throughJson,
  };
}

function createAgent(setup: AgentSetup, streaming: boolean): Agent {
  const { runtime, scope, mode, scheduling, idleTurns, json, ask } = setup;
  const later = createLatecall(runtime);
  const tools: ToolSet = Object.fromEntries(setup.tools.map((spec) => [spec.name, toolOf(spec)]));
  const agent = later.wrap({
    model: aiModel(ask),
    tools,
    scope,
    mode,
    scheduling,
    idleTurns,
    stopWhen: isStepCount(stepLimit),
    ...(json ? { prepareStep: ({ messages }) => ({ messages: throughJson(messages) as ModelMessage[] }) } : {}),
  });
  const host = (history: readonly unknown[]) => history as ModelMessage[];
  return {
    run: async (history, interruption) => {
      const finished: unknown[] = [];
      const settings = {
        ...agent,
        messages: host(history),
        maxRetries: 0,
        ...(interruption && {
          abortSignal: interruption.abort,
          onStepEnd: ({ response }: { response: { messages: readonly unknown[] } }) => {
            finished.push(...response.messages);
            interruption.onSteps(finished);
          },
        }),
      };
      if (!streaming) return (await generateText(settings)).responseMessages;
      const failures: unknown[] = [];
      const result = streamText({ ...settings, onError: ({ error }) => void failures.push(error) });
      for await (const part of result.fullStream) {
        if (part.type === 'abort') throw interruption?.abort.reason;
      }
      if (failures.length > 0) throw failures[0];
      return result.responseMessages;
    },
    settle: (attempt) => later.settle({ ...attempt, tools }),
    cancel: (id) => later.cancel({ id, scope, tools }),
    pending: () => later.pending(scope),
    requests: (history) => asyncFunctionRequests(host(history)),
    respond: async (responses) => [await later.asyncFunctionResponseMessage(responses)],
  };
}

function toolOf({ deadline, dispatch, onResult }: ToolSpec) {
  return asyncTool({
    inputSchema: z.record(z.string(), z.unknown()),
    resultSchema: z.object({ nonce: z.string() }),
    dispatch,
    onResult: (result, task) => onResult(result, task) as typeof result,
    ...(deadline === undefined ? {} : { deadline }),
  });
}

function throughJson(history: readonly unknown[]): unknown[] {
  return JSON.parse(JSON.stringify(history)) as unknown[];
}
