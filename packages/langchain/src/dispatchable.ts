import { AsyncLocalStorageProviderSingleton } from '@langchain/core/singletons';
import type { AsyncToolDefinition } from '@latecall/core';
import type { AnyAsyncTool } from './async-tool.ts';
import type { Binding } from './binding.ts';
import type { HostConfig } from './host-config.ts';
import { parseInput } from './parse-input.ts';

/**
 * Core's definition of a tool for one run of the host. What the model wrote is what a request keeps, since that is JSON;
 * `dispatch` is given what the tool's schema makes of it: defaults filled in, transforms applied.
 */
export function dispatchableBy(input: {
  binding: Binding;
  tool: AnyAsyncTool;
  toolCallId: string;
  config: HostConfig;
}): AsyncToolDefinition {
  const { binding, tool, toolCallId, config } = input;
  return {
    ...(binding.definitions.get(tool.name) ?? tool.asyncFunction),
    dispatch: async (written: unknown, context) => {
      const parsed = await parseInput(tool.schema, written);
      return outsideOfRun(() => tool.asyncFunction.dispatch(parsed, { ...context, toolCallId, config }));
    },
  };
}

/** What is dispatched outlives the run: an agent that `dispatch` starts is no nested agent of this one. */
function outsideOfRun<RESULT>(start: () => RESULT): RESULT {
  return AsyncLocalStorageProviderSingleton.getInstance().run(undefined, start);
}
