import type { AIMessage, BaseMessage } from '@langchain/core/messages';
import type { AsyncToolDefinition, Budget, IdleTurns, Mode, Runtime, Scheduling, Scope } from '@latecall/core';
import type { AgentMiddleware } from 'langchain';
import type { AnyTool } from './any-tool.ts';
import { isAsyncTool } from './async-tool.ts';
import { bindTool } from './bind-tools.ts';
import { asyncToolsOf, type Binding, definitionsOf, type WhilePending } from './binding.ts';
import type { GateMiddleware } from './gate.ts';
import type { HostConfig } from './host-config.ts';
import { middlewareAround } from './middleware.ts';
import { traitsOf } from './model-traits.ts';
import { callModel } from './run-model.ts';
import { type ScopeOption, scopeOf } from './scope-of.ts';
import { checkCheckpointer } from './wait.ts';

/** What to wrap, once for an agent. */
export interface WrapOptions<TOOLS extends readonly AnyTool[], MIDDLEWARE extends readonly AgentMiddleware[]> {
  readonly tools: TOOLS;
  /** The app's own middleware; Latecall has to stand around it. @default none */
  readonly middleware?: MIDDLEWARE;
  /**
   * Which conversation a run belongs to. @default the `thread_id` of the run's config; for an agent that runs inside a
   * tool of another one, a branch of it
   */
  readonly scope?: ScopeOption;
  /** For async tools that do not say it themselves. @default 'suspend' */
  readonly mode?: Mode;
  /**
   * Whether the model is asked again after a step of nothing but calls in mode `continue`. `once`: until it has answered,
   * without a call, what the user said last; after that the run ends with such a step, and whatever lands next brings
   * the next turn. `always`: each time, so that it may go on with other work. `never`: the run ends with such a step.
   * @default 'once'
   */
  readonly idleTurns?: IdleTurns;
  /** For async tools that do not say it themselves. @default 'auto' */
  readonly delivery?: Exclude<NonNullable<AsyncToolDefinition['delivery']>, 'native'>;
  /** For async tools that do not say it themselves. @default 'when-idle' */
  readonly scheduling?: Scheduling;
  /**
   * How a run waits: `suspend`, it ends and the app invokes the agent again; `interrupt`, LangGraph interrupts it until
   * somebody resumes it; `auto`, it ends unless somebody above would read that as an answer. @default 'auto'
   */
  readonly whilePending?: WhilePending;
  /**
   * The budget of a conversation, the same object for all its runs in this process: how much work it may take, waiting
   * not counted. Once it is spent, the run ends before its next model call. @default none
   */
  readonly budget?: (scope: Scope) => Budget | undefined;
  /** Throw `PendingError` where the run would wait. @default false */
  readonly strict?: boolean;
}

/** How `project` finds out what it is not told. */
export interface ProjectOptions {
  /** The config that LangGraph gave the node. In a loop without a graph `scope` must be given to `wrap`. */
  readonly config?: HostConfig;
  /** The model that is called: says how late results may be told. @default one that takes synthetic calls */
  readonly model?: object;
  /** The provider holds the messages before these, as with OpenAI's `previous_response_id`. @default false */
  readonly callsElsewhere?: boolean;
}

/** What to spread into `createAgent` or `createDeepAgent`; or to use by itself in a graph or loop of your own. */
export interface WrappedAgent<
  TOOLS extends readonly AnyTool[],
  MIDDLEWARE extends readonly AgentMiddleware[] = readonly AgentMiddleware[],
> {
  /** The same tools; the async ones tied to this Latecall. */
  readonly tools: [...TOOLS];
  /** Latecall's own, with the app's between them. */
  readonly middleware: [GateMiddleware, ...MIDDLEWARE, AgentMiddleware];
  /**
   * The model call of a graph or loop of your own: calls `call` with the prompt for this conversation, and gives the
   * model's message with what belongs into the history. `undefined`: no call was made, since the run waits.
   *
   * @example
   * const answer = await project(messages, (prompt) => model.invoke(prompt));
   * if (answer === undefined) return; // results are pending
   */
  readonly project: (
    messages: readonly BaseMessage[],
    call: (prompt: BaseMessage[]) => Promise<AIMessage>,
    options?: ProjectOptions,
  ) => Promise<AIMessage | undefined>;
}

/** Ties tools to a Latecall. See `Latecall.wrap`. */
export function wrap<const TOOLS extends readonly AnyTool[], const MIDDLEWARE extends readonly AgentMiddleware[]>(
  { runtime, keepsLedger }: { runtime: Runtime; keepsLedger: boolean },
  options: WrapOptions<TOOLS, MIDDLEWARE>,
): WrappedAgent<TOOLS, MIDDLEWARE> {
  const { tools, scope, mode, idleTurns, delivery, scheduling, budget } = options;
  const { whilePending = 'auto', strict = false } = options;
  const asyncTools = asyncToolsOf(tools);
  const binding: Binding = {
    runtime,
    keepsLedger,
    scope,
    tools: asyncTools,
    definitions: definitionsOf(asyncTools.values(), { mode, delivery, scheduling }),
    idleTurns,
    whilePending,
    budget,
    strict,
    runs: new WeakMap(),
  };
  return {
    tools: tools.map((tool) => (isAsyncTool(tool) ? bindTool(tool, binding) : tool)) as [...TOOLS],
    middleware: middlewareAround(binding, options.middleware ?? ([] as readonly AgentMiddleware[] as MIDDLEWARE)),
    project: async (messages, call, { config = {}, model, callsElsewhere = false } = {}) => {
      checkCheckpointer(binding, config);
      return callModel<AIMessage>({
        binding,
        scope: scopeOf(scope, config),
        messages,
        host: config,
        model: await traitsOf(model, messages),
        callsElsewhere,
        alone: true,
        call,
        messageIn: (message) => message,
        withMessage: (_, message) => message,
      });
    },
  };
}
