import type { Json } from '@latecall/core';
import type { LanguageModel } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import type { Answer } from '../oracle.ts';
import type { ViewMessage } from '../prompt-view.ts';
import type { Ask } from './loop.ts';

type CallOptions = Parameters<MockLanguageModelV4['doGenerate']>[0];
type GenerateResult = Awaited<ReturnType<MockLanguageModelV4['doGenerate']>>;
type StreamPart =
  Awaited<ReturnType<MockLanguageModelV4['doStream']>>['stream'] extends ReadableStream<infer PART> ? PART : never;

const usage: GenerateResult['usage'] = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};

/** The oracle as a model of the AI SDK. */
export function aiModel(ask: Ask): LanguageModel {
  return new MockLanguageModelV4({
    doGenerate: async ({ prompt, abortSignal }) => {
      const answer = await ask(viewOf(prompt), abortSignal);
      return { content: contentOf(answer), finishReason: finishOf(answer), usage, warnings: [] };
    },
    doStream: async ({ prompt, abortSignal }) => ({
      stream: new ReadableStream<StreamPart>({
        start: async (controller) => {
          try {
            controller.enqueue({ type: 'stream-start', warnings: [] });
            controller.enqueue({ type: 'text-start', id: '0' });
            controller.enqueue({ type: 'text-delta', id: '0', delta: ' ' });
            const answer = await ask(viewOf(prompt), abortSignal);
            controller.enqueue({ type: 'text-delta', id: '0', delta: answer.text });
            controller.enqueue({ type: 'text-end', id: '0' });
            for (const call of callsOf(answer)) controller.enqueue(call);
            controller.enqueue({ type: 'finish', finishReason: finishOf(answer), usage });
            controller.close();
          } catch (error) {
            controller.error(error);
          }
        },
      }),
    }),
  });
}

function callsOf({ calls }: Answer) {
  return calls.map(({ id, name, args }) => ({
    type: 'tool-call' as const,
    toolCallId: id,
    toolName: name,
    input: JSON.stringify(args),
  }));
}

function contentOf(answer: Answer): GenerateResult['content'] {
  return [...(answer.text === '' ? [] : [{ type: 'text' as const, text: answer.text }]), ...callsOf(answer)];
}

function finishOf({ calls }: Answer): GenerateResult['finishReason'] {
  return calls.length > 0 ? { unified: 'tool-calls', raw: 'tool_calls' } : { unified: 'stop', raw: 'stop' };
}

function viewOf(prompt: CallOptions['prompt']): ViewMessage[] {
  return prompt.map((message): ViewMessage => {
    const empty = { text: '', calls: [], results: [] };
    switch (message.role) {
      case 'system':
        return { ...empty, role: 'system', text: message.content };
      case 'user':
        return {
          ...empty,
          role: 'user',
          text: message.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n'),
        };
      case 'assistant':
        return {
          ...empty,
          role: 'assistant',
          text: message.content.map((part) => (part.type === 'text' ? part.text : '')).join(''),
          calls: message.content.flatMap((part) =>
            part.type === 'tool-call'
              ? [{ id: part.toolCallId, name: part.toolName, args: part.input as { [name: string]: Json } }]
              : [],
          ),
        };
      case 'tool':
        return {
          ...empty,
          role: 'tool',
          results: message.content.flatMap((part) => {
            if (part.type !== 'tool-result') return [];
            const { output } = part;
            const failed = output.type === 'error-text' || output.type === 'error-json';
            const value = 'value' in output ? (output.value as Json) : null;
            return [{ callId: part.toolCallId, value, failed }];
          }),
        };
      default:
        return message satisfies never;
    }
  });
}
