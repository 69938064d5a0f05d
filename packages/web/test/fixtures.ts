import {
  type AsyncToolDefinition,
  type AuditEvent,
  createLatecallTasks,
  createMemoryStore,
  createRuntime,
  type DispatchContext,
  dispatch,
  type LatecallTasks,
  type Policy,
  type Runtime,
  type Scope,
  type TaskRecord,
  type TaskStore,
} from '@latecall/core';
import { createFakeClock, type FakeClock } from '@latecall/testing';

export const scope: Scope = { tenant: 'acme', thread: 'chat-1' };

type Tools = ReadonlyMap<string, AsyncToolDefinition>;

type Callback = NonNullable<DispatchContext['callback']>;

/** A dispatched call as the outside knows it. */
export interface Pending extends Callback {
  readonly id: string;
}

export interface SceneOptions {
  readonly tool?: Partial<AsyncToolDefinition>;
  readonly store?: TaskStore;
  readonly clock?: FakeClock;
  readonly policy?: Policy;
  readonly callbackUrl?: string;
}

/** An app: its Latecall as an adapter makes it, and what its outside was told. */
export interface Scene {
  readonly later: LatecallTasks<Tools>;
  readonly tools: Tools;
  readonly clock: FakeClock;
  readonly runtime: Runtime;
  readonly store: TaskStore;
  readonly events: AuditEvent[];
  dispatch(call?: { scope?: Scope; turn?: string; callId?: string }): Promise<Pending>;
  task(id: string, where?: Scope): Promise<TaskRecord>;
}

export function createScene(options: SceneOptions = {}): Scene {
  const { tool = {}, clock = createFakeClock(), store = createMemoryStore(), policy = {} } = options;
  const { callbackUrl = 'https://app.example/callback' } = options;
  const events: AuditEvent[] = [];
  const audit = (event: AuditEvent) => void events.push(event);
  const runtime = createRuntime({ store, clock, policy, callbackUrl, audit, secret: 'a secret of the tests' });
  const given: Callback[] = [];
  const definition: AsyncToolDefinition = {
    ...tool,
    dispatch: (input, context) => {
      if (context.callback !== undefined) given.push(context.callback);
      return tool.dispatch?.(input, context) ?? { receipt: 'receipt-of-the-farm' };
    },
  };
  const tools: Tools = new Map([['render', definition]]);
  const later = createLatecallTasks<Tools>(runtime, (known) => known);
  let turns = 0;
  return {
    later,
    tools,
    clock,
    runtime,
    store,
    events,
    dispatch: async (call = {}) => {
      turns += 1;
      const request = await dispatch({
        runtime,
        definition,
        call: {
          callId: 'c1',
          arguments: { script: 'private-script' },
          turn: `turn_${turns}`,
          occurrence: 0,
          scope,
          ...call,
          toolName: 'render',
        },
      });
      const callback = given.at(-1);
      if (callback === undefined) throw new Error('The dispatch was given no callback.');
      return { id: request.id, ...callback };
    },
    task: async (id, where = scope) => {
      const task = await store.get({ scope: where, id });
      if (task === undefined) throw new Error(`The store has no task "${id}".`);
      return task;
    },
  };
}

/** A Standard Schema that takes `{ url: string }`. */
export const urlSchema: NonNullable<AsyncToolDefinition['resultSchema']> = {
  '~standard': {
    version: 1,
    vendor: 'tests',
    validate: (value) =>
      typeof value === 'object' && value !== null && 'url' in value && typeof value.url === 'string'
        ? { value }
        : { issues: [{ message: 'must be a string', path: ['url'] }] },
  },
};

/** A request to a task's URL, with its token unless headers are given. */
export function post(
  to: { url: string; token: string },
  body: unknown,
  more: { headers?: HeadersInit; method?: string } = {},
): Request {
  const { method = 'POST', headers = { authorization: `Bearer ${to.token}` } } = more;
  const sent = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  return new Request(to.url, { method, headers, ...(body === undefined ? {} : { body: sent as BodyInit }) });
}

export const completed = (result: unknown): object => ({ status: 'completed', result });
