import type { AsyncToolDefinition } from '@latecall/core';
import { describe, expect, it } from 'vitest';
import { completed, createScene, type Pending, post, type Scene, scope, urlSchema } from '../test/fixtures.ts';
import { createCallbackRoute } from './index.ts';

interface Case {
  readonly name: string;
  readonly status: number;
  readonly tool?: Partial<AsyncToolDefinition>;
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
const which = { key: 'voice', message: 'Which voice?' };
const asked: Case['prepare'] = (_, task, serve) => serve(asks(which)(task));
const answered: Case['prepare'] = async (scene, task, serve) => {
  await serve(asks(which)(task));
  await scene.later.answer({ id: task.id, scope, answer: 'low', tools: scene.tools });
};
const counted: Case['prepare'] = (_, task, serve) => serve(post(task, { log: 'five', sequence: 5 }));
const times = async (count: number, send: (index: number) => Promise<Response>) => {
  for (let index = 0; index < count; index += 1) expect((await send(index)).status).toBe(202);
};
const toldAll: Case['prepare'] = (_, task, serve) => times(1_000, () => serve(post(task, { log: 'still at it' })));
const askedAll: Case['prepare'] = (_, task, serve) =>
  times(20, (index) => serve(asks({ key: `q${index}`, message: 'Which?' })(task)));
/** Its results are welcome after the deadline too. */
const patient = { lateResult: 'accept' } as const;
const expiredAndSettled: Case['prepare'] = async (scene, task, serve) => {
  await expired(scene, task, serve);
  expect((await serve(post(task, done))).status).toBe(202);
};
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
    name: 'an input request that is taken back',
    status: 202,
    prepare: asked,
    request: asks(null),
  },
  {
    name: 'a result while input is required',
    status: 202,
    after: 'completed',
    prepare: asked,
    request: (task) => post(task, done),
  },
  { name: 'the same question again', status: 200, after: 'input_required', prepare: asked, request: asks(which) },
  {
    name: 'another question under its key',
    status: 409,
    after: 'input_required',
    prepare: asked,
    request: asks({ ...which, message: 'Which music?' }),
  },
  {
    name: 'another question beside it',
    status: 202,
    after: 'input_required',
    prepare: asked,
    request: asks({ key: 'music', message: 'Which music?' }),
  },
  {
    name: 'a question without a key beside one that has its number',
    status: 202,
    after: 'input_required',
    prepare: (_, task, serve) => serve(asks({ key: 'input-2', message: 'Which voice?' })(task)),
    request: asks({ message: 'Which music?' }),
  },
  { name: 'the question that was answered', status: 200, prepare: answered, request: asks(which) },
  {
    name: 'another question under the key of an answered one',
    status: 409,
    prepare: answered,
    request: asks({ ...which, message: 'Really?' }),
  },
  { name: 'a question with an empty key', status: 422, request: asks({ ...which, key: '' }) },
  { name: 'a question with a long key', status: 422, request: asks({ ...which, key: 'k'.repeat(201) }) },
  {
    name: 'one question too many',
    status: 422,
    after: 'input_required',
    prepare: askedAll,
    request: asks({ key: 'q20', message: 'Which?' }),
  },
  { name: 'a log', status: 202, request: (task) => post(task, { log: 'rendering' }) },
  {
    name: 'a log with a level',
    status: 202,
    request: (task) => post(task, { log: { message: 'hm', level: 'warning' } }),
  },
  { name: 'a log of no level', status: 422, request: (task) => post(task, { log: { message: 'hm', level: 'fatal' } }) },
  { name: 'a log that is none', status: 422, request: (task) => post(task, { log: null }) },
  { name: 'a log as a status', status: 202, request: (task) => post(task, { status: 'working', log: 'rendering' }) },
  {
    name: 'progress, a log and a question at once',
    status: 202,
    after: 'input_required',
    request: (task) => post(task, { progress: { fraction: 0.5 }, log: 'half', inputRequest: which, sequence: 1 }),
  },
  { name: 'one piece of news too many', status: 422, prepare: toldAll, request: (task) => post(task, { log: 'more' }) },
  {
    name: 'the result after too much news',
    status: 202,
    after: 'completed',
    prepare: toldAll,
    request: (task) => post(task, done),
  },
  { name: 'later news', status: 202, prepare: counted, request: (task) => post(task, { progress: {}, sequence: 6 }) },
  {
    name: 'the same news again',
    status: 200,
    prepare: counted,
    request: (task) => post(task, { log: 'five', sequence: 5 }),
  },
  {
    name: 'news that were overtaken',
    status: 200,
    prepare: counted,
    request: (task) => post(task, { log: 'four', sequence: 4 }),
  },
  {
    name: 'news without a number among counted ones',
    status: 202,
    prepare: counted,
    request: (task) => post(task, { log: 'x' }),
  },
  { name: 'a number that is none', status: 422, request: (task) => post(task, { log: 'x', sequence: '1' }) },
  { name: 'a number without news', status: 422, request: (task) => post(task, { sequence: 1 }) },
  { name: 'a log after the deadline', status: 410, prepare: overdue, request: (task) => post(task, { log: 'x' }) },
  { name: 'a question after the deadline', status: 410, prepare: overdue, request: asks(which) },
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

  // late results that are welcome
  {
    name: 'a welcome result after the deadline, nobody has noticed',
    status: 202,
    tool: patient,
    after: 'completed',
    prepare: overdue,
    request: (task) => post(task, done),
  },
  {
    name: 'a welcome result after it expired',
    status: 202,
    tool: patient,
    after: 'failed',
    prepare: expired,
    request: (task) => post(task, done),
  },
  {
    name: 'a welcome failure after it expired',
    status: 202,
    tool: patient,
    after: 'failed',
    prepare: expired,
    request: (task) => post(task, { status: 'failed', error: { message: 'no' } }),
  },
  {
    name: 'a welcome response after it expired',
    status: 202,
    tool: patient,
    after: 'failed',
    prepare: expired,
    request: ({ id, ...task }) => post(task, response({ id })),
  },
  {
    name: 'the same welcome result again',
    status: 200,
    tool: patient,
    after: 'failed',
    prepare: expiredAndSettled,
    request: (task) => post(task, done),
  },
  {
    name: 'another result after a welcome one',
    status: 409,
    tool: patient,
    after: 'failed',
    prepare: expiredAndSettled,
    request: (task) => post(task, completed({ url: 'v' })),
  },
  {
    name: 'a welcome result against the schema, after the deadline',
    status: 422,
    tool: patient,
    prepare: overdue,
    request: (task) => post(task, completed(7)),
  },
  {
    name: 'a welcome result against the schema, after it expired',
    status: 422,
    tool: patient,
    after: 'failed',
    prepare: expired,
    request: (task) => post(task, completed(7)),
  },
  {
    name: 'a welcome result after a wrong one, after it expired',
    status: 202,
    tool: patient,
    after: 'failed',
    prepare: async (scene, task, serve) => {
      await expired(scene, task, serve);
      await serve(post(task, completed(7)));
    },
    request: (task) => post(task, done),
  },
  {
    name: 'too long, where a late result is welcome',
    status: 413,
    tool: patient,
    after: 'failed',
    prepare: expired,
    request: (task) => post(task, long),
  },
  {
    name: 'not JSON, where a late result is welcome',
    status: 400,
    tool: patient,
    after: 'failed',
    prepare: expired,
    request: (task) => post(task, '{'),
  },
  {
    name: 'progress after the deadline, where a late result is welcome',
    status: 202,
    tool: patient,
    prepare: overdue,
    request: (task) => post(task, { progress: {} }),
  },
  {
    name: 'progress after it expired, where a late result is welcome',
    status: 409,
    tool: patient,
    after: 'failed',
    prepare: expired,
    request: (task) => post(task, { progress: {} }),
  },
  {
    name: 'a welcome result after a cancellation',
    status: 410,
    tool: patient,
    after: 'cancelled',
    prepare: cancelled,
    request: (task) => post(task, done),
  },
  {
    name: 'DELETE after the deadline, where a late result is welcome',
    status: 202,
    tool: patient,
    after: 'cancelled',
    prepare: overdue,
    request: (task) => post(task, undefined, { method: 'DELETE' }),
  },
  {
    name: 'DELETE after it expired, where a late result is welcome: it is so no longer',
    status: 202,
    tool: patient,
    after: 'failed',
    prepare: expired,
    request: (task) => post(task, undefined, { method: 'DELETE' }),
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
  it.each(cases)('answers $status to: $name', async ({ status, tool, prepare, request, after = 'working' }) => {
    const scene = createScene({ tool: { resultSchema: urlSchema, deadline: '15m', ...tool } });
    const { handler } = createCallbackRoute({ ...scene, maxBodyBytes: 1_000 });
    const task = await scene.dispatch();
    await prepare?.(scene, task, handler);
    const response = await handler(await request(task, scene));
    expect([response.status, (await scene.task(task.id)).status]).toEqual([status, after]);
  });
});
