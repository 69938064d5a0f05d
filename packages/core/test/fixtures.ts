import type { StandardSchemaV1 } from '@standard-schema/spec';
import {
  type AsyncFunctionRequest,
  type AsyncFunctionResponse,
  type AsyncToolDefinition,
  type AuditEvent,
  beginTurn,
  type Clock,
  canonicalJson,
  createAsyncFunctionResponse,
  createLatecallTasks,
  createMemoryStore,
  createRuntime,
  type DispatchCall,
  dispatch,
  type Json,
  type LatecallTasks,
  type OpenTurn,
  type Outcome,
  type PromptPlan,
  plainMessage,
  type RandomBytes,
  type Runtime,
  type RuntimeOptions,
  type Scope,
  type SettlementVerdict,
  type Showing,
  type SuspendedTurn,
  settle,
  signResponse,
  type TaskRecord,
  type TaskStore,
  type Transcript,
  type TranscriptMessage,
  type TranscriptResult,
  type TurnInput,
} from '../src/index.ts';

/** The conversation of the tests that need only one. */
export const scope: Scope = { tenant: 'acme', thread: 'chat-1' };

/** When the fake clock starts. */
export const start: number = Date.UTC(2026, 0, 1);

/** A secret for every runtime that shall know the others' signatures. */
export const secret = 'a secret of the tests';

export type Request = AsyncFunctionRequest<Json, Json>;

/** A clock that stands still until it is told how far to go. */
export interface FakeClock extends Clock {
  advance(ms: number): Promise<void>;
  /** How many timers wait. */
  readonly waiting: number;
}

export function createFakeClock(): FakeClock {
  let now = start;
  const timers = new Set<{ at: number; run: () => void | Promise<void> }>();
  return {
    now: () => now,
    schedule: (run, ms) => {
      const timer = { at: now + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance: async (ms) => {
      now += ms;
      for (const timer of [...timers].filter(({ at }) => at <= now)) {
        timers.delete(timer);
        await timer.run();
      }
    },
    get waiting() {
      return timers.size;
    },
  };
}

/** The same bytes for the same seed. */
export function createSeededBytes(seed: number): RandomBytes {
  let state = Math.imul(seed, 2_654_435_761) >>> 0;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  };
  return (length) => Uint8Array.from({ length }, next);
}

/** A promise with its own handles. */
export function createDeferred<VALUE = void>(): {
  promise: Promise<VALUE>;
  resolve: (value: VALUE) => void;
  reject: (reason: unknown) => void;
} {
  let resolve: (value: VALUE) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<VALUE>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  return { promise, resolve, reject };
}

/** Lets everything else go on until `condition` holds; no time passes on the fake clock. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000; turn += 1) {
    if (condition()) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  throw new Error('The condition never came true.');
}

/** What `work` threw. */
export async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}

export interface SceneOptions extends Omit<RuntimeOptions, 'clock'> {
  readonly clock?: FakeClock;
  /** Definitions by name; what is left out of one is that of a tool that gives a receipt at once. */
  readonly tools?: Readonly<Record<string, Partial<AsyncToolDefinition>>>;
  readonly scope?: Scope;
}

/** One process with its store, its clock and its async tools; `render` and `send` unless others are given. */
export interface Scene {
  readonly runtime: Runtime;
  readonly store: TaskStore;
  readonly clock: FakeClock;
  readonly events: AuditEvent[];
  readonly tools: ReadonlyMap<string, AsyncToolDefinition>;
  dispatch(call?: Partial<DispatchCall>): Promise<Request>;
  task(id: string): Promise<TaskRecord>;
  /** Settles by the id alone, as a callback does. */
  settle(id: string, outcome: unknown): Promise<SettlementVerdict>;
  complete(id: string, result: Json): Promise<SettlementVerdict>;
  /** A response as the app's own server makes it. */
  respond(request: Request, outcome: Outcome): Promise<AsyncFunctionResponse>;
  begin(messages: readonly TestMessage[], more?: BeginOptions): Promise<SuspendedTurn | OpenTurn>;
  /** Begins a turn that must not be suspended. */
  open(messages: readonly TestMessage[], more?: BeginOptions): Promise<OpenTurn>;
  /** Which details were reported under a type, in order. */
  reported(type: AuditEvent['type']): readonly (string | undefined)[];
}

