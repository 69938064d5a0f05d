import {
  type AsyncFunctionData,
  asyncFunctionData,
  checkScope,
  resolveHandle,
  type Scope,
  type SettlementVerdict,
  statusOf,
  systemClock,
  type TaskRecord,
  UnknownHandleError,
} from '@latecall/core';
import { answer, answerProblem, isProblem } from './answer.ts';
import type { LatecallLike } from './latecall-like.ts';
import { defaultMaxBodyBytes } from './read-body.ts';
import { type Command, readCommand } from './read-command.ts';
import { announce, type RecordOptions } from './record-post.ts';
import { createRouteHandler, type RouteHandler, type RouteOptions } from './route-handler.ts';

/** How {@link createTasksRoute} is set up. */
export interface TasksRouteOptions<TOOLS> extends RouteOptions, RecordOptions<TOOLS> {
  /**
   * The conversation that a request may see and act on, by the app's own session; `undefined`: none, answered with 404.
   * It must prove its user anew for each request: this is all that stands between a stranger and the tasks.
   */
  readonly scopeOf: (request: Request) => Scope | undefined | Promise<Scope | undefined>;
}

/** One handler for all methods, and the same by method for the route files of Next.js. */
export interface TasksRoute {
  readonly handler: RouteHandler;
  readonly GET: RouteHandler;
  readonly POST: RouteHandler;
  readonly DELETE: RouteHandler;
}

/**
 * For the app's own pages: what a conversation waits for, and its users' answers and cancellations. Tasks go by their
 * handles; no id, token, receipt, argument or result goes out.
 *
 * - `GET` the calls that wait for an outcome, oldest first: a list of `AsyncFunctionData`.
 * - `POST` `{ handle, key?, answer }` answers a question of the outside: the one of that key, else the one that waits
 *   longest. Accepted 202, the same answer again 200 (the tool's `onInput` is told again), another one 409, not valid 422.
 * - `DELETE` `{ handle, reason? }`, or `?handle=`, cancels; a model reads the reason. Accepted 202, again 200, too late
 *   409 or 410.
 *
 * What is not in the conversation gets one and the same 404. Requests that change something are refused with 403 if the
 * browser says that another site made them, and their bodies must be `application/json`.
 *
 * @example
 * // app/api/chats/[id]/tasks/route.ts of Next.js
 * export const { GET, POST, DELETE } = createTasksRoute({ later, tools, scopeOf: (request) => scopeOfSession(request) });
 */
export function createTasksRoute<TOOLS>(options: TasksRouteOptions<TOOLS>): TasksRoute {
  const { later, scopeOf, maxBodyBytes = defaultMaxBodyBytes, clock = systemClock, onError } = options;

  const show = (task: TaskRecord): AsyncFunctionData =>
    asyncFunctionData({ task, toolCallId: task.callIds.at(-1) ?? '', clock });

  const handle = async (request: Request): Promise<Response> => {
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (!reads && request.headers.get('sec-fetch-site') === 'cross-site') {
      return answer(403, { message: 'Requests of other sites change nothing here.' });
    }
    const allowed = await scopeOf(request);
    if (allowed === undefined) return answerNoTask();
    const scope = checkScope(allowed);
    if (reads) return answer(200, (await later.pending(scope)).map(show));
    const command = await readCommand(request, maxBodyBytes);
    if (isProblem(command)) return answerProblem(command);
    const task = await findTask(later, { scope, handle: command.handle });
    return task === undefined ? answerNoTask() : answerUser(task, await carryOut(options, task, command));
  };

  const handler = createRouteHandler({ methods: ['GET', 'HEAD', 'POST', 'DELETE'], handle, onError });
  return { handler, GET: handler, POST: handler, DELETE: handler };
}

async function findTask(
  { store }: Pick<LatecallLike<never>, 'store'>,
  { scope, handle }: { scope: Scope; handle: string },
): Promise<TaskRecord | undefined> {
  const tasks = await store.list(scope);
  try {
    const found = resolveHandle({ handle, handles: tasks.map((task) => task.handle) });
    return tasks.find((task) => task.handle === found);
  } catch (error) {
    if (UnknownHandleError.isInstance(error)) return undefined;
    throw error;
  }
}

async function carryOut<TOOLS>(
  { later, tools, onSettled }: TasksRouteOptions<TOOLS>,
  { id, scope, handle }: TaskRecord,
  command: Command,
): Promise<SettlementVerdict> {
  if (command.type === 'answer') {
    const { answer: given, key } = command;
    return later.answer({ id, scope, tools, answer: given, ...(key === undefined ? {} : { key }) });
  }
  const { reason } = command;
  const told = await later.cancel({ id, scope, tools, ...(reason === undefined ? {} : { reason }) });
  await announce(told, onSettled);
  return { ...told, message: cancelMessage(told.verdict, handle) };
}

function cancelMessage(verdict: SettlementVerdict['verdict'], handle: string): string {
  switch (verdict) {
    case 'accepted':
      return `"${handle}" was cancelled.`;
    case 'duplicate':
    case 'cancelled':
      return `"${handle}" was cancelled before.`;
    case 'late':
      return `The deadline of "${handle}" has passed: there is nothing to cancel.`;
    default:
      return `"${handle}" has its outcome: there is nothing to cancel.`;
  }
}

/** The sentences of core name the task by its id, which no browser may learn. */
function answerUser({ id, handle }: TaskRecord, { verdict, message }: SettlementVerdict): Response {
  const status = statusOf(verdict);
  if (status === statusOf('unknown')) return answerNoTask();
  return answer(status, { verdict, handle, message: message.replaceAll(id, handle) });
}

/** The same whatever the reason, to the byte. */
function answerNoTask(): Response {
  return answer(statusOf('unknown'), { verdict: 'unknown', message: 'No such task in a conversation of yours.' });
}
