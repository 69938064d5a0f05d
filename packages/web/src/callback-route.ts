import { systemClock, type TaskRecord } from '@latecall/core';
import { answer, answerNotFound, answerProblem, answerVerdict, isProblem, type Problem } from './answer.ts';
import { goneVerdict } from './gone.ts';
import { defaultMaxBodyBytes, readBody } from './read-body.ts';
import { readJson } from './read-json.ts';
import { type Post, readPost } from './read-post.ts';
import { readTaskId } from './read-task-id.ts';
import { readToken } from './read-token.ts';
import { announce, type RecordOptions, recordPost } from './record-post.ts';
import { createRouteHandler, type RouteHandler, type RouteOptions } from './route-handler.ts';
import { taskState } from './task-state.ts';

/** How {@link createCallbackRoute} is set up. */
export interface CallbackRouteOptions<TOOLS> extends RouteOptions, RecordOptions<TOOLS> {
  /**
   * Takes `?token=` where no header has the token, for senders that can set nothing but a URL. Access logs and proxies
   * see URLs. @default false
   */
  readonly tokenInQuery?: boolean;
}

/** One handler for all methods, and the same by method for the route files of Next.js. */
export interface CallbackRoute {
  readonly handler: RouteHandler;
  readonly GET: RouteHandler;
  readonly POST: RouteHandler;
  readonly DELETE: RouteHandler;
}

/**
 * Where the outside posts what became of a task: serve it at `<callbackUrl>/<task id>`. The token of the dispatch is the
 * proof, in `Authorization: Bearer` or `latecall-token`; without it nothing is told, not even whether there is a task.
 *
 * - `POST` an outcome (`{ status: 'completed', result }`, `failed` with an `error`, `cancelled`), an
 *   `AsyncFunctionResponse`, or news: `{ progress }`, `{ log }` (a text, or `{ message, level }`), `{ inputRequest }` with
 *   a `key` (`null`: the open questions are taken back); each with a `sequence`, if the sender counts. Accepted 202, the
 *   same again 200, another outcome, or another question under a used key, 409, after the deadline or a cancellation
 *   410, not valid or beyond a limit 422. A tool with `lateResult: 'accept'` takes a result after the deadline too.
 * - `GET` the task's {@link TaskState}, with the answers to the questions. Changes nothing, so that whoever follows a
 *   link settles nothing.
 * - `DELETE` cancels the task; its tool's `onCancel` is told.
 *
 * The order of the checks: 405, 404, then 410 before 413, 415, 400 and 422 of the body, then the store's verdict.
 *
 * @example
 * // app/api/callback/[id]/route.ts of Next.js, with createLatecall({ callbackUrl: 'https://app.example/api/callback' })
 * export const { GET, POST, DELETE } = createCallbackRoute({ later, tools });
 */
export function createCallbackRoute<TOOLS>(options: CallbackRouteOptions<TOOLS>): CallbackRoute {
  const { later, tools, onError, onSettled, tokenInQuery = false, clock = systemClock } = options;

  const handle = async (request: Request): Promise<Response> => {
    const id = readTaskId(request);
    if (id === undefined) return answerNotFound();
    const task = await later.findByToken({ id, token: readToken(request, { inQuery: tokenInQuery }) });
    if (task === undefined) return answerNotFound();
    switch (request.method) {
      case 'POST':
        return post({ options, request, task });
      case 'DELETE':
        return answerVerdict(await announce(await later.cancel({ id, scope: task.scope, tools }), onSettled));
      default:
        return answer(200, await taskState(later.store, task, clock.now()));
    }
  };

  const handler = createRouteHandler({ methods: ['GET', 'HEAD', 'POST', 'DELETE'], handle, onError });
  return { handler, GET: handler, POST: handler, DELETE: handler };
}

/** @param attempt.task The one whose token the request has shown: from here on it needs no other proof. */
async function post<TOOLS>(attempt: {
  options: CallbackRouteOptions<TOOLS>;
  request: Request;
  task: TaskRecord;
}): Promise<Response> {
  const { options, request, task } = attempt;
  const { maxBodyBytes = defaultMaxBodyBytes, clock = systemClock } = options;
  const { id, scope } = task;
  const read = await readOnePost(request, { id, maxBodyBytes });
  const gone = goneVerdict(task, clock.now());
  if (isProblem(read)) return gone === undefined ? answerProblem(read) : answerVerdict(gone);
  if (gone !== undefined && 'news' in read) return answerVerdict(gone);
  return answerVerdict(await recordPost(options, { id, scope, post: read }));
}

async function readOnePost(
  request: Request,
  { id, maxBodyBytes }: { id: string; maxBodyBytes: number },
): Promise<Post | Problem> {
  const body = await readBody(request, maxBodyBytes);
  if (isProblem(body)) return body;
  const json = readJson(body);
  return isProblem(json) ? json : readPost(json.value, id);
}
