import { asyncTool, createLatecall } from '@latecall/ai-sdk';
import { generateText, isStepCount, type ModelMessage, wrapLanguageModel } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { z } from 'zod';
import { alternate } from '../lib/alternate.ts';
import { speakingModel } from './models.ts';

type Prompt = Parameters<MockLanguageModelV4['doGenerate']>[0]['prompt'];

/** What a model call costs with Latecall around it, beside `JSON.stringify` of its prompt. */
export interface HistoryCost {
  readonly messages: number;
  readonly pending: number;
  /** Projection / JSON.stringify. */
  readonly ratio: number;
  /** Microseconds. */
  readonly projection: number;
  readonly stringify: number;
}

export async function measureHistory(options: { rounds: number }): Promise<HistoryCost[]> {
  const costs: HistoryCost[] = [];
  for (const messages of [10, 100, 1_000, 10_000]) {
    for (const pending of [0, 10, 100]) costs.push(await measure({ messages, pending, ...options }));
  }
  return costs;
}

async function measure({ messages, pending, rounds }: { messages: number; pending: number; rounds: number }) {
  const { prompt, ask } = await prepare(messages, pending);
  const bare = speakingModel();
  const times = Math.max(1, Math.floor(2_000 / (messages + pending)));
  const many = (once: () => unknown) => async (count: number) => {
    for (let time = 0; time < count; time++) await once();
  };
  const bareCall = await alternate(
    { ours: many(() => bare.doGenerate({ prompt })), theirs: many(() => {}) },
    { times, rounds: 3, measure: 'cpu' },
  );
  const compared = await alternate(
    { ours: many(() => ask(prompt)), theirs: many(() => JSON.stringify(prompt)) },
    { times, rounds, measure: 'cpu' },
  );
  const projection = Math.max(0, compared.ours - bareCall.ours);
  return { messages, pending, ratio: projection / compared.theirs, projection, stringify: compared.theirs };
}

/** A conversation of so many messages, so many calls of its last step pending; as the host gives it to a model. */
async function prepare(messages: number, pending: number) {
  const later = createLatecall({ limits: { pendingTasks: 10_000 } });
  const scope = { thread: 'thread-1' };
  const work = asyncTool({
    inputSchema: z.object({ amount: z.number() }),
    dispatch: async () => ({ jobId: 'job_1' }),
    mode: 'continue',
  });
  const tools = { work };
  const history: ModelMessage[] = Array.from({ length: Math.max(1, Math.ceil((messages - 3) / 4)) }, (_, at) =>
    turn(at),
  ).flat();
  const opened = await generateText({
    ...later.wrap({ model: callingModel(pending), tools, scope, stopWhen: isStepCount(1) }),
    messages: [...history, { role: 'user', content: 'Begin.' }],
  });
  let prompt: Prompt = [];
  const { model } = later.wrap({ model: speakingModel(), tools, scope });
  const listening = wrapLanguageModel({
    model,
    middleware: {
      specificationVersion: 'v4',
      transformParams: async ({ params }) => {
        prompt = params.prompt;
        return params;
      },
    },
  });
  await generateText({
    model: listening,
    tools,
    messages: [
      ...history,
      { role: 'user', content: 'Begin.' },
      ...opened.responseMessages,
      { role: 'user', content: 'And?' },
    ],
  });
  return { prompt, ask: (given: Prompt) => model.doGenerate({ prompt: given }) };
}

/** A question, a call, its result, an answer. */
function turn(at: number): ModelMessage[] {
  const words = `Message ${at} of a long conversation that somebody has had with a model about something or other. `;
  const toolCallId = `past_${at}`;
  return [
    { role: 'user', content: words },
    { role: 'assistant', content: [{ type: 'tool-call', toolCallId, toolName: 'look', input: { at } }] },
    {
      role: 'tool',
      content: [
        { type: 'tool-result', toolCallId, toolName: 'look', output: { type: 'json', value: { found: words } } },
      ],
    },
    { role: 'assistant', content: words },
  ];
}

function callingModel(count: number) {
  return new MockLanguageModelV4({
    doGenerate: async () => ({
      content:
        count === 0
          ? [{ type: 'text', text: 'Nothing to do.' }]
          : Array.from({ length: count }, (_, amount) => ({
              type: 'tool-call' as const,
              toolCallId: `pending_${amount}`,
              toolName: 'work',
              input: JSON.stringify({ amount }),
            })),
      finishReason: { unified: count === 0 ? 'stop' : 'tool-calls', raw: undefined },
      usage: {
        inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
        outputTokens: { total: 1, text: 1, reasoning: 0 },
      },
      warnings: [],
    }),
  });
}
