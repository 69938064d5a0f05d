export {
  type AgentSetup,
  type ConformanceAdapter,
  type ConformanceAgent,
  type ConformanceTasks,
  type ConformanceTool,
  conformanceTasks,
  type RunOptions,
  type Variant,
} from './conformance/adapter.ts';
export { adapterConformance, type ConformanceTest } from './conformance/adapter-conformance.ts';
export { storeConformance } from './conformance/store/store-conformance.ts';
export { createFakeClock, type FakeClock } from './fake-clock.ts';
export {
  createOutsideWorld,
  type DeliveryFaults,
  type OutsideDelivery,
  type OutsideEvent,
  type OutsideJob,
  type OutsideWorld,
  type Submission,
} from './outside-world.ts';
export { postgresMissing } from './postgres/find-postgres.ts';
export { type PostgresServer, startPostgres } from './postgres/start-postgres.ts';
export { anthropicRules, refuseAnthropic } from './servers/anthropic-rules.ts';
export { startAnthropicServer } from './servers/anthropic-server.ts';
export { anthropicThinkingRules } from './servers/anthropic-thinking-rules.ts';
export { createGate, type Gate } from './servers/gate.ts';
export { gatewayRules, refuseGateway } from './servers/gateway-rules.ts';
export { startGatewayServer } from './servers/gateway-server.ts';
export type { ModelView, Provider, ViewMessage, ViewTool, ViewToolCall, ViewToolResult } from './servers/model-view.ts';
export { openCalls } from './servers/model-view.ts';
export { openaiChatRules, refuseOpenAIChat } from './servers/openai-chat-rules.ts';
export { openaiResponsesRules, refuseOpenAIResponses } from './servers/openai-responses-rules.ts';
export { startOpenAIServer } from './servers/openai-server.ts';
export type { ProviderRefusal, RefusalDetail, RefusalRule } from './servers/provider-refusal.ts';
export type { ErrorReply, ModelPolicy, ModelReply, Reply, ReplyToolCall, ScriptedModel } from './servers/reply.ts';
export type { CapturedRequest, StrictServer } from './servers/strict-server.ts';
