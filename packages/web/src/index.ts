export {
  type CallbackRoute,
  type CallbackRouteOptions,
  createCallbackRoute,
} from './callback-route.ts';
export type { ChatFeed } from './chat-feed.ts';
export type { ChatNews } from './chat-news.ts';
export type { AnswerInput, ChatMessage, ChatMessages, ChatOptions } from './chat-options.ts';
export { type Chat, createChat } from './chat-route.ts';
export { createEventsRoute, type EventsRoute, type EventsRouteOptions } from './events-route.ts';
export type { LatecallLike } from './latecall-like.ts';
export type { StreamPublisher, StreamPubSub, StreamSubscriber } from './pub-sub.ts';
export type { RouteHandler } from './route-handler.ts';
export type { TaskInput, TaskState } from './task-state.ts';
export { createTasksRoute, type TasksRoute, type TasksRouteOptions } from './tasks-route.ts';
export { verifyGitHub } from './verify-github.ts';
export { verifyStandardWebhook } from './verify-standard-webhook.ts';
export {
  createWebhookRoute,
  type WebhookDelivery,
  type WebhookMessage,
  type WebhookRoute,
  type WebhookRouteOptions,
  type WebhookVerifier,
} from './webhook-route.ts';
