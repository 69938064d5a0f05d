import {
  createMemoryStore,
  isTerminal,
  judgeSettlement,
  type NewTask,
  noteOn,
  type Scope,
  type Settlement,
  type TaskNote,
  type TaskRecord,
  type TaskStore,
} from '@latecall/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import './seed.ts';

const scope: Scope = { tenant: 'acme', thread: 'chat-1' };
const ref = { scope, id: 'task_1' };
const deadlineAt = 50;

/** What the test believes of the task. */
interface Believed {
  now: number;
  task: TaskRecord;
  claimant: string | undefined;
}

interface Real {
  readonly store: TaskStore;
}

type Command = fc.AsyncCommand<Believed, Real>;

const settlements = fc.constantFrom<Settlement>(
  { status: 'completed', result: 1 },
  { status: 'completed', result: 2 },
  { status: 'failed', error: { message: 'm' } },
  { status: 'cancelled' },
);

async function read(real: Real): Promise<TaskRecord> {
  const task = await real.store.get(ref);
  if (task === undefined) throw new Error('The task is gone.');
  return task;
}

/** What never changes once it is there. */
function checkLasting(before: TaskRecord, after: TaskRecord): void {
  for (const key of ['settlement', 'settledAt', 'consumption', 'dispatchedAt', 'placeholderSentAt'] as const) {
    if (before[key] !== undefined) expect(after[key]).toEqual(before[key]);
  }
  if (isTerminal(before.status))
    expect([after.status, after.finalSettlement]).toEqual([before.status, before.finalSettlement]);
  expect(isTerminal(after.status)).toBe(isTerminal(after.status) && after.settlement !== undefined);
}

function command(words: string, run: (believed: Believed, real: Real) => Promise<void>): Command {
  return {
    check: () => true,
    toString: () => words,
    run: async (believed, real) => {
      const before = believed.task;
      await run(believed, real);
      believed.task = await read(real);
      checkLasting(before, believed.task);
    },
  };
}

const settle = fc
  .tuple(settlements, fc.constantFrom(undefined, 'settling' as const, 'authorizing' as const))
  .map(([settlement, hold]) =>
    command(`settle(${JSON.stringify(settlement)}, ${hold})`, async ({ now, task }, { store }) => {
      const { verdict } = await store.settle(ref, { settlement, now, hold });
      expect(verdict).toBe(judgeSettlement({ task, settlement, now }));
      const after = await store.get(ref);
      if (verdict !== 'accepted') expect(after).toEqual(task);
      else expect([after?.settlement, after?.phase]).toEqual([settlement, hold]);
    }),
  );
const finish = settlements.map((settlement) =>
  command(`finish(${JSON.stringify(settlement)})`, async ({ task }, { store }) => {
    const held = task.phase === 'settling' || task.phase === 'authorizing';
    const after = await store.finish(ref, settlement);
    if (held)
      expect([after?.finalSettlement, after?.status, after?.phase]).toEqual([settlement, settlement.status, undefined]);
    else expect(after).toEqual(task);
  }),
);
const expire = fc.constant(
  command('expireDue', async ({ now, task }, { store }) => {
    const expired = await store.expireDue({ now });
    const due = now >= deadlineAt && task.settlement === undefined && !isTerminal(task.status);
    expect(expired.map(({ id }) => id)).toEqual(due ? [ref.id] : []);
  }),
);
const claim = fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom(undefined, 20)).map(([claimant, takeOverAfterMs]) =>
  command(`claim(${claimant}, ${takeOverAfterMs})`, async (believed, { store }) => {
    const { now, task } = believed;
    const wanted = [{ id: ref.id, delivery: { kind: 'append', offset: 2 } as const }];
    const takeOver = takeOverAfterMs === undefined ? {} : { takeOverAfterMs };
    const claimed = await store.claim({ scope, claimant, now, wanted, ...takeOver });
    const { claim: other } = task;
    const stale = other !== undefined && takeOverAfterMs !== undefined && other.at <= now - takeOverAfterMs;
    const free = other === undefined || other.claimant === claimant || stale;
    const expected = isTerminal(task.status) && task.consumption === undefined && free;
    expect(claimed).toHaveLength(expected ? 1 : 0);
    if (expected) believed.claimant = claimant;
  }),
);
const consume = fc.constantFrom('a', 'b').map((claimant) =>
  command(`consume(${claimant})`, async (believed, { store }) => {
    const { now, task } = believed;
    const told = { outcome: { status: 'cancelled' } as const };
    const consumed = await store.consume(ref, { claimant, turn: `turn of ${claimant}`, now, told });
    expect(consumed).toBe(believed.claimant === claimant && task.consumption === undefined);
  }),
);
const release = fc.tuple(fc.constantFrom('a', 'b'), fc.boolean()).map(([claimant, sent]) =>
  command(`release(${claimant}, ${sent})`, async (believed, { store }) => {
    await store.release({ scope, claimant, ids: [ref.id], sent });
    if (believed.claimant === claimant && believed.task.consumption === undefined) believed.claimant = undefined;
  }),
);
const update = fc
  .constantFrom({ dispatched: { dispatchResult: 1, at: 5 } }, { placeholderSentAt: 7 }, { callId: 'c2' })
  .map((change) =>
    command(`update(${JSON.stringify(change)})`, async (_, { store }) => void (await store.update(ref, change))),
  );
const note = fc
  .constantFrom<TaskNote>(
    { type: 'news', at: 1, progress: { fraction: 0.5 } },
    { type: 'news', at: 2, inputRequest: { key: 'q', message: 'Which?' } },
    { type: 'answer', at: 3, key: 'q', answer: 1 },
    { type: 'news', at: 4, withdrawn: true },
  )
  .map((written) =>
    command(`note(${JSON.stringify(written)})`, async ({ task }, { store }) => {
      const { verdict, task: after } = await store.note(ref, written);
      expect({ verdict, task: after }).toEqual(noteOn(task, written));
    }),
  );
const pass = fc.integer({ min: 1, max: 30 }).map(
  (ms): Command => ({
    check: () => true,
    toString: () => `pass(${ms})`,
    run: async (believed) => {
      believed.now += ms;
    },
  }),
);

describe('the states of a task in the memory store', () => {
  it('follow the rules of core whatever is done in whatever order', async () => {
    const commands = fc.commands([settle, finish, expire, claim, consume, release, update, note, pass], {
      maxCommands: 40,
    });
    const newTask: NewTask = {
      ...ref,
      handle: 'render_2345',
      turn: 'turn_1',
      toolName: 'render',
      callIds: ['c1'],
      arguments: {},
      idempotencyKey: 'key_1',
      tokenHashes: [],
      createdAt: 0,
      deadlineAt,
    };
    await fc.assert(
      fc.asyncProperty(commands, async (sequence) => {
        const store = createMemoryStore();
        const created = await store.create(newTask);
        if (created.result !== 'created') throw new Error('The task was not created.');
        const setup = () => ({ model: { now: 0, task: created.task, claimant: undefined }, real: { store } });
        await fc.asyncModelRun(setup, sequence);
      }),
      { numRuns: 300 },
    );
  });
});
