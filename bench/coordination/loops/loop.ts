import type {
  AsyncFunctionRequest,
  AsyncFunctionResponse,
  AuditEvent,
  DispatchContext,
  IdleTurns,
  Json,
  Mode,
  Outcome,
  Policy,
  RuntimeOptions,
  Scheduling,
  Scope,
  SettlementVerdict,
  TaskRecord,
} from '@latecall/core';
import type { Answer } from '../oracle.ts';
import type { ViewMessage } from '../prompt-view.ts';

export const loopNames = ['ai-generate', 'ai-stream', 'langchain'] as const;
export type LoopName = (typeof loopNames)[number];

/** Asks the oracle. Throws if the run was aborted; never resolves if the process has died. */
export type Ask = (prompt: readonly ViewMessage[], abort: AbortSignal | undefined) => Promise<Answer>;

/** A tool of the workload, whatever the host. */
export interface ToolSpec {
  readonly name: string;
  /** Milliseconds. */
  readonly deadline?: number;
  readonly dispatch: (input: unknown, context: DispatchContext & { readonly toolCallId: string }) => Promise<Json>;
  readonly onResult: (result: unknown, task: TaskRecord) => unknown;
}

export type Runtime = RuntimeOptions & { readonly policy: Policy; readonly audit: (event: AuditEvent) => void };

/** One process's agent for one conversation. */
export interface AgentSetup {
  readonly runtime: Runtime;
  readonly scope: Scope;
  readonly tools: readonly ToolSpec[];
  readonly mode: Mode;
  readonly scheduling: Scheduling;
  readonly idleTurns: IdleTurns;
  /** Everything goes through JSON between two steps. */
  readonly json: boolean;
  readonly ask: Ask;
}

/** A run that may be aborted; the steps that it had finished by then are the app's to keep. */
interface Interruption {
  readonly abort: AbortSignal;
  /** All messages of the steps that are finished, behind the history. */
  readonly onSteps: (messages: readonly unknown[]) => void;
}

export interface Agent {
  /** One run; gives the messages that belong behind the history. Throws if it was aborted: see `Interruption`. */
  run(history: readonly unknown[], interruption?: Interruption): Promise<unknown[]>;
  settle(attempt: { id: string; outcome: Outcome; scope?: Scope }): Promise<SettlementVerdict>;
  cancel(id: string): Promise<SettlementVerdict>;
  pending(): Promise<TaskRecord[]>;
  requests(history: readonly unknown[]): AsyncFunctionRequest<Json, Json>[];
  respond(responses: readonly AsyncFunctionResponse[]): Promise<unknown[]>;
}

/** A host's loop with Latecall in it, through its public door. */
export interface Loop {
  readonly create: (setup: AgentSetup) => Agent;
  readonly userMessage: (text: string) => unknown;
  readonly throughJson: (history: readonly unknown[]) => unknown[];
}
