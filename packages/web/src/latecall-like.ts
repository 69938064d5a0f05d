import type { ProgressReport, Scope, SettlementVerdict, Settling, TaskStore } from '@latecall/core';

/**
 * What the routes need of a Latecall. The one that `createLatecall` of either adapter makes fits as it is.
 *
 * @typeParam TOOLS How its host holds tools: an object for the AI SDK, a list for LangChain.
 */
export interface LatecallLike<TOOLS> {
  readonly store: Pick<TaskStore, 'get' | 'list' | 'subscribe'>;
  settle(attempt: Settling & { tools: TOOLS; token?: string | undefined; scope?: Scope }): Promise<SettlementVerdict>;
  report(report: ProgressReport): Promise<SettlementVerdict>;
  cancel(task: { id: string; scope: Scope; tools: TOOLS; reason?: string }): Promise<SettlementVerdict>;
}
