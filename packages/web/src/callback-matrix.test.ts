import { describe, expect, it } from 'vitest';
import { completed, createScene, type Pending, post, type Scene, urlSchema } from '../test/fixtures.ts';
import { createCallbackRoute } from './index.ts';

interface Case {
  readonly name: string;
  readonly status: number;
  /** Brings the task where the case begins; `serve` is the route. */
  readonly prepare?: (
    scene: Scene,
    task: Pending,
    serve: (request: Request) => Promise<Response>,
  ) => Promise<unknown> | unknown;
  readonly request: (task: Pending, scene: Scene) => Request | Promise<Request>;
  /** The status of the task afterwards. @default 'working' */
  readonly after?: string;
}

const link = { url: 'https://videos.example/1.mp4' };
const done = completed(link);
const long = completed({ url: 'x'.repeat(2_000) });
const bearer = ({ token }: Pending) => ({ authorization: `Bearer ${token}` });
const settled: Case['prepare'] = (_, task, serve) => serve(post(task, done));
const cancelled: Case['prepare'] = (_, task, serve) => serve(post(task, { status: 'cancelled' }));
const overdue: Case['prepare'] = ({ clock }) => clock.advance(900_000);
const expired: Case['prepare'] = async ({ clock, store }) => {
  await clock.advance(900_000);
  await store.expireDue({ now: clock.now() });
};
const asks = (inputRequest: unknown) => (task: Pending) => post(task, { inputRequest });
const at = (task: Pending, url: string, body: unknown = done) => post({ ...task, url }, body);
const bytes = (...values: number[]) => Uint8Array.from(values);
const nested = (levels: number) => `{"status":"completed","result":${'['.repeat(levels)}${']'.repeat(levels)}}`;

