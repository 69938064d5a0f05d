import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type AsyncUIMessage,
  asyncTool,
  createLatecall,
  createMemoryStore,
  createThreadRunner,
  type Latecall,
  refreshUIMessages,
  type Scope,
  type TaskStore,
  toAsyncUIMessageStream,
} from '@latecall/ai-sdk';
import type { Duration } from '@latecall/core';
import { type ScriptedModel, type StrictServer, startGatewayServer } from '@latecall/testing';
import { type Chat, createChat, createEventsRoute, createTasksRoute, type RouteHandler } from '@latecall/web';
import { convertToModelMessages, createGateway, streamText } from 'ai';
import { z } from 'zod';
import { toNodeListener } from '../../web/test/node-listener.ts';

const scriptSchema = z.object({ script: z.string() });
const videoSchema = z.object({ url: z.string() });

type Dispatch = (input: z.infer<typeof scriptSchema>, context: { id: string }) => Promise<unknown>;

const createTools = (dispatch: Dispatch) => ({
  render: asyncTool({
    inputSchema: scriptSchema,
    resultSchema: videoSchema,
    dispatch: async (input, context) => {
      await dispatch(input, context);
      return { farm: 'farm-7.internal' };
    },
    publicReceipt: () => 'queued',
    deadline: '1h',
  }),
});
type Tools = ReturnType<typeof createTools>;

export type TestMessage = AsyncUIMessage<Tools>;

/** What survives a server: its database and its store. */
export interface Disk {
  readonly store: TaskStore;
  readonly saved: Map<string, TestMessage[]>;
}

export const createDisk = (): Disk => ({ store: createMemoryStore(), saved: new Map() });

export interface ServerOptions {
  readonly model: ScriptedModel;
  readonly disk?: Disk;
  readonly port?: number;
  /** Answers instead of the routes. */
  readonly intercept?: (request: Request) => Response | undefined;
  /** What the farm does when it is sent a script. */
  readonly onDispatch?: (later: Latecall, tools: Tools, id: string) => Promise<unknown>;
  readonly waitForRun?: Duration;
  /** `false`: nobody runs what is due. @default true */
  readonly runs?: boolean;
}

/** A server with chats at `/api/chat/:id`, as a Next.js app has them. */
export interface TestServer {
  readonly disk: Disk;
  readonly later: Latecall;
  readonly tools: Tools;
  readonly chat: Chat;
  readonly model: StrictServer;
  readonly port: number;
  readonly requests: { method: string; path: string }[];
  endpoint(id?: string): string;
  messages(id?: string): TestMessage[];
  /** The farm is done with all that is pending. */
  settle(url?: string, id?: string): Promise<void>;
  /** Resolves when no run is due or goes on. */
  idle(): Promise<void>;
  /** Breaks every connection, as a restart of a proxy does. */
  breakLines(): void;
  /** As `kill -9` would. */
  kill(): Promise<void>;
}

const started = new Set<TestServer>();

/** @throws if a provider was sent a prompt that it would refuse. */
export async function stopServers(): Promise<void> {
  const refusals = [...started].flatMap(({ model }) => model.requests.flatMap(({ refusal }) => refusal ?? []));
  for (const server of [...started]) await server.kill();
  if (refusals.length > 0) throw new Error(`The provider has refused prompts: ${JSON.stringify(refusals)}`);
}

export async function startChatServer(options: ServerOptions): Promise<TestServer> {
  const { disk = createDisk(), intercept, runs = true } = options;
  const { store, saved } = disk;
  const model = await startGatewayServer({ model: options.model });
  const gateway = createGateway({ baseURL: model.baseURL, apiKey: 'local' });
  const later = createLatecall({ store, secret: 'a secret of the tests' });
  const tools = createTools(async (_, { id }) => options.onDispatch?.(later, tools, id));
  const requests: { method: string; path: string }[] = [];
  const scopeOf = (request: Request): Scope | undefined => {
    const [, , , thread = ''] = new URL(request.url).pathname.split('/');
    return thread === 'private' ? undefined : { thread };
  };

  const chat = createChat<TestMessage>({
    later,
    scopeOf,
    messages: {
      load: async ({ thread }) => structuredClone(saved.get(thread) ?? []),
      save: async ({ thread }, message) => {
        const messages = saved.get(thread) ?? [];
        const index = messages.findIndex(({ id }) => id === message.id);
        saved.set(thread, index < 0 ? [...messages, message] : messages.with(index, message));
      },
      remove: async ({ thread }, ids) => {
        saved.set(
          thread,
          (saved.get(thread) ?? []).filter(({ id }) => !ids.includes(id)),
        );
      },
    },
    refresh: (messages, scope) => refreshUIMessages({ messages, later, scope, tools }),
    answer: async ({ scope, messages, signal, save }) => {
      const agent = later.wrap({ model: gateway('openai/gpt-6'), tools, scope });
      const history = await convertToModelMessages(messages, { tools });
      const { stream } = streamText({ ...agent, messages: history, abortSignal: signal, onError: () => {} });
      return toAsyncUIMessageStream<Tools, TestMessage>({
        stream,
        later,
        scope,
        tools,
        originalMessages: messages,
        generateMessageId: () => `assistant_${messages.length}`,
        replay: true,
        onEnd: ({ responseMessage }) => save(responseMessage),
      });
    },
    onError: () => {}, // what a test breaks
    ...(options.waitForRun === undefined ? {} : { waitForRun: options.waitForRun }),
  });
  const runner = createThreadRunner({ store, run: chat.run });
  if (runs) await runner.start();

  const routes = new Map<string, RouteHandler>([
    ['', chat.handler],
    ['stream', chat.stream.handler],
    ['events', createEventsRoute({ later, scopeOf, chat }).handler],
    ['tasks', createTasksRoute({ later, tools, scopeOf }).handler],
  ]);
  const http = createServer(
    toNodeListener(async (request) => {
      const path = new URL(request.url).pathname;
      requests.push({ method: request.method, path });
      const [, , , , name = ''] = path.split('/');
      return intercept?.(request) ?? routes.get(name)?.(request) ?? new Response(null, { status: 404 });
    }),
  );
  await listen(http, options.port ?? 0);
  const { port } = http.address() as AddressInfo; // a TCP server that listens has a port

  const server: TestServer = {
    disk,
    later,
    tools,
    chat,
    model,
    port,
    requests,
    endpoint: (id = 'a') => `http://127.0.0.1:${port}/api/chat/${id}`,
    messages: (id = 'a') => saved.get(id) ?? [],
    settle: async (url = 'u', thread = 'a') => {
      for (const { id } of await later.pending({ thread })) {
        await later.settle({ id, outcome: { status: 'completed', result: { url } }, tools });
      }
    },
    idle: () => runner.idle(),
    breakLines: () => http.closeAllConnections(),
    kill: async () => {
      started.delete(server);
      http.closeAllConnections();
      await new Promise((resolve) => {
        http.close(resolve);
      });
      await runner.stop();
      await model.close();
    },
  };
  started.add(server);
  return server;
}

async function listen(http: Server, port: number): Promise<void> {
  await new Promise<void>((resolve) => {
    http.listen(port, '127.0.0.1', resolve);
  });
}
