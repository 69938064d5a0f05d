import type { AsyncToolDefinition, Runtime, Scope, ToolDefinitions } from '@latecall/core';
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
  readonly stamps: Stamps;
  readonly strict: boolean;
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
  return { ...withDefaults(definition, defaults), dispatch: unbound };
}

/** What `wrap` says for all tools that do not say it themselves. */
export type ToolDefaults = {
  readonly [KEY in 'mode' | 'delivery' | 'scheduling']?: AsyncToolDefinition[KEY] | undefined;
};

/** The definition with the defaults filled in. */
function withDefaults<DEFINITION extends Omit<AsyncToolDefinition, 'dispatch'>>(
  definition: DEFINITION,
  defaults: ToolDefaults,
): DEFINITION {
  const { mode = defaults.mode, delivery = defaults.delivery, scheduling = defaults.scheduling } = definition;
  return {
    ...definition,
    ...(mode === undefined ? {} : { mode }),
    ...(delivery === undefined ? {} : { delivery }),
    ...(scheduling === undefined ? {} : { scheduling }),
  };
}

function unbound(): never {
  throw unboundTool();
}
