import type { ProgressReport, Settling } from '@latecall/core';
import type { Problem } from './answer.ts';

/** What the outside says of a task: how it ended, or how far it is. Its values are still unchecked. */
export type Post =
  | { readonly settling: Settling }
  | { readonly news: Pick<ProgressReport, 'progress' | 'inputRequest'> };

const forms =
  'Send { "status": "completed", "result": … }, { "status": "failed", "error": { "message": … } }, { "status": "cancelled" }, { "progress": … } or { "inputRequest": … }.';

/** Which of the forms a body has. The core checks the values. */
export function readPost(value: unknown, id: string): Post | Problem {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { status: 422, message: forms };
  const fields = new Map<string, unknown>(Object.entries(value));
  if (fields.get('type') === 'async-function-response') {
    if (fields.get('id') === id) return { settling: { response: value } };
    return { status: 422, message: `The response names another task than the URL, which is that of "${id}".` };
  }
  const status = fields.get('status');
  if (status !== undefined && status !== 'working' && status !== 'input_required') {
    return { settling: { id, outcome: value } };
  }
  if (!fields.has('progress') && !fields.has('inputRequest')) return { status: 422, message: forms };
  return {
    news: {
      ...(fields.has('progress') ? { progress: fields.get('progress') } : {}),
      ...(fields.has('inputRequest') ? { inputRequest: fields.get('inputRequest') } : {}),
    },
  };
}
