import { describe, expect, it } from 'vitest';
import { changeTask, expiry, fitsFilter, fixedDelivery, judgeSettlement, type TaskRecord } from '../index.ts';

// What the rules make of whole stores is in the store conformance of @latecall/testing.
const task: TaskRecord = {
  id: 'task_1',
  handle: 'render_k3f9',
  scope: { thread: 'chat-1' },
  turn: 'turn_1',
  toolName: 'render',
  callIds: ['c1'],
  arguments: {},
  idempotencyKey: 'key_1',
  status: 'working',
  phase: 'dispatching',
  tokenHashes: [],
  createdAt: 0,
  deadlineAt: 100,
};
const done = (result: number) => ({ status: 'completed', result }) as const;
const cancelled = { status: 'cancelled' } as const;

describe('judgeSettlement', () => {
  it.each([
    ['accepted', task, done(1), 99],
    ['late', task, done(1), 100],
    ['duplicate', { ...task, status: 'completed', settlement: done(1) }, done(1), 100],
    ['conflict', { ...task, status: 'completed', settlement: done(1) }, done(2), 1],
    ['conflict', { ...task, phase: 'settling', settlement: done(1) }, cancelled, 1],
    ['late', { ...task, status: 'failed', settlement: expiry() }, done(1), 1],
    ['cancelled', { ...task, status: 'cancelled', settlement: cancelled }, done(1), 1],
  ] as const)('says %s', (verdict, stored, settlement, now) => {
    expect(judgeSettlement({ task: stored, settlement, now })).toBe(verdict);
  });
});

describe('changeTask', () => {
  it('leaves the task that it was given as it was', () => {
    const before = structuredClone(task);
    const change = { dispatched: { dispatchResult: 1, at: 5 }, callId: 'c2', tokenHash: 'hash' };
    expect(changeTask(task, change)).toMatchObject({ callIds: ['c1', 'c2'], tokenHashes: ['hash'], dispatchedAt: 5 });
    expect(task).toEqual(before);
  });
});

describe('fixedDelivery', () => {
  const inPlace = { kind: 'replace', offset: 0 } as const;
  const behind = { kind: 'append', offset: 2 } as const;
  it.each([
    ['none before the first claim', {}, undefined],
    ['the one of the first claim', { delivery: inPlace }, inPlace],
    ['none in the place of a placeholder that was sent', { delivery: inPlace, placeholderSentAt: 1 }, undefined],
    ['one behind a placeholder that was sent', { delivery: behind, placeholderSentAt: 1 }, behind],
  ] as const)('is %s', (_, stored, delivery) => {
    expect(fixedDelivery(stored)).toEqual(delivery);
  });
});

describe('fitsFilter', () => {
  it('takes every task for a filter without conditions, and none for a list of nothing', () => {
    expect(fitsFilter(task, {})).toBe(true);
    expect(fitsFilter(task, { statuses: [] })).toBe(false);
    expect(fitsFilter(task, { callIds: [] })).toBe(false);
    expect(fitsFilter(task, { consumed: false, statuses: ['working'], callIds: ['c1'] })).toBe(true);
  });
});
