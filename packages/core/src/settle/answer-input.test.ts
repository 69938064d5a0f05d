import { describe, expect, it } from 'vitest';
import { createScene, latecallOf, restarted, type Scene, scope, start } from '../../test/fixtures.ts';
import type { AsyncToolDefinition, InputAnswer, Json, ProgressReport } from '../index.ts';

type News = Omit<ProgressReport, 'id'>;

/** A pending task that has asked these questions. */
async function asking(questions: readonly News['inputRequest'][], tool: Partial<AsyncToolDefinition> = {}) {
  const told: InputAnswer[] = [];
  const onInput = (answer: InputAnswer) => void told.push(answer);
  const scene = createScene({ tools: { render: { onInput, ...tool } } });
  const { id } = await scene.dispatch();
  const latecall = latecallOf(scene);
  const report = (news: News) => latecall.report({ id, ...news });
  for (const inputRequest of questions) await report({ inputRequest });
  return { scene, id, told, report, answer: answering(scene, id), task: () => scene.task(id) };
}

const answering =
  (scene: Scene, id: string) =>
  (answer: unknown, key?: string, where = scope) =>
    latecallOf(scene).answer({ id, scope: where, key, answer, tools: scene.tools });

const voice = { key: 'voice', message: 'Which voice?' };
const size = { key: 'size', message: 'Which size?' };

describe('the answer to a question', () => {
  it('is stored, told to the outside, and the task goes on', async () => {
    const { answer, task, told, scene } = await asking([{ message: 'Which voice?' }]);
    await scene.clock.advance(5);
    expect((await answer({ voice: 'b' })).verdict).toBe('accepted');
    expect(await task()).toMatchObject({
      status: 'working',
      inputs: [{ key: 'input-1', answer: { voice: 'b' }, askedAt: start, closedAt: start + 5 }],
    });
    expect(told).toEqual([{ key: 'input-1', answer: { voice: 'b' } }]);
  });

  it.each([null, false, 0, ''])('may be %j', async (given) => {
    const { answer, task, told } = await asking([voice]);
    expect((await answer(given)).verdict).toBe('accepted');
    expect((await task()).inputs?.[0]?.answer).toBe(given);
    expect((await answer(given)).verdict).toBe('invalid'); // nothing is open any more
    expect(told).toHaveLength(1);
  });

  it('goes to the question that waits longest, if no key is given', async () => {
    const { answer, task } = await asking([voice, size]);
    await answer('b');
    expect((await task()).inputs).toMatchObject([{ key: 'voice', answer: 'b' }, { key: 'size' }]);
    expect((await task()).status).toBe('input_required');
    await answer('large');
    expect((await task()).status).toBe('working');
  });

  it('goes to the question of its key', async () => {
    const { answer, task, told } = await asking([voice, size]);
    await answer('large', 'size');
    expect((await task()).inputs?.[0]).not.toHaveProperty('answer');
    expect(told).toEqual([{ key: 'size', answer: 'large' }]);
  });

  it('that was given before is a duplicate, and the outside is told again', async () => {
    const { answer, told } = await asking([voice]);
    await answer({ a: 1, b: 2 }, 'voice');
    expect((await answer({ b: 2, a: 1 }, 'voice')).verdict).toBe('duplicate');
    expect(told).toHaveLength(2);
  });

  it('that differs from the one before is a conflict, and the outside is not told', async () => {
    const { answer, task, told } = await asking([voice]);
    await answer('b', 'voice');
    expect((await answer('c', 'voice')).verdict).toBe('conflict');
    expect([(await task()).inputs?.[0]?.answer, told.length]).toEqual(['b', 1]);
  });

  it('is one of twenty different ones at once', async () => {
    const { answer, told } = await asking([voice]);
    const verdicts = await Promise.all(Array.from({ length: 20 }, (_, index) => answer(index, 'voice')));
    expect(verdicts.filter(({ verdict }) => verdict === 'accepted')).toHaveLength(1);
    expect(told).toHaveLength(1);
  });

  it('stays stored when onInput throws, and can be given again', async () => {
    let attempts = 0;
    const onInput = async () => {
      attempts += 1;
      if (attempts === 1) throw new Error('farm is down');
    };
    const { answer, task } = await asking([voice], { onInput });
    await expect(answer('b', 'voice')).rejects.toThrow('farm is down');
    expect((await task()).inputs?.[0]?.answer).toBe('b');
    expect((await answer('b', 'voice')).verdict).toBe('duplicate');
    expect(attempts).toBe(2);
  });

  it('can be given in another process', async () => {
    const { scene, id, task } = await asking([voice]);
    expect((await answering(restarted(scene), id)('b')).verdict).toBe('accepted');
    expect((await task()).status).toBe('working');
  });

  it('needs no onInput: the outside can read it', async () => {
    const { scene, id, task } = await asking([voice]);
    await latecallOf(scene).answer({ id, scope, answer: 'b', tools: new Map() });
    expect((await task()).inputs?.[0]?.answer).toBe('b');
  });

  it('under a key that was not asked is invalid, and the message lists the keys', async () => {
    const { answer } = await asking([voice, size]);
    expect(await answer('b', 'colour')).toMatchObject({
      verdict: 'invalid',
      message: expect.stringContaining('It has asked: "voice", "size".'),
    });
  });

  it('where nothing was asked is invalid', async () => {
    const { answer } = await asking([]);
    expect((await answer('b')).verdict).toBe('invalid');
    expect((await answer('b', 'voice')).message).toContain('nothing');
  });

  it('after the outcome is a conflict, and the outside is not told', async () => {
    const { scene, id, answer, told } = await asking([voice]);
    await scene.complete(id, 'u');
    expect((await answer('b', 'voice')).verdict).toBe('conflict');
    expect(told).toEqual([]);
  });

  it('to a question that was taken back is a conflict', async () => {
    const { answer, report } = await asking([voice]);
    await report({ inputRequest: null });
    expect((await answer('b', 'voice')).verdict).toBe('conflict');
  });

  it('that is not JSON is invalid, and the question stays open', async () => {
    const { answer, task } = await asking([voice]);
    expect((await answer(1n)).verdict).toBe('invalid');
    expect((await task()).status).toBe('input_required');
  });

  it('to a task of another conversation, or of nobody, is unknown', async () => {
    const { scene, answer } = await asking([voice]);
    expect(await answer('b', 'voice', { ...scope, thread: 'chat-2' })).not.toHaveProperty('task');
    expect((await answering(scene, 'task_made_up')('b')).verdict).toBe('unknown');
  });

  it('is reported to the audit without its text', async () => {
    const { scene, answer } = await asking([voice, size]);
    await answer('the secret');
    await answer('large');
    expect(scene.reported('task.input-answered')).toEqual(['input_required', 'working']);
    expect(JSON.stringify(scene.events)).not.toMatch(/secret|voice/);
  });

  it('does not keep the result from coming while questions are open', async () => {
    const { scene, id, task } = await asking([voice]);
    await scene.complete(id, 'u');
    expect((await task()).status).toBe('completed');
  });
});

