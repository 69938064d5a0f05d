import { describe, expect, it } from 'vitest';
import { createScene } from '../../test/fixtures.ts';
import { isDue, isOpen, isTerminal, settlementOf, type TaskRecord } from '../index.ts';

describe('isTerminal', () => {
  it('holds for the three statuses that never change', () => {
    expect((['completed', 'failed', 'cancelled'] as const).every(isTerminal)).toBe(true);
    expect((['working', 'input_required'] as const).some(isTerminal)).toBe(false);
  });
});

describe('isOpen', () => {
  it('holds while an outcome may still come, and no longer once one has won', () => {
    expect(isOpen({ status: 'working' })).toBe(true);
    expect(isOpen({ status: 'working', phase: 'dispatching' })).toBe(true);
    expect(isOpen({ status: 'input_required' })).toBe(true);
    expect(isOpen({ status: 'working', phase: 'settling' })).toBe(false);
    expect(isOpen({ status: 'completed' })).toBe(false);
  });
});

describe('isDue', () => {
  it('holds from the deadline on', () => {
    expect(isDue({ deadlineAt: 5 }, 4)).toBe(false);
    expect(isDue({ deadlineAt: 5 }, 5)).toBe(true);
    expect(isDue({}, 5)).toBe(false);
  });
});

describe('settlementOf', () => {
  const taskOf = async (): Promise<TaskRecord> => {
    const scene = createScene();
    return scene.task((await scene.dispatch()).id);
  };
  const settlement = { status: 'completed', result: 1 } as const;
  const finalSettlement = { status: 'completed', result: 2 } as const;

  it('is nothing while the task is not terminal, even if an outcome has won', async () => {
    const task = await taskOf();
    expect(settlementOf(task)).toBeUndefined();
    expect(settlementOf({ ...task, phase: 'settling', settlement })).toBeUndefined();
  });

  it('is what onResult made of the outcome, else the outcome', async () => {
    const task = await taskOf();
    expect(settlementOf({ ...task, status: 'completed', settlement })).toEqual(settlement);
    expect(settlementOf({ ...task, status: 'completed', settlement, finalSettlement })).toEqual(finalSettlement);
  });
});
