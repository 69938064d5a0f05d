import { type Clock, checkScope, type Duration, type Scope, systemClock, toMilliseconds } from '@latecall/core';
import { answerNotFound } from './answer.ts';
import type { ChatFeed } from './chat-feed.ts';
import { parseCursor } from './event-cursor.ts';
import { openEventStream } from './event-stream.ts';
import type { LatecallLike } from './latecall-like.ts';
import { createRouteHandler, type RouteHandler, type RouteOptions, reportError } from './route-handler.ts';
import { watchTasks } from './task-watch.ts';

/** How {@link createEventsRoute} is set up. */
export interface EventsRouteOptions extends RouteOptions {
  readonly later: Pick<LatecallLike<never>, 'store'>;
  /** Which conversation a request may listen to, by the app's own session; `undefined`: none, answered with 404. */
  readonly scopeOf: (request: Request) => Scope | undefined | Promise<Scope | undefined>;
  /** Of `createChat`: its runs and messages are told too. @default only dispatched calls are told */
  readonly chat?: { readonly feed: ChatFeed };
  /** How often a silent stream gives a sign of life, and looks for changes whose hint was lost. @default '15s' */
  readonly heartbeat?: Duration;
  /** After this time the stream ends; the browser comes back by itself and `scopeOf` decides anew. @default '1h' */
  readonly maxAge?: Duration;
  readonly clock?: Clock;
}

/** The handler, and the same by method for the route files of Next.js. */
export interface EventsRoute {
  readonly handler: RouteHandler;
  readonly GET: RouteHandler;
}

/**
 * Tells what becomes of a conversation's dispatched calls, as server-sent events of the name `async-function`. Each
 * carries the present `AsyncFunctionData` of one call, and so no id of a task, no receipt and no result; a state that is
 * overtaken before it is sent is left out.
 *
 * A new listener is first sent the calls that wait or whose outcome no model has been told. One that comes back with
 * `Last-Event-ID`, to this process or another, is sent the calls whose state differs from what it was told, and those
 * that are new since; nothing twice, but for calls beyond the 256 last ones.
 *
 * With a `chat` it also tells, as events of the names `run` (`{ id, running }`: a run has begun to stream or has ended) and
 * `messages` (`{}`: fetch them), what no store knows. These carry no id: every stream begins with what is so now.
 *
 * @example
 * // app/api/chats/[id]/events/route.ts of Next.js
 * export const { GET } = createEventsRoute({ later, chat, scopeOf: async (request) => scopeOfSession(request) });
 * // in the browser
 * new EventSource(`/api/chats/${id}/events`).addEventListener('async-function', ({ data }) => show(JSON.parse(data)));
 */
export function createEventsRoute(options: EventsRouteOptions): EventsRoute {
  const { later, scopeOf, chat, heartbeat = '15s', maxAge = '1h', clock = systemClock, onError } = options;
  const heartbeatMs = toMilliseconds(heartbeat);
  const maxAgeMs = toMilliseconds(maxAge);

  const handle = async (request: Request): Promise<Response> => {
    const allowed = await scopeOf(request);
    if (allowed === undefined) return answerNotFound();
    const scope = checkScope(allowed);
    const { store } = later;
    const after = parseCursor(request.headers.get('last-event-id'));
    const stream = openEventStream({
      store,
      scope,
      feed: chat?.feed,
      watch: watchTasks({ store, scope, after, clock }),
      clock,
      heartbeatMs,
      maxAgeMs,
      signal: request.signal,
      onError: (error) => reportError(error, onError),
    });
    const headers = {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no', // nginx passes events on at once
    };
    return new Response(stream, { headers });
  };

  const handler = createRouteHandler({ methods: ['GET'], handle, onError });
  return { handler, GET: handler };
}
