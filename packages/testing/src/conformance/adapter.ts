import type {
  AsyncFunctionRequest,
  AsyncFunctionResponse,
  AsyncToolDefinition,
  Budget,
  IdleTurns,
  Json,
  LatecallTasks,
  RuntimeOptions,
  Scope,
} from '@latecall/core';
import type { z } from 'zod';
import type { Provider } from '../servers/model-view.ts';

/** A tool in terms that every host can build its own from. */
export type ConformanceTool = {
  readonly name: string;
  /** The host asks its user before it runs the tool. */
  readonly needsApproval?: boolean;
} & (
  | {
      readonly kind: 'async';
      readonly inputSchema: z.ZodObject;
      readonly definition: AsyncToolDefinition;
      /** Put a decorator of the host's kind around it: it must stay async. */
      readonly decorated?: boolean;
      /** Declare it to the provider as one whose calls may stay open (OpenAI `async`). */
      readonly native?: boolean;
    }
  | {
      readonly kind: 'sync';
      readonly inputSchema: z.ZodObject;
      readonly execute: (input: Record<string, unknown>) => unknown;
    }
  /** Latecall's own tool with which a model asks about its dispatched calls. */
  | { readonly kind: 'task-query' }
);

/** What an agent is made from, anew for each run: as if each were another process. */
export interface AgentSetup {
  readonly provider: Provider;
  readonly baseURL: string;
  readonly streaming: boolean;
  /** The model to ask; left out: one of the provider's without calls that stay open. */
  readonly modelId?: string;
  /** Anthropic only: `manual`, a thinking block is wanted before each call; `adaptive`, blocks are preserved and checked. */
  readonly thinking?: 'manual' | 'adaptive';
  readonly tools: readonly ConformanceTool[];
  readonly scope: Scope;
  readonly runtime: RuntimeOptions;
  readonly idleTurns?: IdleTurns;
  /** How much work is left for the conversation. */
  readonly budget?: Budget;
}

/** How a run is watched and stopped. */
export interface RunOptions {
  readonly signal?: AbortSignal;
  /** The service holds the conversation: send only what is new. OpenAI Responses only. */
  readonly previousResponseId?: string;
  /** Called with each piece of text of a streamed answer. */
  readonly onText?: (text: string) => void;
}

/** An agent of the host with Latecall in it. Messages are the host's own, as JSON. */
export interface ConformanceAgent extends ConformanceTasks {
  /** Runs over the history until the host's loop ends; gives the messages that the app appends, and the last text. */
  run(
    history: readonly Json[],
    options?: RunOptions,
  ): Promise<{ added: readonly Json[]; text: string; responseId?: string }>;
  userMessage(text: string): Json;
  responseMessage(responses: readonly AsyncFunctionResponse<Json>[]): Promise<Json>;
  /** The requests that the history leaves open. */
  requests(history: readonly Json[]): AsyncFunctionRequest[];
  /** The messages with which a user answers every open approval. */
  approve(history: readonly Json[], approved: boolean): readonly Json[];
}

type WithoutTools<METHOD> = METHOD extends (input: infer INPUT extends { tools: unknown }) => infer RESULT
  ? (input: DistributiveOmit<INPUT, 'tools'>) => RESULT
  : METHOD;
type DistributiveOmit<UNION, KEY extends PropertyKey> = UNION extends unknown ? Omit<UNION, KEY> : never;

/** What an app does with tasks outside of any run, with the agent's own tools. */
export type ConformanceTasks = {
  readonly [METHOD in
    | 'settle'
    | 'report'
    | 'answer'
    | 'cancel'
    | 'cancelAll'
    | 'abandon'
    | 'quarantined'
    | 'summary']: WithoutTools<LatecallTasks<unknown>[METHOD]>;
};

/**
 * The same for every host: its Latecall's own functions, with the tools filled in.
 *
 * @typeParam TOOLS How the host holds tools.
 */
export function conformanceTasks<TOOLS>(later: LatecallTasks<TOOLS>, tools: TOOLS): ConformanceTasks {
  return {
    settle: (attempt) => later.settle({ ...attempt, tools }),
    report: later.report,
    answer: (answering) => later.answer({ ...answering, tools }),
    cancel: (task) => later.cancel({ ...task, tools }),
    cancelAll: (conversation) => later.cancelAll({ ...conversation, tools }),
    abandon: (branch) => later.abandon({ ...branch, tools }),
    quarantined: later.quarantined,
    summary: later.summary,
  };
}

/** What a host's adapter brings to be tested. */
export interface ConformanceAdapter {
  readonly name: string;
  create(setup: AgentSetup): ConformanceAgent;
}

/** One way to run a case. */
export interface Variant {
  readonly provider: Provider;
  readonly streaming: boolean;
  /**
   * Where results travel: `messages`, everything in the history and no store kept between two runs; `store`, the app
   * re-invokes with its own history and the results come from the store.
   */
  readonly keeping: 'messages' | 'store';
}