describe('a question', () => {
  it('that is asked again changes nothing, whether it has a key or not', async () => {
    const { report, task } = await asking([voice, { message: 'Why?' }]);
    expect((await report({ inputRequest: voice })).verdict).toBe('duplicate');
    expect((await report({ inputRequest: { message: 'Why?' } })).verdict).toBe('duplicate');
    expect((await task()).inputs).toHaveLength(2);
  });

  it('that was answered and is asked again under its key stays answered', async () => {
    const { report, answer, task } = await asking([voice]);
    await answer('b');
    expect((await report({ inputRequest: voice })).verdict).toBe('duplicate');
    expect((await task()).status).toBe('working');
  });

  it('without a key may be asked again once it was answered', async () => {
    const { report, answer, task } = await asking([{ message: 'Go on?' }]);
    await answer(true);
    expect((await report({ inputRequest: { message: 'Go on?' } })).verdict).toBe('accepted');
    expect((await task()).inputs?.map(({ key }) => key)).toEqual(['input-1', 'input-2']);
  });

  it('without a key gets one that is free', async () => {
    const { report, task } = await asking([{ key: 'input-2', message: 'First?' }]);
    expect((await report({ inputRequest: { message: 'Second?' } })).verdict).toBe('accepted');
    expect((await task()).inputs?.map(({ key }) => key)).toEqual(['input-2', 'input-3']);
  });

  it('under a key that was used for another one is a conflict that says so', async () => {
    const { report } = await asking([voice]);
    const other = await report({ inputRequest: { ...voice, message: 'Which other voice?' } });
    expect(other).toMatchObject({ verdict: 'conflict', message: expect.stringContaining('"voice"') });
    const schema = await report({ inputRequest: { ...voice, schema: { type: 'string' } } });
    expect(schema.verdict).toBe('conflict');
  });

  it('that is known already does not keep the progress beside it from being taken', async () => {
    const { report, task } = await asking([voice]);
    expect((await report({ inputRequest: voice, progress: { fraction: 0.5 } })).verdict).toBe('accepted');
    expect((await task()).progress).toEqual({ fraction: 0.5 });
    expect((await task()).inputs).toHaveLength(1);
  });

  it.each([
    { message: 'x', key: '' },
    { message: 'x', key: 'k'.repeat(201) },
    { message: 'x', key: 7 },
    { message: 'x'.repeat(2_001) },
    { message: 'x', schema: 'y'.repeat(20_001) },
    'Which?',
    [],
  ])('of the wrong kind is invalid (case %#)', async (inputRequest) => {
    const { report, task } = await asking([]);
    expect((await report({ inputRequest })).verdict).toBe('invalid');
    expect((await task()).status).toBe('working');
  });

  it('too many is invalid, and the message says how many are taken', async () => {
    const questions = Array.from({ length: 20 }, (_, index) => ({ message: `Question ${index}?` }));
    const { report } = await asking(questions);
    expect(await report({ inputRequest: { message: 'One more?' } })).toMatchObject({
      verdict: 'invalid',
      message: expect.stringContaining('20 questions'),
    });
  });

  it('is asked once by twenty reports at the same time', async () => {
    const { report, task } = await asking([]);
    await Promise.all(Array.from({ length: 20 }, () => report({ inputRequest: voice })));
    expect((await task()).inputs).toHaveLength(1);
  });
});

