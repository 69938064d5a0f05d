import { sha256, toBase64Url } from '../base/bytes.ts';
import { bytesOf, type Json, toJson } from '../base/json.ts';
import { LatecallError } from '../base/latecall-error.ts';
import type { Runtime } from '../runtime.ts';
import type { AsyncToolDefinition, DispatchContext } from '../task/async-tool-definition.ts';
import { neverDispatched, type TaskRecord } from '../task/task.ts';
import { DispatchError, isDispatchFailure } from './dispatch-error.ts';

interface DispatchRun {
  readonly runtime: Runtime;
  readonly definition: AsyncToolDefinition;
  readonly task: TaskRecord;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/**
 * Runs the tool's `dispatch` for a recorded task and stores its receipt. When it throws or takes too long, the task
 * fails and counts as told, since the host reports the throw as a tool error. When the run itself is aborted, the task
 * stays `dispatching`: a re-run joins it.
 */
export async function runDispatch(run: DispatchRun): Promise<TaskRecord> {
  const { runtime, definition, task } = run;
  let dispatchResult: Json;
  try {
    const callback = await callbackOf(run);
    const receipt = await withinTime(run, (signal) => {
      const context: DispatchContext = {
        id: task.id,
        handle: task.handle,
        idempotencyKey: keyForOutside(task.idempotencyKey),
        scope: task.scope,
        signal,
        ...(callback === undefined ? {} : { callback }),
      };
      return definition.dispatch(task.arguments, context);
    });
    dispatchResult = withinSize(toJson(receipt, `What dispatch returned for "${task.handle}"`), run);
  } catch (cause) {
    if (run.signal?.aborted === true && !isTimeout(run.signal.reason)) throw cause;
    const error = asDispatchError(cause, task);
    await failDispatch({ runtime, task, error });
    throw error;
  }
  const at = runtime.clock.now();
  const dispatched = await runtime.store.update(task, { dispatched: { dispatchResult, at } });
  if (dispatched === undefined) throw lost(task);
  checkDispatched(dispatched); // another process may have given it up meanwhile
  await runtime.report('task.dispatched', dispatched, { turn: task.turn });
  return dispatched;
}

function withinSize(receipt: Json, { runtime, task }: DispatchRun): Json {
  const size = bytesOf(receipt);
  const { resultBytes } = runtime.limits;
  if (size <= resultBytes) return receipt;
  throw new DispatchError({
    code: 'invalid_dispatch_result',
    taskId: task.id,
    message: `The receipt of "${task.handle}" has ${size} bytes, and at most ${resultBytes} are kept. The work may have begun, but its result will be refused. Return a reference, such as a job id.`,
  });
}

/** @throws {DispatchError} for a task whose dispatch has failed: whoever has joined it is told so, too. */
export function checkDispatched(task: TaskRecord): void {
  const { id: taskId, settlement } = task;
  if (!neverDispatched(task) || settlement?.status !== 'failed') return;
  const { code, message } = settlement.error;
  throw new DispatchError({ code: isDispatchFailure(code) ? code : 'dispatch_failed', taskId, message });
}

/** Ends a task whose dispatch gave no receipt, and marks it as told. */
export async function failDispatch(input: { runtime: Runtime; task: TaskRecord; error: DispatchError }): Promise<void> {
  const { runtime, task, error } = input;
  const { store, clock } = runtime;
  const settlement = { status: 'failed', error: { code: error.code, message: error.message } } as const;
  const claimant = `dispatch:${task.id}`;
  const now = clock.now();
  const { verdict } = await store.settle(task, { settlement, now });
  if (verdict !== 'accepted') return; // a result overtook the failure: it counts
  await store.claim({
    scope: task.scope,
    claimant,
    now,
    wanted: [{ id: task.id, delivery: { kind: 'replace', offset: 0 } }],
  });
  await store.consume(task, { claimant, turn: task.turn, now, told: { outcome: settlement } });
  await runtime.report('task.dispatch-failed', task, { turn: task.turn, detail: error.code });
}

/** The number that `record` puts behind a key for another attempt is not for the outside: it must see one key. */
function keyForOutside(key: string): string {
  return key.split('.', 1)[0] ?? key;
}

async function callbackOf({ runtime, task }: DispatchRun): Promise<{ url: string; token: string } | undefined> {
  const { callbackUrl, store, randomBytes } = runtime;
  if (callbackUrl === undefined) return undefined;
  const token = toBase64Url(randomBytes(32));
  await store.update(task, { tokenHash: await sha256(token) });
  const url = new URL(callbackUrl);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${task.id}`;
  return { url: url.href, token };
}

async function withinTime(run: DispatchRun, start: (signal: AbortSignal) => unknown): Promise<unknown> {
  const { runtime, task, timeoutMs, signal } = run;
  signal?.throwIfAborted();
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const cancelTimer = runtime.clock.schedule(() => controller.abort(tooSlow(task, timeoutMs)), timeoutMs);
  try {
    const started = (async () => start(controller.signal))();
    return await Promise.race([rejectOnAbort(controller.signal), started]);
  } finally {
    cancelTimer();
    signal?.removeEventListener('abort', onAbort);
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function tooSlow(task: TaskRecord, timeoutMs: number): DispatchError {
  return new DispatchError({
    code: 'dispatch_timeout',
    taskId: task.id,
    message: `The dispatch of "${task.handle}" gave no receipt within ${timeoutMs} ms; whether the work began is not known. dispatch must only start the work and return; raise dispatchTimeout if starting it takes longer.`,
  });
}

function asDispatchError(cause: unknown, task: TaskRecord): DispatchError {
  if (cause instanceof DispatchError) return cause;
  if (LatecallError.isInstance(cause, 'not_json')) {
    const message = `${cause.message} The work may have begun, but its result will be refused.`;
    return new DispatchError({ code: 'invalid_dispatch_result', taskId: task.id, message, cause });
  }
  const told = cause instanceof Error ? cause.message : String(cause);
  const timedOut = isTimeout(cause);
  return new DispatchError({
    code: timedOut ? 'dispatch_timeout' : 'dispatch_failed',
    taskId: task.id,
    message: timedOut
      ? `The dispatch of "${task.toolName}" was given up: ${told} Whether the work began is not known.`
      : `"${task.toolName}" could not be dispatched: ${told}`,
    cause,
  });
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError';
}

function lost(task: TaskRecord): LatecallError {
  return new LatecallError({
    code: 'unknown_task',
    message: `The store no longer knows task "${task.id}", which was just dispatched. Was it emptied, or is it not shared between processes?`,
  });
}
