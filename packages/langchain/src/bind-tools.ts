import { type BaseMessage, isBaseMessage, type ToolCall, ToolMessage } from '@langchain/core/messages';
import type { ToolRunnableConfig } from '@langchain/core/tools';
import { type AsyncFunctionRequest, DispatchError, dispatch, type Json, LatecallError } from '@latecall/core';
import type { AnyAsyncTool, CallTool } from './async-tool.ts';
import type { Binding } from './binding.ts';
import { dispatchableBy } from './dispatchable.ts';
import { reportTask } from './events.ts';
import type { HostConfig } from './host-config.ts';
import { handlesIn } from './messages.ts';
import { placeholderMessage } from './placeholder-message.ts';
import { scopeOf } from './scope-of.ts';
import { stampOf } from './stamp-of.ts';

/** The same tool, tied to a Latecall. Whatever was put around it stays in force. */
export function bindTool<TOOL extends AnyAsyncTool>(tool: TOOL, binding: Binding): TOOL {
  const call: CallTool = (inner, config) => runCall({ binding, tool: inner, config });
  return Object.create(tool, { callTool: { value: call } }) as TOOL; // everything else is inherited
}

interface ToolRun {
  readonly binding: Binding;
  readonly tool: AnyAsyncTool;
  /** With what a tool node adds to it. */
  readonly config: ToolRunnableConfig & HostConfig & { readonly state?: unknown };
}

type Call = ToolCall & { id: string };

async function runCall({ binding, tool, config }: ToolRun): Promise<ToolMessage> {
  const call = callOf(tool, config);
  try {
    return placeholderMessage(await dispatchCall({ binding, tool, config, call }));
  } catch (error) {
    if (tool.asyncFunction.onDispatchError === 'throw' || !isToldToModel(error)) throw error;
    return new ToolMessage({ content: error.message, tool_call_id: call.id, name: tool.name, status: 'error' });
  }
}

async function dispatchCall({
  binding,
  tool,
  config,
  call,
}: ToolRun & { call: Call }): Promise<AsyncFunctionRequest<Json, Json>> {
  const scope = scopeOf(binding.scope, config);
  const messages = messagesIn(config.state);
  const request = await dispatch({
    runtime: binding.runtime,
    definition: dispatchableBy({ binding, tool, toolCallId: call.id, config }),
    call: {
      callId: call.id,
      toolName: tool.name,
      arguments: call.args,
      scope,
      signal: config.signal,
      takenHandles: handlesOf(messages),
      ...stampOf(call, messages),
    },
  });
  await reportTask({ binding, scope, id: request.id, toolCallId: call.id, host: config });
  return request;
}

const told: ReadonlySet<string> = new Set(['not_json', 'not_projected']);

/** What went wrong with the call itself, and leaves the run as it is. */
function isToldToModel(error: unknown): error is LatecallError {
  return LatecallError.isInstance(error) && (DispatchError.isInstance(error) || told.has(error.code));
}

function callOf({ name }: AnyAsyncTool, { toolCall }: ToolRunnableConfig): Call {
  const { id } = toolCall ?? {};
  if (id === undefined || id === '' || toolCall === undefined) {
    throw new LatecallError({
      code: 'call_without_id',
      message: `"${name}" was invoked without a tool call, so its result could never be told apart from others. Invoke it with the whole call of the model, ${name}.invoke(toolCall), which must have an id.`,
    });
  }
  return { ...toolCall, id };
}

/** The calls of one step are all given the same messages. */
const handles = new WeakMap<readonly BaseMessage[], ReadonlySet<string>>();

function handlesOf(messages: readonly BaseMessage[]): ReadonlySet<string> {
  const found = handles.get(messages) ?? handlesIn(messages);
  handles.set(messages, found);
  return found;
}

/** The conversation that a tool node shows its tools; none in a hand-written loop. */
function messagesIn(state: unknown): readonly BaseMessage[] {
  const messages: unknown = Array.isArray(state) ? state : (state as { messages?: unknown } | undefined)?.messages;
  if (!Array.isArray(messages)) return [];
  return messages.every(isBaseMessage) ? messages : messages.filter(isBaseMessage);
}