describe('news', () => {
  it('that were overtaken change nothing', async () => {
    const { report, task } = await asking([]);
    await report({ sequence: 2, progress: { fraction: 0.9 } });
    for (const sequence of [1, 2]) {
      expect((await report({ sequence, progress: { fraction: 0.1 } })).verdict).toBe('duplicate');
    }
    expect(await task()).toMatchObject({ progress: { fraction: 0.9 }, newsSequence: 2, newsCount: 1 });
  });

  it('of twenty senders at once end with the last in the order of the outside', async () => {
    const { report, task } = await asking([]);
    const shuffled = Array.from({ length: 20 }, (_, index) => (index * 7) % 20);
    await Promise.all(shuffled.map((sequence) => report({ sequence, progress: { fraction: sequence / 20 } })));
    expect((await task()).progress).toEqual({ fraction: 0.95 });
  });

  it.each([-1, 0.5, '1', Number.NaN, null])('with the sequence %j are invalid', async (sequence) => {
    const { report } = await asking([]);
    expect((await report({ sequence, progress: {} })).verdict).toBe('invalid');
  });

  it('keep the last hundred log entries, with level and time', async () => {
    const { report, task } = await asking([]);
    for (let number = 0; number <= 100; number += 1) await report({ log: `line ${number}` });
    await report({ log: { message: 'hot', level: 'warning' } });
    const { log = [] } = await task();
    expect([log.length, log[0]?.message]).toEqual([100, 'line 2']);
    expect(log.at(-1)).toEqual({ message: 'hot', level: 'warning', at: start });
  });

  it.each(['x'.repeat(2_001), 7, {}, { message: 'x', level: 'fatal' }])(
    'with a log entry of the wrong kind are invalid (case %#)',
    async (log) => {
      const { report, task } = await asking([]);
      expect((await report({ log })).verdict).toBe('invalid');
      expect(await task()).not.toHaveProperty('log');
    },
  );

  it('are bounded in number; the result is still taken', async () => {
    const { report, scene, id } = await asking([]);
    for (let number = 0; number < 1_000; number += 1) await report({ log: 'again' });
    expect(await report({ log: 'again' })).toMatchObject({
      verdict: 'invalid',
      message: expect.stringContaining('1000 news'),
    });
    expect((await scene.complete(id, 'u')).verdict).toBe('accepted');
  });

  it('are late after the deadline', async () => {
    const { report, scene } = await asking([], { deadline: '1m' });
    await scene.clock.advance(60_000);
    expect((await report({ progress: { fraction: 1 } })).verdict).toBe('late');
  });

  it('are taken after the deadline where a late result is', async () => {
    const { report, scene } = await asking([], { deadline: '1m', lateResult: 'accept' });
    await scene.clock.advance(60_000);
    expect((await report({ progress: { fraction: 1 } })).verdict).toBe('accepted');
  });

  it('say in the audit whether the status changed, and nothing of what was said', async () => {
    const { report, scene } = await asking([]);
    await report({ inputRequest: { message: 'secret?' }, log: 'secret' });
    await report({ inputRequest: null });
    expect([scene.reported('task.input-requested'), scene.reported('task.progress')]).toEqual([
      ['input_required'],
      ['working'],
    ]);
    expect(JSON.stringify(scene.events)).not.toContain('secret');
  });
});

it('progress and answers come out as they went in, as JSON', async () => {
  const { answer, task } = await asking([{ ...voice, schema: { enum: ['a', 'b'] } }]);
  await answer('b');
  const record = await task();
  expect(JSON.parse(JSON.stringify(record)) as Json).toEqual(record);
});
