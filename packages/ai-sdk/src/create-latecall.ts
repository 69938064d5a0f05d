import {
  type AsyncFunctionResponse,
  createLatecallTasks,
  createRuntime,
  type LatecallTasks,
  type RuntimeOptions,
  signResponse,
} from '@latecall/core';
import type { ToolSet } from 'ai';
import { definitionsOf } from './binding.ts';
import type { ToolMessage } from './host-types.ts';
import { responseMessage } from './messages.ts';
import { type TaskQueryTool, taskQuery } from './task-query.ts';
import { type WrapOptions, type WrappedAgent, wrap } from './wrap.ts';

/** Late tool results for the loops of the AI SDK. Make one with {@link createLatecall} and keep it. */
export interface Latecall extends LatecallTasks<ToolSet> {
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
   * A tool with which the model asks about its own dispatched calls and waits for them, in place of any `check_status`
   * tool: it reads the store, and waiting costs no turn. Most models need none, since results come without asking.
   *
   * @example
   * later.wrap({ model, scope, tools: { renderVideo, checkTasks: later.taskQuery() } })
   */
  taskQuery(): TaskQueryTool;
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
    ...createLatecallTasks(runtime, (tools: ToolSet) => definitionsOf(tools)),
    taskQuery: () => taskQuery(runtime),
    wrap: (wrapping) => wrap(runtime, wrapping),
    asyncFunctionResponseMessage: async (responses) => {
      const list = Array.isArray(responses)
        ? (responses as readonly AsyncFunctionResponse[])
        : [responses as AsyncFunctionResponse];
      return responseMessage(await Promise.all(list.map((response) => signResponse(runtime.signer, response))));
    },
  };
}
