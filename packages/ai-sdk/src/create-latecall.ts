import {
  type AsyncFunctionResponse,
  cancel,
  checkScope,
  createRuntime,
  isOpen,
  type ProgressReport,
  type RuntimeOptions,
  reportProgress,
  type Scope,
  type SettlementVerdict,
  type Settling,
  settle,
  signResponse,
  type TaskRecord,
  type TaskStore,
} from '@latecall/core';
import type { ToolSet } from 'ai';
import { definitionsOf } from './binding.ts';
import type { ToolMessage } from './host-types.ts';
import { responseMessage } from './messages.ts';
import { type WrapOptions, type WrappedAgent, wrap } from './wrap.ts';

/** Late tool results for the loops of the AI SDK. Make one with {@link createLatecall} and keep it. */
export interface Latecall {
  readonly store: TaskStore;
  /**
   * Ties a model and tools to one conversation, once per request. Spread the result into `generateText`, `streamText`
   * or `ToolLoopAgent`; give your own `stopWhen` and `prepareStep` here.
   *
   * @throws {LatecallError} `invalid_scope` without a thread; `unknown_model` for an id that cannot be resolved.
   */
  wrap<TOOLS extends ToolSet>(options: WrapOptions<TOOLS>): WrappedAgent<TOOLS>;
  /**
   * The tool message that brings outcomes back through the messages. The next run passes them through the gate and
   * refuses wrong ones with `ResponseRefusedError`. Signs them: what a client posts proves nothing.
   */
  asyncFunctionResponseMessage(
    responses: AsyncFunctionResponse | readonly AsyncFunctionResponse[],
  ): Promise<ToolMessage>;
  /**
   * Gives a task its outcome in the store, wherever the result came in; the next run of the conversation shows it.
   * Never throws for bad input: read the verdict.
   *
   * @param attempt.response The response, or untrusted JSON that should be one. Instead of it, `id` and `outcome` where
   *   the sender knows no more, as with a callback.
   * @param attempt.tools The app's tools: the one that made the call says what a result must look like.
   * @param attempt.token The callback token. Give the key for all that comes from outside, even if the value is missing.
   * @param attempt.scope The conversation that the task must belong to; left out where the token is the proof.
   */
  settle(attempt: Settling & { tools: ToolSet; token?: string | undefined; scope?: Scope }): Promise<SettlementVerdict>;
  /**
   * Records how far a task is, or that it needs input (`inputRequest`; `null` when it was answered). For people and
   * programs: a model is not told, since its placeholder never changes. Never throws for bad input: read the verdict.
   */
  report(report: ProgressReport): Promise<SettlementVerdict>;
  /** Cancels a task: its tool's `onCancel` tells the outside, and a result that comes later loses. */
  cancel(task: { id: string; scope: Scope; tools: ToolSet; reason?: string }): Promise<SettlementVerdict>;
  /**
   * The conversation's tasks that wait for an outcome, oldest first: from the store, where results may come in at any
   * time. `asyncFunctionRequests(messages)` asks the messages instead, and lists what they do not answer yet.
   */
  pending(scope: Scope): Promise<TaskRecord[]>;
}

/**
 * Makes a {@link Latecall}: one per app. Without options it keeps tasks in memory and its signatures hold for this
 * process only.
 *
 * @example
 * const later = createLatecall();
 * const agent = later.wrap({ model: openai('gpt-5'), tools: { renderVideo }, scope: { thread: chatId } });
 * const result = await generateText({ ...agent, messages });
 */
export function createLatecall(options: RuntimeOptions = {}): Latecall {
  const runtime = createRuntime(options);
  return {
    store: runtime.store,
    wrap: (wrapping) => wrap(runtime, wrapping),
    asyncFunctionResponseMessage: async (responses) => {
      const list = Array.isArray(responses)
        ? (responses as readonly AsyncFunctionResponse[])
        : [responses as AsyncFunctionResponse];
      return responseMessage(await Promise.all(list.map((response) => signResponse(runtime.signer, response))));
    },
    settle: ({ tools, ...attempt }) => settle({ runtime, tools: definitionsOf(tools), ...attempt }),
    report: (report) => reportProgress(runtime, report),
    cancel: ({ id, scope, tools, reason }) =>
      cancel({ runtime, tools: definitionsOf(tools), task: { id, scope: checkScope(scope) }, reason }),
    pending: async (scope) => (await runtime.store.list(checkScope(scope), { consumed: false })).filter(isOpen),
  };
}
