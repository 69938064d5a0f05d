import { describe, expect, it } from 'vitest';
import { expiry } from '../parts/outcome.ts';
import { standingOf, toldStandingOf } from './standing.ts';
import type { TaskRecord } from './task.ts';

const task: TaskRecord = {
  id: 'task_1',
  handle: 'render_1',
  scope: { thread: 'chat-1' },
  turn: 'turn_1',
  toolName: 'render',
  callIds: ['call_1'],
  arguments: {},
  idempotencyKey: 'key_1',
  status: 'working',
  tokenHashes: [],
  createdAt: 0,
  deadlineAt: 10,
};
const settlement = { status: 'completed', result: 1 } as const;
const completed: TaskRecord = { ...task, status: 'completed', settlement, settledAt: 5 };

describe('standingOf', () => {
  it.each<[string, TaskRecord, number]>([
    ['working', task, 9],
    ['input_required', { ...task, status: 'input_required' }, 9],
    ['expired', task, 10],
    ['expired', { ...task, status: 'input_required' }, 10],
    ['expired', { ...task, status: 'failed', settlement: expiry() }, 20],
    ['working', { ...task, phase: 'settling', settlement, settledAt: 5 }, 20],
    ['working', { ...task, phase: 'authorizing', settlement, settledAt: 5 }, 20],
    ['completed', completed, 20],
    ['failed', { ...completed, status: 'failed', finalSettlement: { status: 'failed', error: { message: 'x' } } }, 20],
  ])('is %s', (standing, record, now) => {
    expect([standingOf(record, now), toldStandingOf(record, now)]).toEqual([standing, standing]);
  });

  it('says nothing of what a model was told; toldStandingOf does', () => {
    const withheld = { ...completed, consumption: { outcome: { status: 'withheld' }, turn: 'turn_2', at: 7 } } as const;
    expect([standingOf(withheld, 20), toldStandingOf(withheld, 20)]).toEqual(['completed', 'withheld']);
  });
});
