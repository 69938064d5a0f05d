import type { ToolMessage } from '@langchain/core/messages';
import {
  type AsyncFunctionResponse,
  createLatecallTasks,
  createRuntime,
  type LatecallTasks,
  type RuntimeOptions,
} from '@latecall/core';
import type { AgentMiddleware } from 'langchain';
import type { AnyTool } from './any-tool.ts';
import { asyncToolsOf, definitionsOf } from './binding.ts';
import { responseMessages } from './messages.ts';
import { type TaskQueryTool, taskQuery } from './task-query.ts';
import { type WrapOptions, type WrappedAgent, wrap } from './wrap.ts';

/** Late tool results for the agents of LangChain. Make one with {@link createLatecall} and keep it. */
export interface Latecall extends LatecallTasks<readonly AnyTool[]> {
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
   * A tool with which the model asks about its own dispatched calls and waits for them, in place of any `check_status`
   * tool: it reads the store, and waiting costs no turn. Most models need none, since results come without asking.
   *
   * @example
   * later.wrap({ tools: [renderVideo, later.taskQuery()] })
   *
   * @param name What the model calls it. @default 'check_tasks'
   */
  taskQuery(): TaskQueryTool;
  taskQuery<const NAME extends string>(name: NAME): TaskQueryTool<NAME>;
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
  return {
    ...createLatecallTasks(runtime, (tools: readonly AnyTool[]) => definitionsOf(asyncToolsOf(tools).values())),
    taskQuery: (name: string = 'check_tasks') => taskQuery(runtime, name) as TaskQueryTool,
    wrap: (wrapping) => wrap({ runtime, keepsLedger }, wrapping),
    asyncFunctionResponseMessages: (responses) =>
      responseMessages(runtime, 'type' in responses ? [responses] : responses),
  };
}
