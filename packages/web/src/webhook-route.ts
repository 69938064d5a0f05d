import type { Scope } from '@latecall/core';
import { answer, answerNotFound, answerProblem, answerVerdict, isProblem } from './answer.ts';
import { defaultMaxBodyBytes, readBody } from './read-body.ts';
import { readJson } from './read-json.ts';
import type { Post } from './read-post.ts';
import { isTaskId } from './read-task-id.ts';
import { type RecordOptions, recordPost } from './record-post.ts';
import { createRouteHandler, type RouteHandler, type RouteOptions } from './route-handler.ts';

/** One request of a webhook, as it was signed. */
export interface WebhookDelivery {
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** `true` if whoever shares the secret made this delivery. */
export type WebhookVerifier = (delivery: WebhookDelivery) => boolean | Promise<boolean>;

/** Which task a delivery is about, and what it says: its outcome, or how far it is. */
export type WebhookMessage = {
  readonly id: string;
  /** Binds a sender's secret to its tenant or conversation: a task of another scope is unknown then. */
  readonly scope?: Scope;
} & (
  | { readonly outcome: unknown }
  | {
      /** See `Progress`. */
      readonly progress?: unknown;
      /** A text, or `{ message, level }`. */
      readonly log?: unknown;
      /** See `InputRequest`; `null` takes the open questions back. */
      readonly inputRequest?: unknown;
      /** Counts up at the sender: news that were overtaken by later ones change nothing. */
      readonly sequence?: unknown;
    }
);

/** How {@link createWebhookRoute} is set up. */
export interface WebhookRouteOptions<TOOLS> extends RouteOptions, RecordOptions<TOOLS> {
  readonly verify: WebhookVerifier;
  /**
   * Reads a verified payload; `undefined` for one that is about no task. Take the task's id from the payload: most
   * headers, and the URL, are not covered by signatures.
   */
  readonly find: (
    payload: unknown,
    delivery: WebhookDelivery,
  ) => WebhookMessage | undefined | Promise<WebhookMessage | undefined>;
}

/** The handler, and the same by method for the route files of Next.js. */
export interface WebhookRoute {
  readonly handler: RouteHandler;
  readonly POST: RouteHandler;
}

/**
 * For systems that post everything to one URL and sign it: `POST` only. The signature stands in for the token of a
 * dispatch: give the outside the task's id at dispatch, so that it comes back in the payload.
 *
 * Answers 401 if the signature does not fit, 200 with `ignored` for what is about no task, else as
 * {@link createCallbackRoute}. A delivery that comes again is a duplicate, since the store knows the outcome.
 *
 * @example
 * export const { POST } = createWebhookRoute({
 *   later,
 *   tools,
 *   verify: verifyStandardWebhook({ secret }),
 *   find: (payload) => {
 *     const event = eventSchema.parse(payload);
 *     return event.type === 'render.done' ? { id: event.taskId, outcome: { status: 'completed', result: event.video } } : undefined;
 *   },
 * });
 */
export function createWebhookRoute<TOOLS>(options: WebhookRouteOptions<TOOLS>): WebhookRoute {
  const { verify, find, maxBodyBytes = defaultMaxBodyBytes, onError } = options;

  const handle = async (request: Request): Promise<Response> => {
    const body = await readBody(request, maxBodyBytes);
    if (isProblem(body)) return answerProblem(body);
    const delivery = { headers: request.headers, body };
    if (!(await verify(delivery))) return answer(401, { message: 'The signature does not fit.' });
    const json = readJson(body);
    if (isProblem(json)) return answerProblem(json);
    const message = await find(json.value, delivery);
    if (message === undefined) return answer(200, { verdict: 'ignored', message: 'This is about no task.' });
    const { id, scope } = message;
    if (!isTaskId(id)) return answerNotFound();
    const where = scope === undefined ? {} : { scope };
    return answerVerdict(await recordPost(options, { id, ...where, post: postOf(message) }));
  };

  const handler = createRouteHandler({ methods: ['POST'], handle, onError });
  return { handler, POST: handler };
}

function postOf(message: WebhookMessage): Post {
  if ('outcome' in message) return { settling: { id: message.id, outcome: message.outcome } };
  const { progress, log, inputRequest, sequence } = message;
  return { news: { progress, log, inputRequest, sequence } };
}