type BeginOptions = Partial<Pick<TurnInput, 'claimant' | 'callsElsewhere' | 'model' | 'atRest'>>;

let scenes = 0;

export function createScene(options: SceneOptions = {}): Scene {
  scenes += 1; // two processes draw different ids
  const { tools: given = { render: {}, send: {} }, scope: where = scope, ...runtimeOptions } = options;
  const { clock = createFakeClock() } = options;
  const events: AuditEvent[] = [];
  const store = options.store ?? createMemoryStore();
  const runtime = createRuntime({
    secret,
    randomBytes: createSeededBytes(scenes),
    audit: (event) => void events.push(event),
    ...runtimeOptions,
    clock,
    store,
  });
  const tools = new Map(Object.entries(given).map(([name, tool]) => [name, toolOf(tool)]));
  const begin: Scene['begin'] = (messages, more = {}) =>
    beginTurn({ runtime, tools, scope: where, transcript: transcriptOf(messages), claimant: 'run-1', ...more });

  return {
    runtime,
    store,
    clock,
    events,
    tools,
    begin,
    dispatch: (call = {}) => {
      const toolName = call.toolName ?? 'render';
      const definition = tools.get(toolName);
      if (definition === undefined) throw new Error(`The scene has no tool "${toolName}".`);
      const defaults = { callId: 'c1', arguments: { script: 'a' }, turn: 'turn_1', occurrence: 0, scope: where };
      return dispatch({ runtime, definition, call: { ...defaults, ...call, toolName } });
    },
    task: async (id) => {
      const task = await store.get({ scope: where, id });
      if (task === undefined) throw new Error(`The store has no task "${id}".`);
      return task;
    },
    settle: (id, outcome) => settle({ runtime, tools, scope: where, id, outcome }),
    complete: (id, result) => settle({ runtime, tools, scope: where, id, outcome: done(result) }),
    respond: (request, outcome) =>
      signResponse(runtime.signer, createAsyncFunctionResponse({ request, outcome, clock })),
    open: async (messages, more) => {
      const turn = await begin(messages, more);
      if (turn.type !== 'open') throw new Error('The turn is suspended.');
      return turn;
    },
    reported: (type) => events.filter((event) => event.type === type).map(({ detail }) => detail),
  };
}

/** The next process on the store of this one: nothing is left of what it held in memory. */
export function restarted(scene: Scene, options: SceneOptions = {}): Scene {
  const { store, clock, tools } = scene;
  return createScene({ store, clock, tools: Object.fromEntries(tools), ...options });
}

/** What the app does with the tasks of a scene outside of any run. */
export function latecallOf({ runtime }: Pick<Scene, 'runtime'>): LatecallTasks<Scene['tools']> {
  return createLatecallTasks(runtime, (tools: Scene['tools']) => tools);
}

/** A Standard Schema of one function: it returns the value that counts, or throws a list of what is wrong. */
export function schemaOf<RESULT>(
  check: (value: unknown) => RESULT | Promise<RESULT>,
): StandardSchemaV1<unknown, RESULT> {
  return {
    '~standard': {
      version: 1,
      vendor: 'tests',
      validate: async (value) => {
        try {
          return { value: await check(value) };
        } catch (error) {
          if (Array.isArray(error)) return { issues: error };
          throw error;
        }
      },
    },
  };
}

/** The outcome with this result. */
export const done = (result: Json): Outcome => ({ status: 'completed', result });

/** A tool that gives a receipt at once, but for what is given. */
function toolOf(tool: Partial<AsyncToolDefinition> = {}): AsyncToolDefinition {
  return { dispatch: () => ({ job: 'job-1' }), ...tool };
}

/** A message with a text, which only its fingerprint tells. */
export interface TestMessage extends TranscriptMessage {
  readonly text?: string;
}

