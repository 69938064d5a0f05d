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
export type { AnyTool } from './any-tool.ts';
export {
  AsyncTool,
  type AsyncToolContext,
  type AsyncToolFields,
  type AsyncToolOptions,
  asyncTool,
  type InferAsyncFunctionResult,
  isAsyncTool,
} from './async-tool.ts';
export type { WhilePending } from './binding.ts';
export { createLatecall, type Latecall } from './create-latecall.ts';
export { type AsyncFunctionEvent, isAsyncFunctionEvent } from './events.ts';
export type { AsyncFunctionsExtension } from './events-transformer.ts';
export type { HostConfig } from './host-config.ts';
export {
  type AsyncFunctionOutcomeOf,
  type AsyncFunctionRequestOf,
  asyncFunctionOutcomes,
  asyncFunctionRequests,
  type Conversation,
} from './messages.ts';
export type { ScopeOption } from './scope-of.ts';
export { withoutPlaceholders } from './without-placeholders.ts';
export type { ProjectOptions, WrapOptions, WrappedAgent } from './wrap.ts';
