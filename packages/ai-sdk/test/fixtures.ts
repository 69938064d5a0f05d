import type { AsyncFunctionRequest, Outcome } from '@latecall/core';
import type { ModelMessage } from 'ai';
import { MockLanguageModelV4, simulateReadableStream } from 'ai/test';
import { z } from 'zod';
import type { ContentPart, GenerateResult, StreamPart } from '../src/host-types.ts';
import { asyncFunctionRequests, asyncTool, createAsyncFunctionResponse, type Latecall } from '../src/index.ts';

const usage: GenerateResult['usage'] = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};

let calls = 0;

/** The model calls a tool. */
export function callOf(toolName: string, input: object): ContentPart {
  calls += 1;
  return { type: 'tool-call', toolCallId: `call_${calls}`, toolName, input: JSON.stringify(input) };
}

/** The model answers in text. */
export function textOf(text: string): ContentPart {
  return { type: 'text', text };
}

/** A model that gives these answers one after the other, streamed or not. */
export function scriptedModel(...answers: ContentPart[][]): MockLanguageModelV4 {
  const results = answers.map((content): GenerateResult => {
    const unified = content.some(({ type }) => type === 'tool-call') ? 'tool-calls' : 'stop';
    return { content, finishReason: { unified, raw: undefined }, usage, warnings: [] };
  });
  let streamed = 0;
  return new MockLanguageModelV4({
    doGenerate: results,
    doStream: async () => {
      const result = results[streamed];
      streamed += 1;
      if (result === undefined) throw new Error('The script has run out.');
      return { stream: streamOf(result) };
    },
  });
}

function streamOf({ content, finishReason }: GenerateResult): ReadableStream<StreamPart> {
  const chunks: StreamPart[] = [
    { type: 'stream-start', warnings: [] },
    ...content.flatMap((part, index): StreamPart[] => {
      if (part.type !== 'text') return [part as StreamPart]; // calls are one part in streams too
      const id = String(index);
      return [
        { type: 'text-start', id },
        { type: 'text-delta', id, delta: part.text },
        { type: 'text-end', id },
      ];
    }),
    { type: 'finish', finishReason, usage },
  ];
  return simulateReadableStream({ chunks });
}

/** An async tool that gives a job number as receipt; `dispatched` counts. */
export function createRender() {
  const dispatched: string[] = [];
  const render = asyncTool({
    description: 'Render a video from a script',
    inputSchema: z.object({ script: z.string() }),
    resultSchema: z.object({ url: z.string() }),
    dispatch: ({ script }) => ({ job: dispatched.push(script) }),
  });
  return { render, dispatched };
}

/** Brings the outcome of every open request into the messages. */
export async function answerAll(later: Latecall, messages: ModelMessage[], outcome: Outcome): Promise<void> {
  const answer = (request: AsyncFunctionRequest) => createAsyncFunctionResponse({ request, outcome });
  messages.push(await later.asyncFunctionResponseMessage(asyncFunctionRequests(messages).map(answer)));
}

export const completed = (url: string): Outcome => ({ status: 'completed', result: { url } });
