export {
  type AsyncFunctionData,
  type AsyncFunctionRequest,
  type AsyncFunctionResponse,
  type AuditEvent,
  createAsyncFunctionResponse,
  createLocalResumer,
  createMemoryStore,
  createThreadRunner,
  DispatchError,
  type InputRequest,
  isAsyncFunctionRequest,
  isAsyncFunctionResponse,
  LatecallError,
  type LocalResumer,
  type LocalResumerOptions,
  type Mode,
  type Outcome,
  PendingError,
  type Policy,
  type Progress,
  ResponseRefusedError,
  type Resumer,
  type RuntimeOptions,
  type Scheduling,
  type Scope,
  type SettlementVerdict,
  statusOf,
  type TaskRecord,
  type TaskStore,
  type ThreadRunner,
  type ThreadRunnerOptions,
  type Verdict,
} from '@latecall/core';
export {
  type AsyncTool,
  type AsyncToolContext,
  type AsyncToolOptions,
  asyncTool,
  type InferAsyncFunctionResult,
  isAsyncTool,
} from './async-tool.ts';
export { createLatecall, type Latecall } from './create-latecall.ts';
export {
  type AsyncFunctionOutcomeOf,
  type AsyncFunctionRequestOf,
  asyncFunctionOutcomes,
  asyncFunctionRequests,
} from './messages.ts';
export { PENDING } from './middleware.ts';
export type { AsyncFunctionDataParts } from './ui/async-function-data.ts';
export type { AsyncUIMessage, InferAsyncUITools } from './ui/async-ui-message.ts';
export { type RefreshOptions, refreshUIMessages } from './ui/refresh-ui-messages.ts';
export { type AsyncUIMessageStreamOptions, toAsyncUIMessageStream } from './ui/to-async-ui-message-stream.ts';
export type { UIConversation } from './ui/ui-conversation.ts';
export type { WrapOptions, WrappedAgent } from './wrap.ts';
