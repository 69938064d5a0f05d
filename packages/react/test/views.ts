import type { AsyncFunctionView } from '../src/index.ts';

/** A call as the hook gives it. */
export function viewOf(fields: Partial<AsyncFunctionView> = {}): AsyncFunctionView {
  return {
    handle: 'render_1',
    toolName: 'render_video',
    toolCallId: 'c1',
    status: 'working',
    dispatchedAt: '2026-01-01T12:00:00.000Z',
    ...fields,
  } as AsyncFunctionView; // the fields of one of its states
}
