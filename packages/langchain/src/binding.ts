import {
  type Budget,
  type IdleTurns,
  type Runtime,
  type Scope,
  type ToolDefaults,
  type ToolDefinitions,
  withToolDefaults,
} from '@latecall/core';
import type { AnyTool } from './any-tool.ts';
import { type AnyAsyncTool, isAsyncTool, unboundTool } from './async-tool.ts';
import type { HostConfig } from './host-config.ts';
import type { ScopeOption } from './scope-of.ts';

/** What one `wrap` ties together: a Latecall and the app's tools. The conversation comes with each run. */
export interface Binding {
  readonly runtime: Runtime;
  readonly scope: ScopeOption | undefined;
  /** The async ones among the tools, by name. */
  readonly tools: ReadonlyMap<string, AnyAsyncTool>;
  readonly definitions: ToolDefinitions;
  /** Tasks are kept in the checkpoint too: see the ledger. */
  readonly keepsLedger: boolean;
  readonly idleTurns: IdleTurns | undefined;
  readonly whilePending: WhilePending;
  readonly budget: ((scope: Scope) => Budget | undefined) | undefined;
  readonly strict: boolean;
  /** What is remembered of runs while they last, by their writers. */
  readonly runs: WeakMap<object, RunMemory>;
}

/** What is remembered of one run. */
export interface RunMemory {
  /** A model has answered in it. */
  answered: boolean;
  /** What its stream was told of each task last, as JSON. */
  readonly said: Map<string, string>;
}

/** The memory of a run. LangGraph gives each run a writer of its own. */
export function memoryOf({ runs }: Binding, writer: object): RunMemory {
  const memory = runs.get(writer) ?? { answered: false, said: new Map() };
  runs.set(writer, memory);
  return memory;
}

/** No model has answered in this run yet. */
export function isAtRest(binding: Binding, { writer }: HostConfig): boolean {
  return writer === undefined || !memoryOf(binding, writer).answered;
}

/**
 * How a run waits. `suspend`: it ends, and the app invokes the agent again. `interrupt`: LangGraph interrupts it, and the
 * app resumes it with a `Command`. `auto`: a nested agent is interrupted, since whoever is above would read its end as an
 * answer, and any other ends.
 */
export type WhilePending = 'auto' | 'suspend' | 'interrupt';

/** The async tools among the app's, by the name under which a model calls them. */
export function asyncToolsOf(tools: readonly AnyTool[]): Map<string, AnyAsyncTool> {
  return new Map(tools.flatMap((tool) => (isAsyncTool(tool) ? [[tool.name, tool] as const] : [])));
}

/** Core's view of async tools. Their `dispatch` wants what only a run of the host has: `dispatchableBy` gives it. */
export function definitionsOf(tools: Iterable<AnyAsyncTool>, defaults: ToolDefaults = {}): ToolDefinitions {
  const unbound = (name: string) => () => {
    throw unboundTool(name);
  };
  return new Map(
    [...tools].map((tool) => {
      const { toModelOutput: _, publicReceipt: __, onDispatchError: ___, ...definition } = tool.asyncFunction;
      return [tool.name, { ...withToolDefaults(definition, defaults), dispatch: unbound(tool.name) }];
    }),
  );
}