const cases: Case[] = [
  // methods
  { name: 'PUT', status: 405, request: (task) => post(task, done, { method: 'PUT' }) },
  { name: 'PATCH', status: 405, request: (task) => post(task, done, { method: 'PATCH' }) },
  { name: 'OPTIONS', status: 405, request: (task) => post(task, undefined, { method: 'OPTIONS' }) },
  { name: 'PUT with a wrong token', status: 405, request: (task) => post(task, done, { method: 'PUT', headers: {} }) },

  // body
  { name: 'too long', status: 413, request: (task) => post(task, long) },
  { name: 'one byte too long', status: 413, request: (task) => post(task, `"${'x'.repeat(999)}"`) },
  { name: 'as long as allowed', status: 422, request: (task) => post(task, `"${'x'.repeat(998)}"`) },
  { name: 'too long, and not JSON', status: 413, request: (task) => post(task, '{'.repeat(2_000)) },
  {
    name: 'said to be too long',
    status: 413,
    request: (task) => post(task, done, { headers: { ...bearer(task), 'content-length': '5000' } }),
  },
  { name: 'no body', status: 400, request: (task) => post(task, undefined) },
  { name: 'not JSON', status: 400, request: (task) => post(task, 'status=completed') },
  { name: 'half JSON', status: 400, request: (task) => post(task, '{"status":"completed",') },
  { name: 'not UTF-8', status: 400, request: (task) => post(task, bytes(0x22, 0xff, 0xfe, 0x22)) },
  { name: 'gzip without saying so', status: 400, request: (task) => post(task, bytes(0x1f, 0x8b, 0x08, 0x00)) },
  {
    name: 'gzip',
    status: 415,
    request: (task) => post(task, bytes(0x1f, 0x8b), { headers: { ...bearer(task), 'content-encoding': 'gzip' } }),
  },
  {
    name: 'JSON as text/plain',
    status: 202,
    after: 'completed',
    request: (task) => post(task, done, { headers: { ...bearer(task), 'content-type': 'text/plain' } }),
  },
  { name: 'JSON null', status: 422, request: (task) => post(task, null) },
  { name: 'a list', status: 422, request: (task) => post(task, [done]) },
  { name: 'neither outcome nor news', status: 422, request: (task) => post(task, link) },
  {
    name: 'an outcome as prototype',
    status: 422,
    request: (task) => post(task, '{"__proto__":{"status":"completed","result":{"url":"u"}}}'),
  },
  {
    name: 'polluting keys in the result',
    status: 202,
    after: 'completed',
    request: (task) => post(task, '{"status":"completed","result":{"url":"u","__proto__":{"admin":true}}}'),
  },
  { name: 'nested without end', status: 422, request: (task) => post(task, nested(400)) },

  // outcomes
  { name: 'completed', status: 202, after: 'completed', request: (task) => post(task, done) },
  {
    name: 'failed',
    status: 202,
    after: 'failed',
    request: (task) => post(task, { status: 'failed', error: { message: 'no' } }),
  },
  { name: 'cancelled', status: 202, after: 'cancelled', request: (task) => post(task, { status: 'cancelled' }) },
  { name: 'completed without a result', status: 422, request: (task) => post(task, { status: 'completed' }) },
  { name: 'failed without an error', status: 422, request: (task) => post(task, { status: 'failed' }) },
  { name: 'a status of its own', status: 422, request: (task) => post(task, { status: 'done', result: link }) },
  { name: 'withheld', status: 422, request: (task) => post(task, { status: 'withheld' }) },
  { name: 'a result against the schema', status: 422, request: (task) => post(task, completed({ url: 7 })) },
  {
    name: 'a right result after a wrong one',
    status: 202,
    after: 'completed',
    prepare: (_, task, serve) => serve(post(task, completed({ url: 7 }))),
    request: (task) => post(task, done),
  },
  {
    name: 'the same outcome again',
    status: 200,
    after: 'completed',
    prepare: settled,
    request: (task) => post(task, done),
  },
  {
    name: 'another outcome',
    status: 409,
    after: 'completed',
    prepare: settled,
    request: (task) => post(task, completed({ url: 'v' })),
  },
  {
    name: 'a failure after the result',
    status: 409,
    after: 'completed',
    prepare: settled,
    request: (task) => post(task, { status: 'failed', error: { message: 'no' } }),
  },
  {
    name: 'after the deadline, nobody has noticed',
    status: 410,
    prepare: overdue,
    request: (task) => post(task, done),
  },
  { name: 'after it expired', status: 410, after: 'failed', prepare: expired, request: (task) => post(task, done) },
  {
    name: 'after a cancellation',
    status: 410,
    after: 'cancelled',
    prepare: cancelled,
    request: (task) => post(task, done),
  },
  { name: 'too long, after the deadline', status: 410, prepare: overdue, request: (task) => post(task, long) },
  {
    name: 'not JSON, after a cancellation',
    status: 410,
    after: 'cancelled',
    prepare: cancelled,
    request: (task) => post(task, '{'),
  },
  {
    name: 'against the schema, after the deadline',
    status: 410,
    prepare: overdue,
    request: (task) => post(task, completed(7)),
  },
  {
    name: 'too long, after the result',
    status: 413,
    after: 'completed',
    prepare: settled,
    request: (task) => post(task, long),
  },
  {
    name: 'an id with its underscore encoded',
    status: 202,
    after: 'completed',
    request: (task) => at(task, task.url.replace('task_', 'task%5F')),
  },
  { name: 'a slash behind the id', status: 202, after: 'completed', request: (task) => at(task, `${task.url}/`) },
  {
    name: 'token in latecall-token',
    status: 202,
    after: 'completed',
    request: (task) => post(task, done, { headers: { 'latecall-token': task.token } }),
  },
  {
    name: 'bearer in lower case',
    status: 202,
    after: 'completed',
    request: (task) => post(task, done, { headers: { authorization: `bearer ${task.token}` } }),
  },

  // responses
  { name: 'a response', status: 202, after: 'completed', request: ({ id, ...task }) => post(task, response({ id })) },
  {
    name: 'a response of another task',
    status: 422,
    request: async (task, scene) => post(task, response({ id: (await scene.dispatch()).id })),
  },
  {
    name: 'a response to another call',
    status: 422,
    request: ({ id, ...task }) => post(task, response({ id, callId: 'c9' })),
  },

  // news
  { name: 'progress', status: 202, request: (task) => post(task, { progress: { fraction: 0.5 } }) },
  {
    name: 'progress as a status',
    status: 202,
    request: (task) => post(task, { status: 'working', progress: { fraction: 0.5 } }),
  },
  { name: 'working, and no more', status: 422, request: (task) => post(task, { status: 'working' }) },
  { name: 'progress beyond the end', status: 422, request: (task) => post(task, { progress: { fraction: 2 } }) },
  { name: 'an input request', status: 202, after: 'input_required', request: asks({ message: 'Which voice?' }) },
  { name: 'an input request without a message', status: 422, request: asks({}) },
  {
    name: 'an input request that was answered',
    status: 202,
    prepare: (_, task, serve) => serve(asks({ message: 'Which?' })(task)),
    request: asks(null),
  },
  {
    name: 'a result while input is required',
    status: 202,
    after: 'completed',
    prepare: (_, task, serve) => serve(asks({ message: 'Which?' })(task)),
    request: (task) => post(task, done),
  },
  {
    name: 'progress after the result',
    status: 409,
    after: 'completed',
    prepare: settled,
    request: (task) => post(task, { progress: {} }),
  },
  {
    name: 'progress after the deadline',
    status: 410,
    prepare: overdue,
    request: (task) => post(task, { progress: {} }),
  },
  {
    name: 'progress after it expired',
    status: 410,
    after: 'failed',
    prepare: expired,
    request: (task) => post(task, { progress: {} }),
  },
  {
    name: 'progress after a cancellation',
    status: 410,
    after: 'cancelled',
    prepare: cancelled,
    request: (task) => post(task, { progress: {} }),
  },

  // GET and DELETE
  { name: 'GET', status: 200, request: (task) => post(task, undefined, { method: 'GET' }) },
  { name: 'HEAD', status: 200, request: (task) => post(task, undefined, { method: 'HEAD' }) },
  {
    name: 'GET of an overdue task',
    status: 200,
    prepare: overdue,
    request: (task) => post(task, undefined, { method: 'GET' }),
  },
  { name: 'DELETE', status: 202, after: 'cancelled', request: (task) => post(task, undefined, { method: 'DELETE' }) },
  {
    name: 'DELETE again',
    status: 200,
    after: 'cancelled',
    prepare: cancelled,
    request: (task) => post(task, undefined, { method: 'DELETE' }),
  },
  {
    name: 'DELETE after the result',
    status: 409,
    after: 'completed',
    prepare: settled,
    request: (task) => post(task, undefined, { method: 'DELETE' }),
  },
  {
    name: 'DELETE after the deadline',
    status: 410,
    prepare: overdue,
    request: (task) => post(task, undefined, { method: 'DELETE' }),
  },
];

function response({ id, callId = 'c1' }: { id: string; callId?: string }): object {
  const settledAt = '2026-01-01T00:00:00.000Z';
  const functionCall = { callId, name: 'render' };
  return { type: 'async-function-response', v: 1, id, functionCall, settledAt, outcome: done };
}

describe('the callback route', () => {
  it.each(cases)('answers $status to: $name', async ({ status, prepare, request, after = 'working' }) => {
    const scene = createScene({ tool: { resultSchema: urlSchema, deadline: '15m' } });
    const { handler } = createCallbackRoute({ ...scene, maxBodyBytes: 1_000 });
    const task = await scene.dispatch();
    await prepare?.(scene, task, handler);
    const response = await handler(await request(task, scene));
    expect([response.status, (await scene.task(task.id)).status]).toEqual([status, after]);
  });
});
