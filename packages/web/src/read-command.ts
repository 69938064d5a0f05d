import { isProblem, type Problem } from './answer.ts';
import { readBody } from './read-body.ts';
import { readJson } from './read-json.ts';
import { fieldsOf } from './read-post.ts';

/** What a user wants of a task. `answer` is still unchecked. */
export type Command =
  | { readonly type: 'answer'; readonly handle: string; readonly key?: string; readonly answer: unknown }
  | { readonly type: 'cancel'; readonly handle: string; readonly reason?: string };

/** A model reads the reason. */
const longestReason = 2_000;

/** Reads `POST` as an answer and `DELETE` as a cancellation, of a JSON body or, for the latter, of `?handle=`. */
export async function readCommand(request: Request, maxBodyBytes: number): Promise<Command | Problem> {
  const body = await readBody(request, maxBodyBytes);
  if (isProblem(body)) return body;
  const cancels = request.method === 'DELETE';
  if (cancels && body.length === 0) {
    return cancelOf(new Map([['handle', new URL(request.url).searchParams.get('handle')]]));
  }
  // A form of another site cannot send this type: its browser would ask first, and is not answered.
  if (!/^application\/json *(;|$)/i.test(request.headers.get('content-type') ?? '')) {
    return { status: 415, message: 'Send JSON, with "content-type: application/json".' };
  }
  const json = readJson(body);
  if (isProblem(json)) return json;
  const fields = fieldsOf(json.value) ?? new Map<string, unknown>();
  return cancels ? cancelOf(fields) : answerOf(fields);
}

function answerOf(fields: ReadonlyMap<string, unknown>): Command | Problem {
  const [handle, key] = [fields.get('handle'), fields.get('key')];
  if (!isText(handle) || !(key === undefined || isText(key)) || !fields.has('answer')) {
    return { status: 422, message: 'Send { "handle": …, "key": …, "answer": … }; "key" may be left out.' };
  }
  return { type: 'answer', handle, ...(key === undefined ? {} : { key }), answer: fields.get('answer') };
}

function cancelOf(fields: ReadonlyMap<string, unknown>): Command | Problem {
  const [handle, reason] = [fields.get('handle'), fields.get('reason')];
  if (!isText(handle) || !(reason === undefined || (isText(reason) && reason.length <= longestReason))) {
    const message = `Send { "handle": …, "reason": … } or ?handle=…; "reason" is a text of at most ${longestReason} characters, and may be left out.`;
    return { status: 422, message };
  }
  return { type: 'cancel', handle, ...(reason === undefined ? {} : { reason }) };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
