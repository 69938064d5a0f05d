import { describe, expect, it } from 'vitest';
import {
  asks,
  converse,
  createScene,
  done,
  latecallOf,
  pendingChat,
  type SceneOptions,
  scope,
  start,
} from '../../test/fixtures.ts';
import { type AsyncToolDefinition, noteLimits, type PolicyQuestion } from '../index.ts';

async function pending(tool: Partial<AsyncToolDefinition> = {}, options: SceneOptions = {}) {
  const scene = createScene({ ...options, tools: { render: tool } });
  return { scene, ...(await pendingChat(scene)), ...latecallOf(scene) };
}

const notOnArrival = ({ at }: PolicyQuestion) => at !== 'arrival';
const notOnConsumption = ({ at }: PolicyQuestion) => at !== 'consumption';

describe('the quarantine', () => {
  it.each([
    ['late', { tool: { deadline: 1_000 } }],
    ['cancelled', { tool: {} }],
    ['unauthorized', { tool: {}, policy: { authorize: notOnArrival } }],
    ['withheld', { tool: {}, policy: { authorize: notOnConsumption } }],
  ] as const)('keeps a %s result for people, and out of every prompt', async (reason, { tool, ...options }) => {
    const { scene, request, messages, cancel, quarantined } = await pending(tool, options);
    if (reason === 'late') await scene.clock.advance(1_000);
    if (reason === 'cancelled') await cancel({ id: request.id, scope, tools: scene.tools });
    await scene.complete(request.id, 'the secret');
    const first = await converse(scene, messages);
    const second = await converse(scene, [...first.messages, asks('And?')]);
    expect([...first.shown, ...second.shown].join('\n')).not.toContain('secret');
    expect(await quarantined(scope)).toEqual([
      {
        id: request.id,
        handle: request.handle,
        toolName: 'render',
        scope,
        at: scene.clock.now(),
        reason,
        outcome: done('the secret'),
      },
    ]);
  });

  it('keeps a failure that came too late', async () => {
    const { scene, request, quarantined } = await pending({ deadline: 1_000 });
    await scene.clock.advance(1_000);
    const outcome = { status: 'failed', error: { message: 'farm is down' } } as const;
    await scene.settle(request.id, outcome);
    expect(await quarantined(scope)).toMatchObject([{ reason: 'late', outcome }]);
  });

  it('keeps no cancellation that came too late: that is no result', async () => {
    const { scene, request, quarantined } = await pending({ deadline: 1_000 });
    await scene.clock.advance(1_000);
    expect((await scene.settle(request.id, { status: 'cancelled' })).verdict).toBe('late');
    expect(await quarantined(scope)).toEqual([]);
  });

  it('keeps nothing of a conflict: the first outcome was told', async () => {
    const { scene, request, quarantined } = await pending();
    await scene.complete(request.id, 'first');
    await scene.complete(request.id, 'second');
    expect(await quarantined(scope)).toEqual([]);
  });

  it('keeps a result that does not fit the schema, once it is too late', async () => {
    const schema = { '~standard': { version: 1, vendor: 'tests', validate: () => ({ issues: [{ message: 'no' }] }) } };
    const { scene, request, quarantined } = await pending({ deadline: 1_000, resultSchema: schema as never });
    await scene.clock.advance(1_000);
    expect((await scene.complete(request.id, 'odd')).verdict).toBe('late');
    expect(await quarantined(scope)).toMatchObject([{ outcome: done('odd') }]);
  });

  it('keeps the same result once, however often it is sent', async () => {
    const { scene, request, quarantined } = await pending({ deadline: 1_000 });
    await scene.clock.advance(1_000);
    await Promise.all(Array.from({ length: 5 }, () => scene.complete(request.id, 'u')));
    expect(await quarantined(scope)).toHaveLength(1);
    expect(scene.reported('task.quarantined')).toEqual(['late']);
  });

  it('is full at some time, and says so in the audit', async () => {
    const { scene, request, quarantined } = await pending({ deadline: 1_000 });
    await scene.clock.advance(1_000);
    for (let number = 0; number <= noteLimits.quarantine; number += 1) await scene.complete(request.id, number);
    expect(await quarantined(scope)).toHaveLength(noteLimits.quarantine);
    expect(scene.reported('task.quarantined').at(-1)).toBe('late: not kept, the quarantine of this task is full');
  });

  it('keeps of a large result only that it came and how large it was', async () => {
    const { scene, request, quarantined } = await pending({ deadline: 1_000 });
    await scene.clock.advance(1_000);
    await scene.complete(request.id, 'x'.repeat(noteLimits.quarantineBytes));
    const [kept] = await quarantined(scope);
    expect(kept?.outcome).toMatchObject({ status: 'failed', error: { code: 'too_large' } });
    expect(JSON.stringify(kept).length).toBeLessThan(1_000);
  });

  it('lists what it keeps in the order in which it came, of all branches or of one', async () => {
    const { scene, request, quarantined } = await pending({ deadline: 1_000 });
    const branch = { ...scope, branch: 'b' };
    const other = await scene.dispatch({ scope: branch });
    await scene.clock.advance(1_000);
    await latecallOf(scene).settle({ id: other.id, outcome: done('in b'), tools: scene.tools });
    await scene.clock.advance(1);
    await scene.complete(request.id, 'in the trunk');
    const listed = async (where: typeof scope) => (await quarantined(where)).map(({ outcome, at }) => [outcome, at]);
    expect(await listed(scope)).toEqual([
      [done('in b'), start + 1_000],
      [done('in the trunk'), start + 1_001],
    ]);
    expect(await listed(branch)).toEqual([[done('in b'), start + 1_000]]);
  });

  it('is of one conversation and one tenant only', async () => {
    const { scene, request, quarantined } = await pending({ deadline: 1_000 });
    await scene.clock.advance(1_000);
    await scene.complete(request.id, 'u');
    expect(await quarantined({ ...scope, thread: 'chat-2' })).toEqual([]);
    expect(await quarantined({ thread: scope.thread })).toEqual([]);
  });

  it('of a withheld result is announced with a digest and without the result', async () => {
    const { scene, request } = await pending({}, { policy: { authorize: notOnArrival } });
    await scene.complete(request.id, 'the secret');
    expect(scene.events.find(({ type }) => type === 'task.quarantined')).toMatchObject({
      detail: 'unauthorized',
      outputDigest: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(JSON.stringify(scene.events)).not.toContain('secret');
  });

  it('does not wake anybody', async () => {
    const { scene, request, messages } = await pending({ deadline: 1_000 });
    await scene.clock.advance(1_000);
    const told = await converse(scene, messages);
    await scene.complete(request.id, 'u');
    expect(await scene.store.ready()).toEqual([]);
    expect(await scene.begin(told.messages)).toEqual({ type: 'suspended', open: [] });
  });
});
