export {
  type CallbackRoute,
  type CallbackRouteOptions,
  createCallbackRoute,
} from './callback-route.ts';
export { createEventsRoute, type EventsRoute, type EventsRouteOptions } from './events-route.ts';
export type { LatecallLike } from './latecall-like.ts';
export type { RouteHandler } from './route-handler.ts';
export type { TaskState } from './task-state.ts';
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