export function transcriptOf(messages: readonly TestMessage[]): Transcript {
  return {
    messages,
    fingerprint: () =>
      messages.map(({ role, text = '', calls: made, results }) => ({
        role,
        text,
        calls: made.map(({ callId, name }) => [callId, name]),
        results: results.map(({ callId }) => callId),
      })),
  };
}

export const asks = (text = 'Render it, please.'): TestMessage => ({ ...plainMessage('user'), text });

export const says = (text = 'Fine.', consumptions: readonly unknown[] = []): TestMessage => ({
  ...plainMessage('assistant'),
  text,
  consumptions,
});

/** An assistant message with calls: `calls(['c1', 'render'])`. */
export const calls = (...made: readonly (readonly [callId: string, name: string])[]): TestMessage => ({
  ...plainMessage('assistant'),
  calls: made.map(([callId, name]) => ({ callId, name })),
});

/** A tool message with these results, in this order. */
export const results = (...given: readonly Omit<TranscriptResult, 'part'>[]): TestMessage => ({
  ...plainMessage('tool'),
  results: given.map((result, part) => ({ part, ...result })),
});

/** The tool message that a host writes for a dispatched call. */
export const placed = (...requests: readonly Request[]): TestMessage =>
  results(...requests.map((request) => ({ callId: request.functionCall.callId, request })));

/** The tool message that an app appends for a response. */
export const answers = (...responses: readonly AsyncFunctionResponse[]): TestMessage =>
  results(...responses.map((response) => ({ callId: response.functionCall.callId, response })));

/** A conversation whose last step is one pending call of `render`. */
export async function pendingChat(scene: Scene): Promise<{ request: Request; messages: TestMessage[] }> {
  const request = await scene.dispatch();
  return { request, messages: [asks(), calls(['c1', 'render']), placed(request)] };
}

/** Runs the model once: what it was shown, and the history with its answer. */
export async function converse(
  scene: Scene,
  messages: readonly TestMessage[],
  more?: Parameters<Scene['open']>[1],
): Promise<{ shown: string[]; messages: TestMessage[] }> {
  const turn = await scene.open(messages, more);
  const consumptions = await turn.finish();
  return { shown: render(messages, turn.plan), messages: [...messages, says('Fine.', consumptions)] };
}

/** What a model would read, one line a message or inserted pair: the plan carried out as a host does. */
export function render(messages: readonly TestMessage[], { rewrite, fill, drop, insert }: PromptPlan): string[] {
  const told = ({ handle, outcome, stale }: Showing) =>
    `${handle} ${outcome === undefined ? 'placeholder' : canonicalJson({ ...outcome })}${stale === true ? ' stale' : ''}`;
  const inserted = (before: number) =>
    insert
      .filter((group) => group.before === before)
      .flatMap(({ results: group }) => group.map((result) => `${result.as} ${result.answers} ${told(result)}`));
  const lines = messages.flatMap(({ role, text = '', calls: made, results: given }, index) => [
    ...inserted(index),
    ...(role === 'tool'
      ? given
          .filter(({ part }) => !drop.some((place) => place.message === index && place.part === part))
          .map(({ part, callId }) => {
            const place = rewrite.find((candidate) => candidate.message === index && candidate.part === part);
            return `tool ${callId} ${place === undefined ? 'as it was' : told(place.show)}`;
          })
      : [`${role} ${text}${made.map(({ callId }) => ` calls ${callId}`).join('')}`]),
    ...fill.filter(({ message }) => message === index).map(({ show }) => `tool ${show.callId} ${told(show)}`),
  ]);
  return [...lines, ...inserted(messages.length)];
}

/** Where a plan shows what, without what only the store knows of the calls. */
export function placesOf({ rewrite, fill, drop, insert }: PromptPlan): unknown {
  const shown = ({ arguments: _, ...show }: Showing) => show;
  return {
    rewrite: rewrite.map((place) => ({ ...place, show: shown(place.show) })),
    fill: fill.map((place) => ({ ...place, show: shown(place.show) })),
    drop,
    insert: insert.map(({ before, results: group }) => ({ before, results: group.map(shown) })),
  };
}
