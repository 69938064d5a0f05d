import type { Outcome } from '@latecall/core';
import { describe, expect, it } from 'vitest';
import { createFakeClock } from './fake-clock.ts';
import { createOutsideWorld, type OutsideDelivery } from './outside-world.ts';

const done = (result: string): Outcome => ({ status: 'completed', result });

function createScene() {
  const clock = createFakeClock(0);
  const delivered: (OutsideDelivery & { at: number })[] = [];
  const outside = createOutsideWorld({
    clock,
    deliver: (delivery) => void delivered.push({ ...delivery, at: clock.now() }),
  });
  outside.submit({ id: 'task_1', idempotencyKey: 'key_1', input: 'a' });
  outside.submit({ id: 'task_2', idempotencyKey: 'key_2', input: 'b' });
  return { clock, outside, delivered, one: outside.jobOf('task_1'), two: outside.jobOf('task_2') };
}

describe('the outside world', () => {
  it('does the work of one key once, and gives the same receipt again', () => {
    const { outside } = createScene();
    expect(outside.submit({ id: 'task_9', idempotencyKey: 'key_1', input: 'a' })).toEqual({ jobId: 'job_1' });
    expect(outside.jobs).toHaveLength(2);
    expect(outside.log.map(({ type }) => type)).toEqual(['submitted', 'submitted', 'deduplicated']);
  });

  it('delivers a result to the task that asked for it', async () => {
    const { outside, delivered, one } = createScene();
    await outside.finish(one, done('u'));
    expect(delivered).toEqual([{ id: 'task_1', outcome: done('u'), at: 0 }]);
  });

  it('delivers late, and so in another order', async () => {
    const { clock, outside, delivered, one, two } = createScene();
    await outside.finish(one, done('a'), { after: 200 });
    await outside.finish(two, done('b'), { after: 100 });
    await clock.advance(200);
    expect(delivered.map(({ id, at }) => [id, at])).toEqual([
      ['task_2', 100],
      ['task_1', 200],
    ]);
  });

  it('delivers twice, the same or something else', async () => {
    const { clock, outside, delivered, one, two } = createScene();
    await outside.finish(one, done('a'), { duplicateAfter: 50 });
    await outside.finish(two, done('b'), { duplicateAfter: 50, secondOutcome: done('other') });
    await clock.advance(50);
    const of = (id: string) => delivered.filter((delivery) => delivery.id === id).map(({ outcome }) => outcome);
    expect(of('task_1')).toEqual([done('a'), done('a')]);
    expect(of('task_2')).toEqual([done('b'), done('other')]);
  });

  it('loses a result, and says so in its log', async () => {
    const { outside, delivered, one } = createScene();
    await outside.finish(one, done('a'), { drop: true });
    expect(delivered).toEqual([]);
    expect(outside.log.at(-1)).toEqual({ type: 'dropped', jobId: 'job_1', id: 'task_1' });
  });

  it('delivers to a wrong id', async () => {
    const { outside, delivered, one } = createScene();
    await outside.finish(one, done('a'), { toId: 'task_' });
    expect(delivered.map(({ id }) => id)).toEqual(['task_']);
  });

  it('knows no job that nobody asked for', () => {
    expect(() => createScene().outside.jobOf('task_3')).toThrow('The outside was never asked for task "task_3".');
  });
});
