import {
  type AsyncToolDefinition,
  type Budget,
  type IdleTurns,
  type Runtime,
  type Scope,
  type ToolDefaults,
  type ToolDefinitions,
  withToolDefaults,
} from '@latecall/core';
import type { ToolSet } from 'ai';
import { type AnyAsyncTool, isAsyncTool, unboundTool } from './async-tool.ts';
import type { Stamps } from './stamps.ts';

/** What one `wrap` ties together: a Latecall, the app's tools, and the conversation at hand. */
export interface Binding {
  readonly runtime: Runtime;
  readonly scope: Scope;
  readonly tools: ToolSet;
  /** The async ones among the tools. */
  readonly definitions: ToolDefinitions;
  readonly idleTurns: IdleTurns | undefined;
  readonly stamps: Stamps;
  /** The ids of calls after which the run ends if they are pending, and no others were made beside them. */
  readonly resting: Set<string>;
  readonly strict: boolean;
  readonly budget: Budget | undefined;
  /** It runs inside a tool of another agent. */
  readonly nested: boolean;
}

/** The async tools of a tool set, by the name under which a model calls them. */
export function definitionsOf(tools: ToolSet, defaults: ToolDefaults = {}): ToolDefinitions {
  const entries = Object.entries(tools as Record<string, unknown>);
  return new Map(
    entries.flatMap(([name, tool]) => (isAsyncTool(tool) ? [[name, definitionOf(tool, defaults)] as const] : [])),
  );
}

/** Core's view of a tool. Its `dispatch` wants what only the host's execution has: `bindTools` gives it. */
function definitionOf({ asyncFunction }: AnyAsyncTool, defaults: ToolDefaults): AsyncToolDefinition {
  const { dispatch: _, toModelOutput: __, publicReceipt: ___, ...definition } = asyncFunction;
  return { ...withToolDefaults(definition, defaults), dispatch: unbound };
}

function unbound(): never {
  throw unboundTool();
}
