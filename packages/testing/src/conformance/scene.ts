import assert from 'node:assert/strict';
import {
  type AsyncFunctionRequest,
  type AsyncFunctionResponse,
  type AuditEvent,
  type Budget,
  type BudgetOptions,
  type BudgetSpent,
  createAsyncFunctionResponse,
  createBudget,
  createMemoryStore,
  type IdleTurns,
  type Json,
  type Outcome,
  type RuntimeOptions,
  type Scope,
  type SettlementVerdict,
} from '@latecall/core';
import { createFakeClock, type FakeClock } from '../fake-clock.ts';
import { createOutsideWorld, type OutsideWorld } from '../outside-world.ts';
import { startAnthropicServer } from '../servers/anthropic-server.ts';
import { startOpenAIServer } from '../servers/openai-server.ts';
import type { ScriptedModel } from '../servers/reply.ts';
import type { CapturedRequest, StrictServer } from '../servers/strict-server.ts';
import type { ConformanceAdapter, ConformanceAgent, ConformanceTool, RunOptions, Variant } from './adapter.ts';
import { assertOnlyGrows } from './wire-growth.ts';

/** What one run of the host's loop came to. */
interface RunReport {
  readonly text: string;
  /** How many requests reached the provider. */
  readonly modelCalls: number;
  /** The history leaves requests open. */
  readonly pending: boolean;
  readonly responseId?: string;
}

/** What a case differs in from the usual conversation. */
export interface SceneOptions {
  readonly tools: readonly ConformanceTool[];
  readonly model: ScriptedModel;
  readonly runtime?: RuntimeOptions;
  readonly scope?: Scope;
  readonly modelId?: string;
  readonly thinking?: 'manual' | 'adaptive';
  readonly idleTurns?: IdleTurns;
  /** Limits the work of the conversation; what is spent is kept between its runs. */
  readonly budget?: Pick<BudgetOptions, 'turns' | 'workingTime'>;
}

/** A conversation of an app with a strict provider and an outside world, through the adapter under test. */
export interface Scene {
  readonly variant: Variant;
  readonly clock: FakeClock;
  readonly outside: OutsideWorld;
  readonly server: StrictServer;
  readonly audit: readonly AuditEvent[];
  readonly scope: Scope;
  /** What the conversation has spent of its budget. */
  readonly spent: BudgetSpent;
  /** The app's messages; a case may change them as an app might. */
  history: Json[];
  /** The user says something and the agent runs. */
  say(text: string, options?: RunOptions): Promise<RunReport>;
  /** The agent runs again on the history as it is. */
  run(options?: RunOptions): Promise<RunReport>;
  /** Runs without appending to the history: another tab, another process, a run whose app died. */
  runAside(
    options?: RunOptions & { history?: readonly Json[]; scope?: Scope },
  ): Promise<RunReport & { added: readonly Json[] }>;
  requests(): AsyncFunctionRequest[];
  /** The open request of a call of this tool. @throws if there is none, or several. */
  request(toolName: string): AsyncFunctionRequest;
  /** Results come in, in this order, in the way that the variant says. */
  finish(
    ...outcomes: readonly (readonly [request: AsyncFunctionRequest, outcome: Outcome])[]
  ): Promise<SettlementVerdict[]>;
  /** Responses come in, in the way that the variant says. */
  respond(responses: readonly AsyncFunctionResponse<Json>[]): Promise<SettlementVerdict[]>;
  agent(options?: { scope?: Scope; budget?: Budget }): ConformanceAgent;
  /** What the provider was sent in the n-th request from the end. */
  sent(fromEnd?: number): string;
}

/** A secret that all processes of the app share. */
const secret = 'a secret of sixteen bytes or more';

/** Sets the scene, plays the case, and checks what must hold in every case. */
export async function playScene(input: {
  adapter: ConformanceAdapter;
  variant: Variant;
  options: SceneOptions;
  play: (scene: Scene) => Promise<void>;
  wire: 'grows' | 'forks';
}): Promise<void> {
  const { adapter, variant, options, play, wire } = input;
  const start = variant.provider === 'anthropic' ? startAnthropicServer : startOpenAIServer;
  const server = await start({ model: options.model });
  try {
    const scene = createScene({ adapter, variant, options, server });
    await play(scene);
    assertValid(server.requests);
    assertNothingOfOurs(server.requests, scene);
    if (wire === 'grows') assertOnlyGrows(server.requests);
  } finally {
    await server.close();
  }
}

