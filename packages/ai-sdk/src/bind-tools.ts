import { dispatch } from '@latecall/core';
import type { ModelMessage, ToolExecuteFunction, ToolExecutionOptions, ToolSet } from 'ai';
import { type AnyAsyncTool, type AsyncFunction, isAsyncTool, withDispatcher } from './async-tool.ts';
import type { Binding } from './binding.ts';
import { withHostContext } from './host-dispatch.ts';
import { handlesIn } from './messages.ts';
import { stampOf } from './stamp-of.ts';

/** The same tools, the async ones tied to this conversation. Decorators around an async tool stay in force. */
export function bindTools<TOOLS extends ToolSet>(tools: TOOLS, binding: Binding): TOOLS {
  const entries = Object.entries(tools as Record<string, unknown>).map(([name, tool]) => [
    name,
    isAsyncTool(tool) ? bindTool(name, tool, binding) : tool,
  ]);
  return Object.fromEntries(entries) as TOOLS; // the same names with tools of the same types
}

function bindTool(name: string, tool: AnyAsyncTool, binding: Binding): AnyAsyncTool {
  const execute: ToolExecuteFunction<unknown, unknown, unknown> = (input, options) =>
    tool.execute(
      input,
      withDispatcher(options, (definition, dispatched, execution) =>
        dispatchCall({ binding, name, definition, input: dispatched, execution }),
      ),
    );
  return { ...tool, execute } as AnyAsyncTool; // gives what the tool's own execute, or its decorator, gives
}

/** The calls of one step are all given the same messages. */
const handles = new WeakMap<readonly ModelMessage[], ReadonlySet<string>>();

function handlesOf(messages: readonly ModelMessage[]): ReadonlySet<string> {
  const found = handles.get(messages) ?? handlesIn(messages);
  handles.set(messages, found);
  return found;
}

async function dispatchCall(parts: {
  binding: Binding;
  name: string;
  definition: AsyncFunction<unknown, unknown, unknown, unknown>;
  input: unknown;
  execution: ToolExecutionOptions<unknown>;
}) {
  const { binding, name, definition, input, execution } = parts;
  const { runtime, scope, stamps, definitions } = binding;
  const { scheduling } = definitions.get(name) ?? {};
  const { toolCallId, messages, context, abortSignal } = execution;
  const stamp = stamps.take(toolCallId, name) ?? stampOf({ messages, toolCallId });
  return dispatch({
    runtime,
    definition: {
      ...withHostContext(definition, { toolCallId, context }),
      ...(scheduling === undefined ? {} : { scheduling }),
    },
    call: {
      callId: toolCallId,
      toolName: name,
      arguments: input,
      scope,
      signal: abortSignal,
      takenHandles: handlesOf(messages),
      ...stamp,
    },
  });
}
