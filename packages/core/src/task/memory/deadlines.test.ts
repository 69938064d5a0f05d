import { describe, expect, it } from 'vitest';
import type { TaskRecord } from '../task.ts';
import { createDeadlines } from './deadlines.ts';
import type { Entry } from './entry.ts';

const entryOf = (deadlineAt: number): Entry => {
  const task: TaskRecord = {
    id: `task_${deadlineAt}`,
    handle: 'render_1',
    scope: { thread: 'chat-1' },
    turn: 'turn_1',
    toolName: 'render',
    callIds: ['c1'],
    arguments: {},
    idempotencyKey: 'key_1',
    status: 'working',
    tokenHashes: [],
    createdAt: 0,
    deadlineAt,
  };
  return { task, seat: undefined, older: undefined };
};

/** A hundred and one of them, in no order. */
const entries = () => Array.from({ length: 101 }, (_, index) => entryOf((index * 37) % 101));

function placed(all: readonly Entry[]) {
  const deadlines = createDeadlines();
  for (const entry of all) deadlines.place(entry);
  return deadlines;
}

/** Takes out what is due, and tells when it was. */
function drain(deadlines: ReturnType<typeof createDeadlines>, now: number) {
  const order: (number | undefined)[] = [];
  for (const entry of deadlines.due(now)) {
    order.push(entry.task.deadlineAt);
    deadlines.remove(entry);
  }
  return order;
}

describe('createDeadlines', () => {
  it('gives what is due, the first one first, and leaves the rest', () => {
    const deadlines = placed(entries());
    expect(drain(deadlines, 60)).toEqual(Array.from({ length: 61 }, (_, index) => index));
    expect(deadlines.first()?.task.deadlineAt).toBe(61);
  });

  it('keeps its order whoever leaves', () => {
    const all = entries();
    const deadlines = placed(all);
    for (const entry of all.filter((_, index) => index % 3 === 0)) deadlines.remove(entry);
    const left = all.filter((_, index) => index % 3 > 0).map(({ task }) => task.deadlineAt ?? 0);
    expect(drain(deadlines, 101)).toEqual(left.toSorted((one, other) => one - other));
    expect(deadlines.first()).toBeUndefined();
  });

  it('lets a task go that has its outcome, and takes none in twice', () => {
    const entry = entryOf(1);
    const deadlines = placed([entry, entry, entryOf(2)]);
    entry.task = { ...entry.task, status: 'completed' };
    deadlines.place(entry);
    deadlines.place(entry);
    expect(drain(deadlines, 2)).toEqual([2]);
  });
});
