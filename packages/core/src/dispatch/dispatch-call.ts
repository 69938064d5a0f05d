import type { Scope } from '../base/scope.ts';

/** One call of an async tool, as a model made it. */
export interface DispatchCall {
  readonly callId: string;
  readonly toolName: string;
  readonly arguments: unknown;
  /** The turn whose response held the call. */
  readonly turn: string;
  /** 0 for the first of several equal calls of one turn, 1 for the second, … */
  readonly occurrence: number;
  readonly scope: Scope;
  readonly signal?: AbortSignal | undefined;
  /** Handles of the conversation that the store may not know, since it keeps nothing. @default none */
  readonly takenHandles?: ReadonlySet<string>;
}
