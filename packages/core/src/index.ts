export { type Clock, systemClock, toIso } from './base/clock.ts';
export { type Duration, toMilliseconds } from './base/duration.ts';
export { resolveHandle, UnknownHandleError } from './base/handle.ts';
export { canonicalJson, isJson, type Json, NotJsonError, sameJson, toJson } from './base/json.ts';
export { LatecallError } from './base/latecall-error.ts';
export { createId, cryptoRandomBytes, type RandomBytes } from './base/random.ts';
export { checkScope, type Scope, scopeKey, threadKey } from './base/scope.ts';
export { type DispatchCall, dispatch, type RecordedDispatch, requestOf, resumeDispatch } from './dispatch/dispatch.ts';
export { DispatchError, type DispatchFailure, dispatchFailures } from './dispatch/dispatch-error.ts';
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
export type { InputRequest, Progress } from './parts/progress.ts';
export { signRequest, signResponse, verifyRequest, verifyResponse } from './parts/sign-part.ts';
export { createSigner, type Signer } from './parts/signature.ts';
export { type SettlementVerdict, statusOf, type Verdict, verdictOf } from './parts/verdict.ts';
export { AWAIT_ASYNC_RESULT, envelope, placeholder, type Telling, tell } from './parts/wording.ts';
export { createRuntime, type Runtime, type RuntimeOptions } from './runtime.ts';
export { cancel } from './settle/cancel.ts';
export { type ProgressReport, reportProgress } from './settle/report-progress.ts';
export { type SettleInput, type Settling, settle, type ToolDefinitions } from './settle/settle.ts';
export { type AsyncFunctionData, asyncFunctionData } from './task/async-function-data.ts';
export type { AsyncToolDefinition, DispatchContext, Mode } from './task/async-tool-definition.ts';
export type { AuditEvent, AuditSink } from './task/audit.ts';
export { createHintListeners, type HintListeners } from './task/hint-listeners.ts';
export { createMemoryStore } from './task/memory-store.ts';
export type { Policy, PolicyQuestion } from './task/policy.ts';
export { restoreTasks } from './task/restore-tasks.ts';
export { changeTask, fitsFilter, fixedDelivery, isReady, judgeSettlement } from './task/store-rules.ts';
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
export { ResponseRefusedError, settleSigned } from './turn/admit-responses.ts';
export { beginTurn, type OpenTurn, type SuspendedTurn, type TurnInput, waitingTasks } from './turn/begin-turn.ts';
export type { ModelTraits } from './turn/model-traits.ts';
export { PendingError } from './turn/pending-error.ts';
export type { InsertedResult, PromptPlan, Showing } from './turn/plan-prompt.ts';
export {
  plainMessage,
  type Transcript,
  type TranscriptCall,
  type TranscriptMessage,
  type TranscriptResult,
} from './turn/transcript.ts';
export { turnIdOf } from './turn/turn-id.ts';
export { createLocalResumer, type LocalResumer, type LocalResumerOptions } from './wake/local-resumer.ts';
export type { Resumer } from './wake/resumer.ts';
export { createThreadRunner, type ThreadRunner, type ThreadRunnerOptions } from './wake/thread-runner.ts';