function createScene(input: {
  adapter: ConformanceAdapter;
  variant: Variant;
  options: SceneOptions;
  server: StrictServer;
}): Scene {
  const { adapter, variant, options, server } = input;
  const clock = createFakeClock();
  const audit: AuditEvent[] = [];
  const scope = options.scope ?? { tenant: 'acme', thread: 'thread-1' };
  const kept = createMemoryStore();
  const outside = createOutsideWorld({ clock, deliver: () => undefined });
  let history: readonly Json[] = [];
  let spent: BudgetSpent = { turns: 0, ms: 0 };

  const agent: Scene['agent'] = (changed = {}) =>
    adapter.create({
      provider: variant.provider,
      baseURL: server.baseURL,
      streaming: variant.streaming,
      ...(options.modelId === undefined ? {} : { modelId: options.modelId }),
      ...(options.thinking === undefined ? {} : { thinking: options.thinking }),
      ...(options.idleTurns === undefined ? {} : { idleTurns: options.idleTurns }),
      tools: options.tools,
      scope: changed.scope ?? scope,
      ...(changed.budget === undefined ? {} : { budget: changed.budget }),
      runtime: {
        secret,
        clock,
        audit: (event) => void audit.push(event),
        store: variant.keeping === 'store' ? kept : createMemoryStore(),
        ...options.runtime,
      },
    });
  const runAside: Scene['runAside'] = async ({ history: other = history, scope: otherScope, ...run } = {}) => {
    const before = server.requests.length;
    const budget = options.budget === undefined ? undefined : createBudget({ ...options.budget, clock, spent });
    const runner = agent({
      ...(otherScope === undefined ? {} : { scope: otherScope }),
      ...(budget === undefined ? {} : { budget }),
    });
    const { added, text, responseId } = await runner.run(frozen(other), run);
    if (budget !== undefined) spent = JSON.parse(JSON.stringify(budget.spent())) as BudgetSpent; // as an app keeps it
    const pending = runner.requests([...other, ...added]).length > 0;
    const modelCalls = server.requests.length - before;
    return { added, text, pending, modelCalls, ...(responseId === undefined ? {} : { responseId }) };
  };
  const run: Scene['run'] = async (runOptions) => {
    const { added, ...report } = await runAside(runOptions);
    history = roundTrip([...history, ...added]);
    return report;
  };
  const respond: Scene['respond'] = async (responses) => {
    if (variant.keeping === 'store') {
      return Promise.all(responses.map((response) => agent().settle({ response, scope })));
    }
    history = roundTrip([...history, await agent().responseMessage(responses)]);
    return [];
  };
  const requests = () => agent().requests(history);

  return {
    variant,
    clock,
    outside,
    server,
    audit,
    scope,
    get spent() {
      return spent;
    },
    get history() {
      return [...history];
    },
    set history(messages) {
      history = roundTrip(messages);
    },
    say: async (text, runOptions) => {
      history = roundTrip([...history, agent().userMessage(text)]);
      return run(runOptions);
    },
    run,
    runAside,
    requests,
    request: (toolName) => {
      const [request, ...more] = requests().filter(({ functionCall }) => functionCall.name === toolName);
      assert.ok(request !== undefined && more.length === 0, `expected one open request of ${toolName}`);
      return request;
    },
    finish: (...outcomes) =>
      respond(outcomes.map(([request, outcome]) => createAsyncFunctionResponse<Json>({ request, outcome, clock }))),
    respond,
    agent,
    sent: (fromEnd = 1) => JSON.stringify(server.requests.at(-fromEnd)?.body),
  };
}

/** Law 9: everything survives JSON between any two steps. */
function roundTrip(messages: readonly Json[]): readonly Json[] {
  return JSON.parse(JSON.stringify(messages)) as Json[]; // what JSON.parse gives is JSON
}

/** Law 8: an adapter that writes into the app's messages throws. */
function frozen<VALUE>(value: VALUE): VALUE {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) frozen(member);
    Object.freeze(value);
  }
  return value;
}

function assertValid(requests: readonly CapturedRequest[]): void {
  for (const [index, { refusal, body }] of requests.entries()) {
    assert.equal(refusal, undefined, `The provider refused request ${index + 1}: ${JSON.stringify(body, null, 1)}`);
  }
}

/** Law 5: nothing of ours reaches a provider but what the model is meant to read. */
function assertNothingOfOurs(requests: readonly CapturedRequest[], { outside }: Scene): void {
  const secrets = outside.jobs.flatMap(({ id, idempotencyKey, jobId }) => [id, idempotencyKey, jobId]);
  for (const { body, headers } of requests) {
    const wire = JSON.stringify([body, headers]);
    for (const ours of ['latecall', 'async-function', ...secrets]) {
      assert.ok(!wire.includes(ours), `"${ours}" reached the provider: ${wire}`);
    }
  }
}
