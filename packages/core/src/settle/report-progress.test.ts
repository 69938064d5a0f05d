import { describe, expect, it } from 'vitest';
import { createScene, done, scope, start } from '../../test/fixtures.ts';
import { reportProgress } from '../index.ts';

async function pending(options: Parameters<typeof createScene>[0] = {}) {
  const scene = createScene(options);
  const { id } = await scene.dispatch();
  return { scene, id, report: (news: object) => reportProgress(scene.runtime, { id, ...news }) };
}

describe('progress', () => {
  it('is stored with the task, and the last one counts', async () => {
    const { scene, id, report } = await pending();
    await report({ progress: { fraction: 0.1, message: 'warming up' } });
    const { verdict } = await report({ progress: { fraction: 0.5 } });
    expect(verdict).toBe('accepted');
    expect((await scene.task(id)).progress).toEqual({ fraction: 0.5 });
  });

  it.each([
    { progress: { fraction: 2 } },
    { progress: { fraction: 'half' } },
    { progress: { message: 'x'.repeat(2_001) } },
    { progress: 'half' },
    { inputRequest: {} },
    { inputRequest: { message: 'Which?', schema: 1n } },
  ])('is refused as invalid where it is not of the right kind, and the task goes on (case %#)', async (news) => {
    const { scene, id, report } = await pending();
    const { verdict, message } = await report(news);
    expect([verdict, message]).toEqual(['invalid', expect.stringMatching(/Not taken|must be plain JSON/)]);
    expect((await scene.task(id)).progress).toBeUndefined();
    expect((await scene.complete(id, 1)).verdict).toBe('accepted');
  });

  it('is reported to the audit sink without its text', async () => {
    const { scene, report } = await pending();
    await report({ progress: { message: 'confidential' } });
    expect(scene.reported('task.progress')).toEqual([undefined]);
    expect(JSON.stringify(scene.events)).not.toContain('confidential');
  });

  it('of a task that has its outcome changes nothing', async () => {
    const { scene, id, report } = await pending();
    await scene.complete(id, 1);
    expect((await report({ progress: { fraction: 1 } })).verdict).toBe('conflict');
    expect((await scene.task(id)).progress).toBeUndefined();
  });

  it('of an unknown task, or of another conversation, is refused', async () => {
    const { scene, id } = await pending();
    const other = { ...scope, thread: 'chat-2' };
    expect((await reportProgress(scene.runtime, { id: 'task_made_up', progress: {} })).verdict).toBe('unknown');
    expect((await reportProgress(scene.runtime, { id, scope: other, progress: {} })).verdict).toBe('unknown');
  });

  it('needs the token where it comes from outside', async () => {
    const tokens: (string | undefined)[] = [];
    const dispatch = (_input: unknown, { callback }: { callback?: { token: string } }) => {
      tokens.push(callback?.token);
    };
    const { report } = await pending({ callbackUrl: 'https://app.example/cb', tools: { render: { dispatch } } });
    const progress = { fraction: 0.5 };
    expect((await report({ progress, token: undefined })).verdict).toBe('unauthorized');
    expect((await report({ progress, token: 'wrong' })).verdict).toBe('unauthorized');
    expect((await report({ progress, token: tokens[0] })).verdict).toBe('accepted');
  });
});

describe('an input request', () => {
  it('makes the task input_required until it is answered', async () => {
    const { scene, id, report } = await pending();
    await report({ inputRequest: { message: 'Which voice?', schema: { enum: ['a', 'b'] } } });
    expect(await scene.task(id)).toMatchObject({
      status: 'input_required',
      inputs: [{ key: 'input-1', message: 'Which voice?', schema: { enum: ['a', 'b'] }, askedAt: start }],
    });
    await report({ inputRequest: null });
    const { status, inputs } = await scene.task(id);
    expect([status, inputs]).toMatchObject(['working', [{ closedAt: start }]]);
  });

  it('does not keep a result from coming', async () => {
    const { scene, id, report } = await pending();
    await report({ inputRequest: { message: 'Which voice?' } });
    expect((await scene.settle(id, done('u'))).verdict).toBe('accepted');
    expect((await scene.task(id)).status).toBe('completed');
  });
});
