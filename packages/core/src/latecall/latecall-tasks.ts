import { checkScope, type Scope } from '../base/scope.ts';
import type { SettlementVerdict } from '../parts/verdict.ts';
import type { Runtime } from '../runtime.ts';
import { answerInput, type InputAnswering } from '../settle/answer-input.ts';
import { cancel, cancelAll } from '../settle/cancel.ts';
import { type QuarantinedResult, quarantinedResults } from '../settle/quarantine.ts';
import { type ProgressReport, reportProgress } from '../settle/report-progress.ts';
import { type Settling, settle } from '../settle/settle.ts';
import { type Abandonment, abandonBranch } from '../state/abandon.ts';
import { findTasks } from '../state/find-tasks.ts';
import { type StateSummary, summarize } from '../state/summary.ts';
import { isTaskQuery } from '../state/task-query.ts';
import { type WaitForTasks, whenSettled } from '../state/when-settled.ts';
import type { ToolDefinitions } from '../task/async-tool-definition.ts';
import { isOpen, type TaskRecord } from '../task/task.ts';
import type { TaskStore } from '../task/task-store.ts';
import { taskOfToken } from '../task/token.ts';

/**
 * What a Latecall does with tasks outside of any run: the same for every host.
 *
 * @typeParam TOOLS How the host holds tools: an object for the AI SDK, a list for LangChain.
 */
export interface LatecallTasks<TOOLS> {
  readonly store: TaskStore;
  /**
   * Gives a task its outcome in the store, wherever the result came in; the next run of the conversation shows it.
   * Never throws for bad input: read the verdict.
   *
   * @param attempt.response The response, or untrusted JSON that should be one. Instead of it, `id` and `outcome` where
   *   the sender knows no more, as with a callback.
   * @param attempt.tools The app's tools: the one that made the call says what a result must look like.
   * @param attempt.token The callback token. Give the key for all that comes from outside, even if the value is missing.
   * @param attempt.scope The conversation that the task must belong to; left out where the token is the proof.
   */
  settle(attempt: Settling & { tools: TOOLS; token?: string | undefined; scope?: Scope }): Promise<SettlementVerdict>;
  /**
   * Records how far a task is, what it logs, or that it needs input (`inputRequest`; `null` takes open questions back).
   * For people and programs: a model is not told, since its placeholder never changes. Never throws for bad input: read
   * the verdict.
   */
  report(report: ProgressReport): Promise<SettlementVerdict>;
  /**
   * Answers a question that the outside asked: stored, and told through the tool's `onInput`. Never throws for bad
   * input: read the verdict.
   *
   * @throws what `onInput` throws: the answer is stored; answer again to try again.
   */
  answer(answering: InputAnswering & { tools: TOOLS }): Promise<SettlementVerdict>;
  /**
   * Cancels a task and those that depend on it: the tool's `onCancel` tells the outside, and a result that comes later
   * loses and goes into quarantine.
   *
   * @param task.reason Told to the model.
   */
  cancel(task: { id: string; scope: Scope; tools: TOOLS; reason?: string }): Promise<SettlementVerdict>;
  /**
   * Cancels all open tasks of a conversation, in all its branches unless the scope names one.
   *
   * @returns a verdict for each task that was cancelled.
   */
  cancelAll(conversation: { scope: Scope; tools: TOOLS; reason?: string }): Promise<SettlementVerdict[]>;
  /**
   * The conversation's tasks that wait for an outcome, oldest first: from the store, where results may come in at any
   * time. What the messages do not answer yet, `asyncFunctionRequests(messages)` lists.
   */
  pending(scope: Scope): Promise<TaskRecord[]>;
  /**
   * The results of a conversation that came and that no model may see, in all its branches unless the scope names one,
   * oldest first: for people.
   */
  quarantined(scope: Scope): Promise<QuarantinedResult[]>;
  /**
   * The tasks that are meant by handles or ids, in that order and each once, as the store knows them now. Handles may
   * be cut short, upper-cased or quoted, as models leave them.
   *
   * @throws {UnknownHandleError} for a name that means no task of the conversation, or several; it lists the valid ones.
   */
  probe(conversation: { scope: Scope; tasks: readonly string[] }): Promise<TaskRecord[]>;
  /**
   * Waits in this process until all of these tasks, or any of them, have their outcome; gives them as they are then.
   *
   * @throws {UnknownHandleError} as {@link LatecallTasks.probe}; the reason of `signal` once it is aborted.
   */
  whenSettled(wanted: WaitForTasks): Promise<TaskRecord[]>;
  /** How a conversation stands: what is pending and since when, what is settled and untold, what is withheld. */
  summary(scope: Scope): Promise<StateSummary>;
  /**
   * Gives a branch of a conversation up: cancels its open tasks with everything that depends on them, and keeps its
   * results from every model.
   *
   * @throws {LatecallError} `unknown_branch` if the conversation has no task in it, `invalid_scope` without a branch.
   */
  abandon(branch: { scope: Scope; tools: TOOLS; reason?: string }): Promise<Abandonment>;
  /** The task of a callback, if the token is one of its own; a wrong token is reported to the audit. */
  findByToken(callback: { id: string; token: string | undefined }): Promise<TaskRecord | undefined>;
}

/** @param definitionsOf The async tools among the host's, by name. */
export function createLatecallTasks<TOOLS>(
  runtime: Runtime,
  definitionsOf: (tools: TOOLS) => ToolDefinitions,
): LatecallTasks<TOOLS> {
  return {
    store: runtime.store,
    settle: ({ tools, ...attempt }) => settle({ runtime, tools: definitionsOf(tools), ...attempt }),
    report: (report) => reportProgress(runtime, report),
    answer: ({ tools, ...answering }) => answerInput({ runtime, tools: definitionsOf(tools), ...answering }),
    cancel: ({ id, scope, tools, reason }) =>
      cancel({ runtime, tools: definitionsOf(tools), task: { id, scope: checkScope(scope) }, reason }),
    cancelAll: ({ tools, ...conversation }) => cancelAll({ runtime, tools: definitionsOf(tools), ...conversation }),
    pending: async (scope) => (await runtime.store.list(checkScope(scope), { consumed: false })).filter(isPending),
    quarantined: (scope) => quarantinedResults(runtime, scope),
    probe: async ({ scope, tasks }) => findTasks(runtime.store, checkScope(scope), tasks),
    whenSettled: (wanted) => whenSettled(runtime, wanted),
    summary: (scope) => summarize(runtime, scope),
    abandon: ({ tools, ...branch }) => abandonBranch({ runtime, tools: definitionsOf(tools), ...branch }),
    findByToken: (callback) => taskOfToken(runtime, callback),
  };
}

/** The task of a late result is made when the result has come, and a question about tasks is answered by ourselves. */
function isPending(task: TaskRecord): boolean {
  return isOpen(task) && task.sequelOf === undefined && !isTaskQuery(task);
}
