import { describe, expect, it } from 'vitest';
import { createScene } from '../../test/fixtures.ts';
import { statusOf, type Verdict, verdictOf } from '../index.ts';

describe('statusOf', () => {
  it.each<[Verdict, number]>([
    ['accepted', 202],
    ['duplicate', 200],
    ['conflict', 409],
    ['late', 410],
    ['cancelled', 410],
    ['unknown', 404],
    ['unauthorized', 404],
    ['invalid', 422],
  ])('answers %s with %i', (verdict, status) => {
    expect(statusOf(verdict)).toBe(status);
  });
});

describe('verdictOf', () => {
  it.each<Verdict>(['unknown', 'unauthorized'])('keeps the task to itself when it is %s', async (verdict) => {
    const scene = createScene();
    const task = await scene.task((await scene.dispatch()).id);
    expect(verdictOf({ verdict, id: task.id, task })).not.toHaveProperty('task');
    expect(verdictOf({ verdict: 'conflict', id: task.id, task })).toHaveProperty('task', task);
  });
});
