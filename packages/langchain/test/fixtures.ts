import assert from 'node:assert/strict';
import { type BaseMessage, HumanMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import {
  type AsyncFunctionRequest,
  type AuditEvent,
  createAsyncFunctionResponse,
  type Json,
  type Outcome,
  type RuntimeOptions,
} from '@latecall/core';
import {
  createOutsideWorld,
  type OutsideWorld,
  type Reply,
  type ScriptedModel,
  type StrictServer,
  startOpenAIServer,
} from '@latecall/testing';
import { z } from 'zod';
import {
  type AsyncToolContext,
  type AsyncToolFields,
  asyncFunctionRequests,
  asyncTool,
  type Conversation,
  createLatecall,
  type Latecall,
} from '../src/index.ts';

/** The model calls tools: `calls(['render', { script: 'a' }], …)`. */
export const calls = (
  ...made: readonly (readonly [name: string, args: Record<string, unknown>, id?: string])[]
): Reply => ({
  toolCalls: made.map(([name, args, callId]) => ({
    name,
    arguments: args,
    ...(callId === undefined ? {} : { callId }),
  })),
});

/** The model answers in text. */
export const says = (text: string): Reply => ({ text });

export const done = (url: string): Outcome => ({ status: 'completed', result: { url } });

export const asks = (text = 'Render a.') => new HumanMessage(text);

/** A thread of a checkpointer. */
export const thread = (id = 'thread-1') => ({ configurable: { thread_id: id } });

/** What a test has to work with. */
export interface Scene {
  readonly server: StrictServer;
  /** A real chat model that asks the strict server. */
  readonly model: ChatOpenAI;
  readonly later: Latecall;
  readonly outside: OutsideWorld;
  readonly audit: readonly AuditEvent[];
  /** An async tool whose work the outside does; `name` is `render` if not given. */
  render(
    fields?: Partial<AsyncToolFields<never, { url: string }, never>> & { name?: string },
  ): ReturnType<typeof renderTool>;
  /** How often each script was submitted to the outside: law 2 and pitfall 2 in one look. */
  submissions(): Record<string, number>;
  /** The signed messages that bring these outcomes, for the open requests of a conversation in their order. */
  answers(conversation: Conversation, ...outcomes: readonly Outcome[]): Promise<BaseMessage[]>;
  /** The only open request of a conversation. */
  request(conversation: Conversation): AsyncFunctionRequest<Json, Json>;
  /** What the provider was sent in the n-th request from the end, as JSON. */
  sent(fromEnd?: number): string;
}

function renderTool({
  outside,
  name = 'render',
  ...fields
}: { outside: () => OutsideWorld; name?: string } & Partial<AsyncToolFields<never, { url: string }, never>>) {
  return asyncTool({
    name,
    description: 'Render a video from a script',
    inputSchema: z.object({ script: z.string() }),
    resultSchema: z.object({ url: z.string() }),
    dispatch: (input, { id, idempotencyKey }: AsyncToolContext) => outside().submit({ id, idempotencyKey, input }),
    ...(fields as object),
  });
}

/** A tool that answers at once; `runs` counts. */
export function createWeather() {
  let ran = 0;
  const weather = tool(
    async ({ city }: { city: string }) => {
      ran += 1;
      return `Clear in ${city}.`;
    },
    { name: 'weather', description: 'The weather', schema: z.object({ city: z.string() }) },
  );
  return { weather, runs: () => ran };
}

/**
 * Plays a test against a strict provider on real HTTP, and checks afterwards what must hold in every test: the provider
 * refused nothing, and saw nothing of ours.
 */
export async function playScene(
  options: { model: ScriptedModel; streaming?: boolean; api?: 'chat' | 'responses'; runtime?: RuntimeOptions },
  play: (scene: Scene) => Promise<void>,
): Promise<void> {
  const { streaming = false, api = 'chat', runtime = {} } = options;
  const server = await startOpenAIServer({ model: options.model });
  const audit: AuditEvent[] = [];
  const outside = createOutsideWorld({ deliver: () => undefined });
  const later = createLatecall({ audit: (event) => void audit.push(event), ...runtime });
  const model = new ChatOpenAI({
    model: 'gpt-5',
    apiKey: 'local',
    configuration: { baseURL: server.baseURL },
    useResponsesApi: api === 'responses',
    streaming,
    maxRetries: 0,
  });
  try {
    await play({
      server,
      model,
      later,
      outside,
      audit,
      render: (fields = {}) => renderTool({ outside: () => outside, ...fields }),
      submissions: () => {
        const counts: Record<string, number> = {};
        for (const { jobId } of outside.log) {
          const input = outside.jobs.find((candidate) => candidate.jobId === jobId)?.input;
          const { script = '' } = (input ?? {}) as { script?: string };
          counts[script] = (counts[script] ?? 0) + 1;
        }
        return counts;
      },
      answers: (conversation, ...outcomes) => {
        const requests = asyncFunctionRequests(conversation);
        const responses = outcomes.map((outcome, index) => {
          const request = requests[index];
          assert.ok(request !== undefined, `there are only ${requests.length} open requests`);
          return createAsyncFunctionResponse<Json>({ request, outcome });
        });
        return later.asyncFunctionResponseMessages(responses);
      },
      request: (conversation) => {
        const [request, ...more] = asyncFunctionRequests(conversation);
        assert.ok(request !== undefined && more.length === 0, 'expected one open request');
        return request;
      },
      sent: (fromEnd = 1) => JSON.stringify(server.requests.at(-fromEnd)?.body),
    });
    for (const { refusal, body } of server.requests) {
      assert.equal(refusal, undefined, `The provider refused ${JSON.stringify(body, null, 1)}`);
      const wire = JSON.stringify(body);
      for (const ours of ['latecall', 'async-function', ...outside.jobs.map(({ id }) => id)]) {
        assert.ok(!wire.includes(ours), `"${ours}" reached the provider: ${wire}`);
      }
    }
  } finally {
    await server.close();
  }
}

/**
 * What the model reads as the answer to each of its calls in a request of the chat API, as `sent()` gives it: by the call's
 * first argument, JSON parsed.
 */
export function shown(sent: string): Record<string, unknown> {
  const { messages } = JSON.parse(sent) as {
    messages: {
      tool_calls?: { id: string; function: { arguments: string } }[];
      tool_call_id?: string;
      content: string;
    }[];
  };
  const askedFor = new Map<string, string>();
  const answers: Record<string, unknown> = {};
  for (const { tool_calls: made = [], tool_call_id: answered = '', content } of messages) {
    for (const { id, function: called } of made) {
      askedFor.set(id, String(Object.values(JSON.parse(called.arguments) as object)[0]));
    }
    const asked = askedFor.get(answered);
    if (asked !== undefined) answers[asked] = /^[{[]/.test(content) ? (JSON.parse(content) as unknown) : content;
  }
  return answers;
}
