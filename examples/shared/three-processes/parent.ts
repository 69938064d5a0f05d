// What the three processes have to do with the one that starts and kills them. A real app has nothing of this.
import type { AuditEvent } from '@latecall/ai-sdk';
import type { Point } from './points.ts';

/** What a process says, over IPC. */
export type News =
  | { readonly type: 'ready'; readonly origin?: string }
  | { readonly type: 'will stop' }
  | { readonly type: 'passes'; readonly point: Point; readonly thread: string }
  | { readonly type: 'stops'; readonly thread: string }
  | { readonly type: 'audit'; readonly event: AuditEvent; readonly thread: string }
  | { readonly type: 'waits'; readonly thread: string }
  | { readonly type: 'announces'; readonly reply: string; readonly thread: string }
  | { readonly type: 'has announced'; readonly thread: string }
  | { readonly type: 'error'; readonly message: string };

/** Where a process is to stop, to be killed there. */
export interface Stop {
  readonly point: Point;
  readonly thread: string;
}

let stop: Stop | undefined;
process.on('message', (message: Stop) => {
  stop = message;
  report({ type: 'will stop' });
});
process.once('disconnect', () => process.exit()); // whoever started it is gone

export function report(news: News): void {
  process.send?.(news);
}

export function reportError(error: unknown): void {
  report({ type: 'error', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}

/** Says that this point is reached. If it is the one to be killed at, nothing happens in this process any more. */
export function pass(point: Point, thread: string): void {
  report({ type: 'passes', point, thread });
  if (stop?.point !== point || stop.thread !== thread) return;
  report({ type: 'stops', thread });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
  process.exit(1); // nobody has killed it
}
