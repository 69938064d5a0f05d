import type { AsyncToolDefinition, DispatchContext } from '@latecall/core';
import type { AsyncFunction } from './async-tool.ts';

/** What the host adds to the context of a dispatch. */
export interface HostContext {
  readonly toolCallId: string;
  /** The tool's entry in `toolsContext`. */
  readonly context: unknown;
}

/** Core's definition of a tool, with a `dispatch` that gets what the host knows of the call. */
export function withHostContext(
  asyncFunction: AsyncFunction<unknown, unknown, unknown, unknown>,
  host: HostContext,
): AsyncToolDefinition {
  return {
    ...asyncFunction,
    dispatch: (input: unknown, base: DispatchContext) => asyncFunction.dispatch(input, { ...base, ...host }),
  };
}
