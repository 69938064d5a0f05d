import { bytesOf, type Json, toJson } from '../base/json.ts';
import { LatecallError } from '../base/latecall-error.ts';
import { checkScope, type Scope } from '../base/scope.ts';
import { type SettlementVerdict, verdictOf } from '../parts/verdict.ts';
import type { Runtime } from '../runtime.ts';
import type { ToolDefinitions } from '../task/async-tool-definition.ts';
import { noteLimits, openInput } from '../task/notes.ts';
import type { TaskRecord } from '../task/task.ts';

/** What the app answers to a question of the outside. */
export interface InputAnswering {
  readonly id: string;
  readonly scope: Scope;
  /** Which question. @default the one that waits longest */
  readonly key?: string | undefined;
  /** JSON, as the question's `schema` wants it. */
  readonly answer: unknown;
}

/**
 * Answers a question that the outside asked about a task: stored first, then told through the tool's `onInput`; the
 * outside can also read it from the task's state. The task goes on `working` when nothing is left unanswered.
 *
 * Never throws for bad input: the verdict is `accepted`, `duplicate` (the same answer was given before; `onInput` is
 * called again, in case it was not heard), `conflict` (another answer was given, the question was taken back, or the
 * task is over), `unknown`, or `invalid`.
 *
 * @throws what `onInput` throws: the answer is stored; answer again to try again.
 */
export async function answerInput(
  input: InputAnswering & { runtime: Runtime; tools: ToolDefinitions },
): Promise<SettlementVerdict> {
  const { runtime, tools, id } = input;
  const scope = checkScope(input.scope);
  const task = await runtime.store.get({ scope, id });
  if (task === undefined) return verdictOf({ verdict: 'unknown', id });
  const invalid = (message: string) => verdictOf({ verdict: 'invalid', id, task, message });
  const key = input.key ?? openInput(task)?.key;
  if (key === undefined) return invalid(`"${id}" asks nothing at the moment.`);
  const answer = read(input, runtime);
  if (answer instanceof LatecallError) return invalid(answer.message);

  const { verdict, task: after = task } = await runtime.store.note(task, {
    type: 'answer',
    at: runtime.clock.now(),
    key,
    answer,
  });
  if (verdict === 'unknown') return invalid(noSuchQuestion(task, key));
  if (verdict === 'accepted') await runtime.report('task.input-answered', after, { detail: after.status });
  if (verdict === 'accepted' || verdict === 'duplicate') {
    await tools.get(after.toolName)?.onInput?.({ key, answer }, after);
  }
  const message = messageOf(verdict, key);
  return verdictOf({
    verdict: verdict === 'full' ? 'invalid' : verdict,
    id,
    task: after,
    ...(message === undefined ? {} : { message }),
  });
}

function read({ answer }: InputAnswering, { limits }: Runtime): Json | LatecallError {
  try {
    const json = toJson(answer, 'The answer');
    const size = bytesOf(json);
    const most = Math.min(noteLimits.answerBytes, limits.resultBytes);
    if (size <= most) return json;
    const message = `The answer has ${size} bytes, and at most ${most} are taken. Give a reference to what is larger.`;
    return new LatecallError({ code: 'too_large', message });
  } catch (error) {
    if (LatecallError.isInstance(error)) return error;
    throw error;
  }
}

function noSuchQuestion({ id, inputs = [] }: TaskRecord, key: string): string {
  const keys = inputs.map((asked) => `"${asked.key}"`).join(', ');
  return `"${id}" has asked no question "${key}". It has asked: ${keys === '' ? 'nothing' : keys}.`;
}

function messageOf(verdict: string, key: string): string | undefined {
  switch (verdict) {
    case 'accepted':
      return `The answer to "${key}" was recorded.`;
    case 'duplicate':
      return `The same answer to "${key}" was recorded before.`;
    case 'conflict':
      return `"${key}" waits for no answer any more: another one was given, the question was taken back, or the task is over.`;
    default:
      return undefined;
  }
}
