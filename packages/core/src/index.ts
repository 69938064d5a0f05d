export type {
  AuditEvent,
  AuditEventType,
  AuditedCall,
  AuditedResult,
  AuditPayload,
  AuditSink,
} from './audit/audit.ts';
export type { AuditEntry, AuditHead } from './audit/audit-entry.ts';
export { type AuditBacklog, type AuditLog, type AuditLogOptions, createAuditLog } from './audit/create-audit-log.ts';
export type { LineageStep } from './audit/explain-task.ts';
export {
  type Lineage,
  type LineageActions,
  type LineageCall,
  type LineageTurn,
  readLineage,
} from './audit/lineage.ts';
export type { LineageState, LineageTask, TaskCallOrigin, TaskConsumption } from './audit/lineage-task.ts';
export type { AuditHistory } from './audit/order-events.ts';
export { readAuditLog } from './audit/read-audit-log.ts';
export type { TurnCall } from './audit/report.ts';
export { type AuditProblem, type AuditVerification, verifyAuditLog } from './audit/verify-audit-log.ts';
export { type Clock, systemClock, toIso } from './base/clock.ts';
export { type Duration, toMilliseconds } from './base/duration.ts';
export { resolveHandle, UnknownHandleError } from './base/handle.ts';
export { canonicalJson, isJson, type Json, NotJsonError, sameJson, toJson } from './base/json.ts';
export { LatecallError } from './base/latecall-error.ts';
export { createId, cryptoRandomBytes, type RandomBytes } from './base/random.ts';
export { checkScope, type Scope, scopeKey, threadKey } from './base/scope.ts';
export { dispatch, type RecordedDispatch, requestOf, resumeDispatch } from './dispatch/dispatch.ts';
export type { DispatchCall } from './dispatch/dispatch-call.ts';
export {
  DispatchError,
  type DispatchFailure,
  type DispatchRefusal,
  dispatchFailures,
} from './dispatch/dispatch-error.ts';
export { createLatecallTasks, type LatecallTasks } from './latecall/latecall-tasks.ts';
export {
  type AsyncFunctionRequest,
  isAsyncFunctionRequest,
  parseAsyncFunctionRequest,
} from './parts/async-function-request.ts';
export {
  type AsyncFunctionResponse,
  createAsyncFunctionResponse,
  isAsyncFunctionResponse,
  parseAsyncFunctionResponse,
  parseOutcome,
} from './parts/async-function-response.ts';
export { type AsyncFunctionConsumption, parseConsumption } from './parts/consumption.ts';
export {
  EXPIRED,
  expiry,
  type Outcome,
  type Settlement,
  type TaskError,
  toOutcome,
  toSettlement,
} from './parts/outcome.ts';
export { InvalidPartError } from './parts/parse-part.ts';
export type { InputRequest, LogEntry, Progress } from './parts/progress.ts';
export { signRequest, signResponse, verifyRequest, verifyResponse } from './parts/sign-part.ts';
export { createSigner, type Signer } from './parts/signature.ts';
export { type SettlementVerdict, statusOf, type Verdict, verdictOf } from './parts/verdict.ts';
export { AWAIT_ASYNC_RESULT, envelope, placeholder, type Telling, tell } from './parts/wording.ts';
export type { Policy, PolicyCall, PolicyDecision, PolicyQuestion } from './policy/policy.ts';
export { createRuntime, type Limits, type Runtime, type RuntimeOptions } from './runtime.ts';
export { answerInput, type InputAnswering } from './settle/answer-input.ts';
export { cancel, cancelAll } from './settle/cancel.ts';
export { type QuarantinedResult, quarantinedResults } from './settle/quarantine.ts';
export { type ProgressReport, reportProgress } from './settle/report-progress.ts';
export { withLateResult } from './settle/sequel.ts';
export { type SettleInput, type Settling, settle } from './settle/settle.ts';
export type { Abandonment } from './state/abandon.ts';
export { describeState, type StateSummary, type SummarizedTask } from './state/summary.ts';
export {
  isTaskQuery,
  type TaskQuery,
  type TaskQueryReceipt,
  taskQueryDescription,
  taskQuerySchema,
  taskQueryTool,
} from './state/task-query.ts';
export type { WaitForTasks } from './state/when-settled.ts';
export { type AsyncFunctionData, asyncFunctionData } from './task/async-function-data.ts';
export type {
  AsyncToolDefinition,
  AsyncToolSettings,
  DispatchContext,
  InputAnswer,
  Mode,
  ToolDefinitions,
} from './task/async-tool-definition.ts';
export { createHintListeners, type HintListeners } from './task/hint-listeners.ts';
export { createMemoryStore } from './task/memory-store.ts';
export {
  type InputExchange,
  type NoteResult,
  type NoteVerdict,
  noteLimits,
  noteOn,
  openInput,
  type Quarantined,
  type QuarantineReason,
  type TaskNote,
} from './task/notes.ts';
export { restoreTasks } from './task/restore-tasks.ts';
export { type Standing, standingOf } from './task/standing.ts';
export { changeTask, fitsFilter, fixedDelivery, isReady, judgeSettlement, overSince } from './task/store-rules.ts';
export {
  type Claim,
  type Delivery,
  isDue,
  isOpen,
  isTerminal,
  neverDispatched,
  type Scheduling,
  settlementOf,
  type TaskDelivery,
  type TaskPhase,
  type TaskRecord,
  type TaskStatus,
  type Told,
} from './task/task.ts';
export type {
  ClaimRequest,
  CreateResult,
  NewTask,
  Purgeable,
  PurgeFilter,
  ReadyFilter,
  SettleAttempt,
  SettleResult,
  StoreVerdict,
  TaskChange,
  TaskFilter,
  TaskHint,
  TaskRef,
  TaskStore,
} from './task/task-store.ts';
export { type ToolDefaults, withToolDefaults } from './task/tool-defaults.ts';
export { ResponseRefusedError, settleSigned } from './turn/admit-responses.ts';
export { beginTurn, waitingTasks } from './turn/begin-turn.ts';
export { type Budget, type BudgetOptions, type BudgetSpent, createBudget } from './turn/budget.ts';
export { createClaimant } from './turn/claimant.ts';
export type { IdleTurns } from './turn/idle-turns.ts';
export type { ModelTraits } from './turn/model-traits.ts';
export { isOrdinary } from './turn/ordinary.ts';
export { PendingError } from './turn/pending-error.ts';
export type { InsertedResult, PromptPlan, Showing } from './turn/plan-prompt.ts';
export {
  lazyTranscript,
  plainMessage,
  type Transcript,
  type TranscriptCall,
  type TranscriptMessage,
  type TranscriptResult,
} from './turn/transcript.ts';
export type { OpenTurn, SuspendedTurn, TurnInput } from './turn/turn.ts';
export { turnIdOf } from './turn/turn-id.ts';
export { unstampedTurn } from './turn/unstamped-turn.ts';
export { createLocalResumer, type LocalResumer, type LocalResumerOptions } from './wake/local-resumer.ts';
export type { Resumer } from './wake/resumer.ts';
export { createThreadRunner, type ThreadRunner, type ThreadRunnerOptions } from './wake/thread-runner.ts';
