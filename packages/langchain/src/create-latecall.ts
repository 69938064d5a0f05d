import type { ToolMessage } from '@langchain/core/messages';
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
  type TaskRecord,
  type TaskStore,
} from '@latecall/core';
import type { AgentMiddleware } from 'langchain';
import type { AnyTool } from './any-tool.ts';
import { asyncToolsOf, definitionsOf } from './binding.ts';
import { responseMessages } from './messages.ts';
import { type WrapOptions, type WrappedAgent, wrap } from './wrap.ts';

/** Late tool results for the agents of LangChain. Make one with {@link createLatecall} and keep it. */
export interface Latecall {
  readonly store: TaskStore;
  /**
   * Ties tools to this Latecall, once for an agent. Spread the result into `createAgent`; give your own middleware here.
   * Throws nothing: a run without a conversation does, see `scope`.
   */
  wrap<const TOOLS extends readonly AnyTool[], const MIDDLEWARE extends readonly AgentMiddleware[] = []>(
    options: WrapOptions<TOOLS, MIDDLEWARE>,
  ): WrappedAgent<TOOLS, MIDDLEWARE>;
  /**
   * The tool messages that bring outcomes back through the messages, or through `Command({ resume })`. The next run
   * passes them through the gate. Wrong ones are refused with `ResponseRefusedError`; on a thread with a checkpointer,
   * which has stored them already, they are reported to the audit and without effect. Signs them: what a client posts
   * proves nothing.
   */
  asyncFunctionResponseMessages(
    responses: AsyncFunctionResponse | readonly AsyncFunctionResponse[],
  ): Promise<ToolMessage[]>;
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
  settle(
    attempt: Settling & { tools: readonly AnyTool[]; token?: string | undefined; scope?: Scope },
  ): Promise<SettlementVerdict>;
  /**
   * Records how far a task is, or that it needs input (`inputRequest`; `null` when it was answered). For people and
   * programs: a model is not told, since its placeholder never changes. Never throws for bad input: read the verdict.
   */
  report(report: ProgressReport): Promise<SettlementVerdict>;
  /** Cancels a task: its tool's `onCancel` tells the outside, and a result that comes later loses. */
  cancel(task: { id: string; scope: Scope; tools: readonly AnyTool[]; reason?: string }): Promise<SettlementVerdict>;
  /**
   * The conversation's tasks that wait for an outcome, oldest first: from the store, where results may come in at any
   * time. `asyncFunctionRequests(messages)` asks the messages instead, and lists what they do not answer yet.
   */
  pending(scope: Scope): Promise<TaskRecord[]>;
}

/**
 * Makes a {@link Latecall}: one per app. Without options it keeps tasks in memory, and on threads with a checkpointer in
 * the checkpoint; its signatures hold for this process only.
 *
 * @example
 * const later = createLatecall();
 * const agent = createAgent({ model, ...later.wrap({ tools: [renderVideo] }) });
 * const state = await agent.invoke({ messages }, { configurable: { thread_id: chatId } });
 */
export function createLatecall(options: RuntimeOptions = {}): Latecall {
  const runtime = createRuntime(options);
  const keepsLedger = options.store === undefined;
  const definitions = (tools: readonly AnyTool[]) => definitionsOf(asyncToolsOf(tools).values());
  return {
    store: runtime.store,
    wrap: (wrapping) => wrap({ runtime, keepsLedger }, wrapping),
    asyncFunctionResponseMessages: (responses) =>
      responseMessages(runtime, 'type' in responses ? [responses] : responses),
    settle: ({ tools, ...attempt }) => settle({ runtime, tools: definitions(tools), ...attempt }),
    report: (report) => reportProgress(runtime, report),
    cancel: ({ id, scope, tools, reason }) =>
      cancel({ runtime, tools: definitions(tools), task: { id, scope: checkScope(scope) }, reason }),
    pending: async (scope) => (await runtime.store.list(checkScope(scope), { consumed: false })).filter(isOpen),
  };
}
