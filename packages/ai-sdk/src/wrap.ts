import {
  type AsyncToolDefinition,
  type Budget,
  checkScope,
  type IdleTurns,
  isOpen,
  LatecallError,
  type Mode,
  PendingError,
  type Runtime,
  type Scheduling,
  type Scope,
} from '@latecall/core';
import {
  gateway,
  isStepCount,
  type PrepareStepFunction,
  type StopCondition,
  type ToolSet,
  wrapLanguageModel,
} from 'ai';
import { adviceFor } from './advice.ts';
import { bindTools } from './bind-tools.ts';
import { type Binding, definitionsOf } from './binding.ts';
import { LATECALL } from './carrier.ts';
import type { Model, ModelOrId } from './host-types.ts';
import { latecallMiddleware } from './middleware.ts';
import { fillOpenCalls } from './prepare-step.ts';
import { createStamps } from './stamps.ts';

/** The loop ends after this many steps if the app does not say when: the default of `ToolLoopAgent`. */
const defaultStepCount = 20;

/** What to wrap, for one request of one conversation. */
export interface WrapOptions<TOOLS extends ToolSet> {
  /** A model, or the id of one for the AI SDK's global provider. */
  readonly model: ModelOrId;
  readonly tools: TOOLS;
  readonly scope: Scope;
  /** When the loop ends beside waiting. @default isStepCount(20) */
  // biome-ignore lint/suspicious/noExplicitAny: conditions for any tools fit, as in the AI SDK's own isStepCount
  readonly stopWhen?: StopCondition<NoInfer<TOOLS>, any> | StopCondition<NoInfer<TOOLS>, any>[];
  /** The app's own; models that it returns are wrapped too. */
  // biome-ignore lint/suspicious/noExplicitAny: fits every runtime context
  readonly prepareStep?: PrepareStepFunction<NoInfer<TOOLS>, any>;
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
  readonly delivery?: NonNullable<AsyncToolDefinition['delivery']>;
  /** For async tools that do not say it themselves. @default 'when-idle' */
  readonly scheduling?: Scheduling;
  /**
   * How much work the conversation may take, waiting not counted. Once it is spent, the run ends before its next model
   * call, with raw finish reason `latecall-budget` where a run could not even begin. @default none
   */
  readonly budget?: Budget;
  /** Throw `PendingError` where the run would pause. @default false */
  readonly strict?: boolean;
  /**
   * This agent runs inside a tool of another one. To end pending is an error then, since the other agent would read it
   * as finished. @default false
   */
  readonly nested?: boolean;
}

/** Settings to spread into `generateText`, `streamText` or `ToolLoopAgent`. */
export interface WrappedAgent<TOOLS extends ToolSet> {
  readonly model: Model;
  readonly tools: TOOLS;
  // biome-ignore lint/suspicious/noExplicitAny: fits every runtime context
  readonly stopWhen: StopCondition<TOOLS, any>[];
  // biome-ignore lint/suspicious/noExplicitAny: fits every runtime context
  readonly prepareStep: PrepareStepFunction<TOOLS, any>;
}

/** Ties a model and tools to a conversation. See `Latecall.wrap`. */
export function wrap<TOOLS extends ToolSet>(runtime: Runtime, options: WrapOptions<TOOLS>): WrappedAgent<TOOLS> {
  const { tools, stopWhen = isStepCount(defaultStepCount), prepareStep, strict = false, nested = false } = options;
  const { mode, idleTurns, delivery, scheduling, budget } = options;
  const binding: Binding = {
    runtime,
    scope: checkScope(options.scope),
    tools,
    definitions: definitionsOf(tools, { mode, delivery, scheduling }),
    idleTurns,
    stamps: createStamps(),
    resting: new Set(),
    strict,
    nested,
    budget,
  };
  const middleware = latecallMiddleware(binding);
  const wrapModel = (model: ModelOrId) => wrapLanguageModel({ model: resolve(model), middleware });
  return {
    model: wrapModel(options.model),
    tools: bindTools(tools, binding),
    stopWhen: [
      ...(binding.definitions.size === 0 ? [] : [isWaiting(binding)]),
      ...(budget === undefined ? [] : [() => budget.exhausted()]),
      ...(Array.isArray(stopWhen) ? stopWhen : [stopWhen]),
    ],
    prepareStep: async (step) => {
      const own = await prepareStep?.(step);
      const before = own?.messages ?? step.messages;
      const messages = await fillOpenCalls(binding, before, own?.toolsContext ?? step.toolsContext);
      return {
        ...own,
        providerOptions: { ...own?.providerOptions, [LATECALL]: { step: step.stepNumber } },
        ...(own?.model === undefined ? {} : { model: wrapModel(own.model) }),
        ...(messages === before ? {} : { messages }),
      };
    },
  };
}

/**
 * Saves the step in which the middleware would pause. Asks the store, since a stream transform may hide results. A
 * nested agent that would end here with calls pending throws instead.
 */
// biome-ignore lint/suspicious/noExplicitAny: fits every tool set
function isWaiting({ runtime, scope, definitions, resting, nested }: Binding): StopCondition<any, any> {
  return async ({ steps }) => {
    const calls = steps.at(-1)?.toolCalls ?? [];
    if (!calls.some(({ toolName }) => definitions.has(toolName))) return false;
    const callIds = calls.map(({ toolCallId }) => toolCallId);
    const open = (await runtime.store.list(scope, { callIds, consumed: false })).filter(isOpen);
    const waited = open.filter(({ toolName }) => {
      const { mode, resolve: answers } = definitions.get(toolName) ?? {};
      return mode !== 'continue' && answers === undefined; // one that is read from others may have its result already
    });
    // Calls that the provider leaves open by itself bring the model nothing new; nor do placeholders, where it has rested.
    const leftOpen = calls.every(({ providerMetadata }) => providerMetadata?.openai?.async === true);
    const rests = callIds.filter((callId) => resting.delete(callId)).length > 0;
    const waits = waited.length > 0 || ((leftOpen || rests) && open.length === calls.length);
    if (nested && waits) throw new PendingError({ tasks: open, advice: adviceFor({ nested }) });
    return waits;
  };
}

function resolve(model: ModelOrId): Exclude<ModelOrId, string> {
  if (typeof model !== 'string') return model;
  const provider = (globalThis as { AI_SDK_DEFAULT_PROVIDER?: { languageModel(id: string): unknown } })
    .AI_SDK_DEFAULT_PROVIDER;
  const resolved: unknown = (provider ?? gateway).languageModel(model);
  if (typeof resolved === 'object' && resolved !== null && 'doGenerate' in resolved) {
    return resolved as Exclude<ModelOrId, string>; // a provider's languageModel gives a language model
  }
  throw new LatecallError({
    code: 'unknown_model',
    message: `The model id "${model}" could not be resolved by the AI SDK's default provider. Pass a model object such as openai("${model}").`,
  });
}
