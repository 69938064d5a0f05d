import type { ProgressReport, Settling } from '@latecall/core';
import type { Problem } from './answer.ts';

/** What the outside reports of a task that is not over. */
export type News = Pick<ProgressReport, 'progress' | 'log' | 'inputRequest' | 'sequence'>;

/** What the outside says of a task: how it ended, or how far it is. Its values are still unchecked. */
export type Post = { readonly settling: Settling } | { readonly news: News };

const forms =
  'Send { "status": "completed", "result": … }, { "status": "failed", "error": { "message": … } }, { "status": "cancelled" }, { "progress": … }, { "log": … } or { "inputRequest": … }.';

/** Which of the forms a body has. The core checks the values. */
export function readPost(value: unknown, id: string): Post | Problem {
  const fields = fieldsOf(value);
  if (fields === undefined) return { status: 422, message: forms };
  if (fields.get('type') === 'async-function-response') {
    if (fields.get('id') === id) return { settling: { response: value } };
    return { status: 422, message: `The response names another task than the URL, which is that of "${id}".` };
  }
  const status = fields.get('status');
  if (status !== undefined && status !== 'working' && status !== 'input_required') {
    return { settling: { id, outcome: value } };
  }
  const news = ['progress', 'log', 'inputRequest'].filter((name) => fields.has(name));
  if (news.length === 0) return { status: 422, message: forms };
  const sent = [...news, 'sequence'].filter((name) => fields.has(name));
  return { news: Object.fromEntries(sent.map((name) => [name, fields.get(name)])) };
}

/** The members of an object from outside; `undefined` for what is none. */
export function fieldsOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return new Map<string, unknown>(Object.entries(value));
}
