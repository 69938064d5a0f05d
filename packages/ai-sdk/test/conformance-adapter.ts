import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import type { Json } from '@latecall/core';
import { type AgentSetup, type ConformanceAdapter, type ConformanceTool, conformanceTasks } from '@latecall/testing';
import { generateText, type ModelMessage, streamText, type ToolSet, tool } from 'ai';
import { asyncFunctionRequests, asyncTool, createLatecall, type Latecall } from '../src/index.ts';

function modelOf({ provider, baseURL, modelId }: AgentSetup) {
  switch (provider) {
    case 'openai-responses':
      return createOpenAI({ baseURL, apiKey: 'local' }).responses(modelId ?? 'gpt-5');
    case 'openai-chat':
      return createOpenAI({ baseURL, apiKey: 'local' }).chat(modelId ?? 'gpt-5');
    case 'anthropic':
      return createAnthropic({ baseURL, apiKey: 'local' })(modelId ?? 'claude-sonnet-4-5');
    default:
      return provider satisfies never;
  }
}

function thinkingOf(thinking: 'manual' | 'adaptive') {
  return thinking === 'manual' ? { type: 'enabled' as const, budgetTokens: 1_024 } : { type: 'adaptive' as const };
}

function toolOf(declared: ConformanceTool, later: Latecall): ToolSet[string] {
  if (declared.kind === 'task-query') return later.taskQuery();
  const { inputSchema } = declared;
  if (declared.kind === 'sync') {
    return tool({
      inputSchema,
      execute: (input: Record<string, unknown>) => declared.execute(input),
    }) as ToolSet[string];
  }
  const native = declared.native === true ? { providerOptions: { openai: { async: true } } } : {};
  const plain = asyncTool({ inputSchema, ...declared.definition, ...native });
  if (declared.decorated !== true) return plain;
  return {
    ...plain,
    description: 'decorated',
    execute: (input, options) => plain.execute(input, options),
  } as ToolSet[string];
}

/** The AI SDK, as the conformance cases play on it. */
export const aiSdk: ConformanceAdapter = {
  name: 'ai-sdk',
  create: (setup) => {
    const later = createLatecall(setup.runtime);
    const tools = Object.fromEntries(setup.tools.map((declared) => [declared.name, toolOf(declared, later)]));
    const { scope, idleTurns, budget } = setup;
    const agent = later.wrap({
      model: modelOf(setup),
      tools,
      scope,
      ...(idleTurns === undefined ? {} : { idleTurns }),
      ...(budget === undefined ? {} : { budget }),
    });
    const asks = setup.tools.filter(({ needsApproval }) => needsApproval === true);
    const toolApproval = Object.fromEntries(asks.map(({ name }) => [name, 'user-approval' as const]));
    const host = (history: readonly Json[]) => history as unknown as ModelMessage[];
    const json = (messages: readonly ModelMessage[]) => messages as unknown as Json[];
    return {
      ...conformanceTasks(later, tools),
      run: async (history, { signal, previousResponseId, onText } = {}) => {
        const settings = {
          ...agent,
          toolApproval,
          messages: host(history),
          ...(signal === undefined ? {} : { abortSignal: signal }),
          providerOptions: {
            ...(previousResponseId === undefined ? {} : { openai: { previousResponseId } }),
            ...(setup.thinking === undefined ? {} : { anthropic: { thinking: thinkingOf(setup.thinking) } }),
          },
          ...(setup.thinking === undefined ? {} : { maxOutputTokens: 4_096 }),
        };
        if (!setup.streaming) {
          const result = await generateText(settings);
          return { added: json(result.responseMessages), text: result.text, responseId: result.response.id };
        }
        const failures: unknown[] = [];
        const result = streamText({ ...settings, onError: ({ error }) => void failures.push(error) });
        for await (const text of result.textStream) onText?.(text);
        if (failures.length > 0) throw failures[0];
        return {
          added: json(await result.responseMessages),
          text: await result.text,
          responseId: (await result.response).id,
        };
      },
      userMessage: (text) => ({ role: 'user', content: text }),
      responseMessage: async (responses) => json([await later.asyncFunctionResponseMessage(responses)])[0] as Json,
      requests: (history) => asyncFunctionRequests(host(history)),
      approve: (history, approved) => {
        const parts = host(history).flatMap(({ content }) =>
          typeof content === 'string' ? [] : (content as { type: string; approvalId?: string }[]),
        );
        const open = parts.filter(({ type }) => type === 'tool-approval-request');
        const content = open.map(({ approvalId = '' }) => ({
          type: 'tool-approval-response' as const,
          approvalId,
          approved,
        }));
        return json([{ role: 'tool', content }]);
      },
    };
  },
};
