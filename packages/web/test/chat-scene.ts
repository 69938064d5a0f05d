import type { Scope, TaskStore } from '@latecall/core';
import { type AnswerInput, type Chat, type ChatMessage, type ChatOptions, createChat } from '../src/index.ts';
import { scope } from './fixtures.ts';

type Part = Readonly<Record<string, unknown>>;

/** A run of the agent that a test leads. */
interface AgentRun extends AnswerInput<ChatMessage> {
  /** Sends chunks. */
  send(...chunks: object[]): void;
  /** Says a text. */
  say(text: string): void;
  /** Saves the message and ends the stream. */
  end(message?: Partial<ChatMessage>): Promise<void>;
  fail(error: Error): void;
}

/** A chat, its database, and its agent. */
export interface ChatScene {
  readonly chat: Chat;
  readonly saved: ChatMessage[];
  /** How often the agent was asked. */
  readonly runs: AgentRun[];
  readonly errors: unknown[];
  /** The next run of the agent, or one that waits. */
  nextRun(): Promise<AgentRun>;
}

export function createChatScene(
  store: TaskStore,
  options: Partial<ChatOptions<ChatMessage>> = {},
  saved: ChatMessage[] = [],
): ChatScene {
  const runs: AgentRun[] = [];
  const errors: unknown[] = [];
  const untaken: AgentRun[] = [];
  const waiting: ((run: AgentRun) => void)[] = [];
  const chat = createChat<ChatMessage>({
    later: { store },
    scopeOf: () => scope,
    messages: {
      load: async () => structuredClone(saved),
      save: async (_: Scope, message) => {
        const index = saved.findIndex(({ id }) => id === message.id);
        if (index < 0) saved.push(message);
        else saved[index] = message;
      },
      remove: async (_: Scope, ids) => {
        saved.splice(0, saved.length, ...saved.filter(({ id }) => !ids.includes(id)));
      },
    },
    answer: async (input) => {
      const { run, stream } = createRun(input, `answer_${runs.length + 1}`);
      runs.push(run);
      const take = waiting.shift();
      if (take === undefined) untaken.push(run);
      else take(run);
      return stream;
    },
    onError: (error) => void errors.push(error),
    ...options,
  });
  return {
    chat,
    saved,
    runs,
    errors,
    nextRun: () =>
      new Promise((resolve) => {
        const run = untaken.shift();
        if (run === undefined) waiting.push(resolve);
        else resolve(run);
      }),
  };
}

function createRun(input: AnswerInput<ChatMessage>, id: string): { run: AgentRun; stream: ReadableStream<unknown> } {
  let controller: ReadableStreamDefaultController<unknown> | undefined;
  const parts: Part[] = [];
  const stream = new ReadableStream<unknown>({
    start: (opened) => {
      controller = opened;
      opened.enqueue({ type: 'start', messageId: id });
    },
  });
  const run: AgentRun = {
    ...input,
    send: (...chunks) => {
      for (const chunk of chunks) controller?.enqueue(chunk);
    },
    say: (text) => {
      const partId = String(parts.push({ type: 'text', text }));
      run.send(
        { type: 'text-start', id: partId },
        { type: 'text-delta', id: partId, delta: text },
        { type: 'text-end', id: partId },
      );
    },
    end: async (message = {}) => {
      await input.save({ id, role: 'assistant', parts, ...message });
      run.send({ type: 'finish' });
      controller?.close();
    },
    fail: (error) => controller?.error(error),
  };
  return { run, stream };
}

/** What the user says, as a client posts it. */
export const userMessage = (id: string, text: string): ChatMessage & { role: 'user' } => ({
  id,
  role: 'user',
  parts: [{ type: 'text', text }],
});

export const answerMessage = (id: string, text: string): ChatMessage => ({
  id,
  role: 'assistant',
  parts: [{ type: 'text', text }],
});

/** The POST of a client. */
export function chatPost(body: unknown, headers: HeadersInit = { 'content-type': 'application/json' }): Request {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new Request('https://app.example/api/chat/a', { method: 'POST', headers, body: text });
}

export const chatGet = (init: RequestInit = {}): Request => new Request('https://app.example/api/chat/a/stream', init);

/** The chunks of a stream that has ended. */
export async function chunksOf(response: Response): Promise<Record<string, unknown>[]> {
  const events = (await response.text()).split('\n\n').map((event) => event.replace('data: ', ''));
  return events.filter((event) => event !== '' && event !== '[DONE]').map((event) => JSON.parse(event));
}

/** The text that chunks say. */
export const textOf = (chunks: readonly Record<string, unknown>[]): string =>
  chunks.flatMap(({ type, delta }) => (type === 'text-delta' ? [delta] : [])).join(' ');
