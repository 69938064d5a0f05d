import type { TurnCall } from '../audit/report.ts';
import type { Scope } from '../base/scope.ts';
import type { AsyncFunctionConsumption } from '../parts/consumption.ts';
import type { Runtime } from '../runtime.ts';
import type { ToolDefinitions } from '../task/async-tool-definition.ts';
import type { TaskRecord } from '../task/task.ts';
import type { Budget } from './budget.ts';
import type { IdleTurns } from './idle-turns.ts';
import type { ModelTraits } from './model-traits.ts';
import type { PromptPlan } from './plan-prompt.ts';
import type { Transcript } from './transcript.ts';

/** A model call that is about to be made. */
export interface TurnInput {
  readonly runtime: Runtime;
  readonly tools: ToolDefinitions;
  readonly scope: Scope;
  readonly transcript: Transcript;
  /**
   * The provider holds the messages before these: a result whose call is not here answers a call that it has.
   * @default false
   */
  readonly callsElsewhere?: boolean;
  /** What the model at hand takes. @default no open calls, late results by `append` */
  readonly model?: ModelTraits;
  /**
   * No generation is running: this is the first model call of a run. Results that are scheduled `when-idle` enter only
   * then, unless the run waits for them. @default true
   */
  readonly atRest?: boolean;
  /**
   * What new responses that cannot be taken lead to: `throw`, so that the app takes them out of its messages; `report`,
   * for a host that has stored the messages already. @default 'throw'
   */
  readonly refused?: 'throw' | 'report';
  /** Whether a model is asked that would read nothing new but that its calls are pending. @default 'once' */
  readonly idleTurns?: IdleTurns | undefined;
  /** Limits the work of the conversation. @default none */
  readonly budget?: Budget | undefined;
  /**
   * Names this attempt; the same across the retries of one model call, different for every other run. A function is
   * asked only by a turn that Latecall has something to do with.
   */
  readonly claimant: string | (() => string);
}

/** No model call: the run waits. `open` are the tasks it waits for. */
export interface SuspendedTurn {
  readonly type: 'suspended';
  readonly open: readonly TaskRecord[];
  /** It does not wait: the budget is spent, and the run has to end. */
  readonly exhausted?: true;
}

/** The model call may be made, with the prompt that the plan describes. Then `finish` or `release` must follow. */
export interface OpenTurn {
  readonly type: 'open';
  /**
   * Latecall has nothing to do with this call: the model may be called as if Latecall were not there, and nobody waits
   * for `finish` or `release`.
   */
  readonly ordinary: boolean;
  readonly plan: PromptPlan;
  /** The ids of the tasks whose results this prompt is the first to show. */
  readonly tells: ReadonlySet<string>;
  /** The run ends here if the response calls async tools alone, none of which suspends it: see `idleTurns`. */
  readonly restsWhilePending: boolean;
  /** The turn's id; computed when first asked for. */
  readonly id: () => Promise<string>;
  /**
   * The provider's response has finished: marks the results it was shown as told. What it returns belongs into the
   * app's history, in the message of that response.
   *
   * @param calls The calls that the response holds, for the audit.
   */
  readonly finish: (calls?: readonly TurnCall[]) => Promise<AsyncFunctionConsumption[]>;
  /** The call failed or was aborted: gives the results back. */
  readonly release: () => Promise<void>;
}
