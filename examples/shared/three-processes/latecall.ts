// What the three processes share: the tools, and Latecall on their store.
import { type AuditEvent, asyncTool, createLatecall, type TaskStore } from '@latecall/ai-sdk';
import { z } from 'zod';
import { pass, report } from './parent.ts';
import type { Point } from './points.ts';

const { LATECALL_SECRET = '', CALLBACK_URL = '', OUTSIDE_URL = '' } = process.env;

/** How long a claim of a dead process keeps others out. Longer than any model call; in a real app minutes. */
export const takeOverAfter = '500ms';

const renderVideo = asyncTool({
  description: 'Render a video from a script',
  inputSchema: z.object({ script: z.string() }),
  resultSchema: z.object({ url: z.url() }),
  dispatch: async ({ script }, { idempotencyKey, callback, signal, scope }) => {
    const body = JSON.stringify({ key: idempotencyKey, script, callback });
    const response = await fetch(OUTSIDE_URL, { method: 'POST', body, signal });
    if (!response.ok) throw new Error(`The outside world answered ${response.status}.`);
    const receipt = z.object({ jobId: z.string() }).parse(await response.json());
    pass('dispatched', scope.thread);
    return receipt;
  },
  deadline: '1h',
});

export const tools = { renderVideo };

export function openLatecall(store: TaskStore) {
  return createLatecall({ store, secret: LATECALL_SECRET, callbackUrl: CALLBACK_URL, takeOverAfter, audit });
}

const pointOf: Partial<Record<AuditEvent['type'], Point>> = {
  'task.created': 'created',
  'task.dispatched': 'dispatch result stored',
  'task.settled': 'settled',
  'task.claimed': 'claimed',
  'task.consumed': 'consumed',
};

function audit(event: AuditEvent): void {
  const { thread } = event.scope;
  report({ type: 'audit', event, thread });
  const point = pointOf[event.type];
  if (point !== undefined) pass(point, thread);
}
