import assert from 'node:assert/strict';
import type { ClaimRequest, NewTask, Outcome, Scope, Settlement, TaskDelivery, TaskStore } from '../src/index.ts';

/** The store of one case, empty at its start. */
type CreateStore = () => TaskStore | Promise<TaskStore>;
type Case = (store: TaskStore) => Promise<void>;

const scope: Scope = { tenant: 'acme', thread: 'chat-1' };
const created = 1_000_000;
const now = created + 1_000;
const inPlace: TaskDelivery = { kind: 'replace', offset: 0 };
const behind: TaskDelivery = { kind: 'append', offset: 4 };

const newTask = (over: Partial<NewTask> = {}): NewTask => ({
  id: 'task_1',
  handle: `render_${over.id ?? 'task_1'}`,
  scope,
  turn: 'turn_1',
  toolName: 'render',
  callIds: ['c1'],
  arguments: { script: 'a' },
  idempotencyKey: `key_${over.id ?? 'task_1'}`,
  tokenHashes: [],
  createdAt: created,
  ...over,
});

const done = (result: Extract<Settlement, { status: 'completed' }>['result']): Settlement => ({
  status: 'completed',
  result,
});
const ref = { scope, id: 'task_1' };
const times = <VALUE>(count: number, make: (index: number) => Promise<VALUE>): Promise<VALUE[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

const wants = (over: Partial<ClaimRequest> = {}): ClaimRequest => ({
  scope,
  claimant: 'run-1',
  now,
  wanted: [{ id: 'task_1', delivery: inPlace }],
  ...over,
});
const told: { outcome: Outcome } = { outcome: { status: 'completed', result: 1 } };
const by = (claimant: string) => ({ claimant, turn: `turn of ${claimant}`, now, told });

const ids = (tasks: readonly { id: string }[]) => tasks.map(({ id }) => id);

/** A store with one settled task, `task_1`. */
async function settled(store: TaskStore, settlement: Settlement = done(1)): Promise<void> {
  await store.create(newTask());
  await store.settle(ref, { settlement, now });
}

const creating: Record<string, Case> = {
  'create starts a task working, in phase dispatching': async (store) => {
    const outcome = await store.create(newTask());
    assert.deepEqual(outcome, { result: 'created', task: { ...newTask(), status: 'working', phase: 'dispatching' } });
  },

  'create starts a task that was dispatched elsewhere without a phase': async (store) => {
    const task = newTask({ dispatchedAt: created, dispatchResult: { job: 1 } });
    assert.deepEqual(await store.create(task), { result: 'created', task: { ...task, status: 'working' } });
  },

  'create gives the first task to a second one with its id': async (store) => {
    await store.create(newTask());
    const second = await store.create(newTask({ idempotencyKey: 'other', handle: 'other', arguments: 'other' }));
    assert.equal(second.result, 'exists');
    assert.deepEqual('task' in second && second.task.arguments, { script: 'a' });
  },

  'create gives the first task to a second one with its key': async (store) => {
    await store.create(newTask({ idempotencyKey: 'key' }));
    const second = await store.create(newTask({ id: 'task_2', idempotencyKey: 'key' }));
    assert.equal(second.result, 'exists');
    assert.equal('task' in second && second.task.id, 'task_1');
    assert.equal(await store.get({ scope, id: 'task_2' }), undefined);
  },

  'create makes one task of fifty at once with one key': async (store) => {
    const outcomes = await times(50, (index) =>
      store.create(newTask({ id: `task_${index}`, idempotencyKey: 'one key' })),
    );
    const winners = outcomes.filter(({ result }) => result === 'created');
    assert.equal(winners.length, 1);
    assert.equal(new Set(outcomes.map((outcome) => 'task' in outcome && outcome.task.id)).size, 1);
    assert.equal((await store.list(scope)).length, 1);
  },

  'create refuses a handle that its thread has, in another branch too': async (store) => {
    await store.create(newTask({ handle: 'render_k3f9' }));
    const branch = { ...scope, branch: 'b' };
    for (const where of [scope, branch]) {
      const second = await store.create(newTask({ id: 'task_2', scope: where, handle: 'render_k3f9' }));
      assert.deepEqual(second, { result: 'handle_taken' });
    }
  },

  'create gives one of fifty at once a handle': async (store) => {
    const outcomes = await times(50, (index) => store.create(newTask({ id: `task_${index}`, handle: 'render_k3f9' })));
    assert.equal(outcomes.filter(({ result }) => result === 'created').length, 1);
    assert.equal(outcomes.filter(({ result }) => result === 'handle_taken').length, 49);
  },

  'create takes a handle again in another thread of the tenant': async (store) => {
    await store.create(newTask({ handle: 'render_k3f9' }));
    const other = newTask({ id: 'task_2', scope: { ...scope, thread: 'chat-2' }, handle: 'render_k3f9' });
    assert.equal((await store.create(other)).result, 'created');
  },

  'create leaves nothing behind when the handle is taken': async (store) => {
    await store.create(newTask({ handle: 'render_k3f9' }));
    await store.create(newTask({ id: 'task_2', handle: 'render_k3f9' }));
    assert.equal(await store.get({ scope, id: 'task_2' }), undefined);
    assert.equal((await store.create(newTask({ id: 'task_2', handle: 'render_other' }))).result, 'created');
  },

  'two tenants with equal ids, keys, handles and call ids never meet': async (store) => {
    const theirs = { tenant: 'other', thread: scope.thread };
    await store.create(newTask({ arguments: 'ours' }));
    assert.equal((await store.create(newTask({ scope: theirs, arguments: 'theirs' }))).result, 'created');
    await store.settle({ scope: theirs, id: 'task_1' }, { settlement: done('theirs'), now });
    assert.equal((await store.get(ref))?.arguments, 'ours');
    assert.equal((await store.get(ref))?.status, 'working');
    assert.equal((await store.get({ scope: theirs, id: 'task_1' }))?.arguments, 'theirs');
    assert.deepEqual(
      (await store.list(theirs, { callIds: ['c1'] })).map((task) => task.arguments),
      ['theirs'],
    );
  },

  'two tenants with equal keys, handles and call ids never meet': async (store) => {
    const theirs = { tenant: 'other', thread: scope.thread };
    const equal = { idempotencyKey: 'key', handle: 'render_k3f9' };
    await store.create(newTask(equal));
    assert.equal((await store.create(newTask({ ...equal, id: 'task_2', scope: theirs }))).result, 'created');
    assert.deepEqual(ids(await store.list(scope, { callIds: ['c1'] })), ['task_1']);
    assert.deepEqual(ids(await store.list(theirs, { callIds: ['c1'] })), ['task_2']);
  },

  'a branch, and no branch, are different scopes': async (store) => {
    const branch = { ...scope, branch: 'b' };
    await store.create(newTask());
    assert.equal(await store.get({ scope: branch, id: 'task_1' }), undefined);
    assert.deepEqual(await store.list(branch), []);
    const same = newTask({ id: 'task_2', scope: branch, idempotencyKey: 'key_task_1' });
    assert.equal((await store.create(same)).result, 'created');
  },
};

const reading: Record<string, Case> = {
  'get knows nothing of an id that was never created': async (store) => {
    assert.equal(await store.get(ref), undefined);
  },

  'get knows nothing of an id of another scope': async (store) => {
    await store.create(newTask());
    assert.equal(await store.get({ scope: { thread: scope.thread }, id: 'task_1' }), undefined);
  },

  'get gives every field of the task back': async (store) => {
    const task = newTask({
      deadlineAt: now,
      snapshot: { commit: 'abc' },
      tokenHashes: ['hash'],
      callIds: ['c1', 'c2'],
      arguments: { list: [1, null, false, '', { deep: 'ö' }] },
    });
    await store.create(task);
    assert.deepEqual(await store.get(ref), { ...task, status: 'working', phase: 'dispatching' });
  },

  'a task survives a JSON round trip at every stage': async (store) => {
    await store.create(newTask({ snapshot: { commit: 'abc' } }));
    const survives = async () => {
      const task = await store.get(ref);
      assert.deepEqual(JSON.parse(JSON.stringify(task)), task);
    };
    await survives();
    await store.update(ref, { dispatched: { dispatchResult: null, at: now }, placeholderSentAt: now });
    await survives();
    await store.settle(ref, { settlement: done(null), now });
    await survives();
    await store.claim(wants());
    await survives();
    await store.consume(ref, by('run-1'));
    await survives();
  },

  'locate tells the scope of a task by its id alone': async (store) => {
    await store.create(newTask());
    assert.deepEqual(await store.locate('task_1'), scope);
    assert.equal(await store.locate('task_2'), undefined);
  },

  'list gives the tasks of its scope, oldest first': async (store) => {
    await store.create(newTask({ id: 'b', createdAt: 1 }));
    await store.create(newTask({ id: 'a', createdAt: 2 }));
    await store.create(newTask({ id: 'elsewhere', scope: { thread: 'chat-2' }, createdAt: 3 }));
    assert.deepEqual(ids(await store.list(scope)), ['b', 'a']);
  },

  'list is empty for a scope that it never saw': async (store) => {
    assert.deepEqual(await store.list(scope), []);
  },

  'list filters by status': async (store) => {
    await settled(store);
    await store.create(newTask({ id: 'task_2' }));
    assert.deepEqual(ids(await store.list(scope, { statuses: ['working'] })), ['task_2']);
    assert.deepEqual(ids(await store.list(scope, { statuses: ['completed', 'working'] })), ['task_1', 'task_2']);
    assert.deepEqual(ids(await store.list(scope, { statuses: [] })), []);
  },

  'list filters by any of the call ids, also one that was added': async (store) => {
    await store.create(newTask());
    await store.create(newTask({ id: 'task_2', callIds: ['c2'] }));
    await store.update(ref, { callId: 'c9' });
    assert.deepEqual(ids(await store.list(scope, { callIds: ['c9'] })), ['task_1']);
    assert.deepEqual(ids(await store.list(scope, { callIds: ['c2', 'c9', 'none'] })), ['task_1', 'task_2']);
    assert.deepEqual(ids(await store.list(scope, { callIds: [] })), []);
  },

  'list filters by consumption, where pending counts as not consumed': async (store) => {
    await settled(store);
    await store.create(newTask({ id: 'task_2' }));
    await store.claim(wants());
    await store.consume(ref, by('run-1'));
    assert.deepEqual(ids(await store.list(scope, { consumed: true })), ['task_1']);
    assert.deepEqual(ids(await store.list(scope, { consumed: false })), ['task_2']);
  },

  'conditions of a filter add up': async (store) => {
    await settled(store);
    await store.create(newTask({ id: 'task_2' }));
    assert.deepEqual(ids(await store.list(scope, { statuses: ['working'], callIds: ['c1'] })), ['task_2']);
    assert.deepEqual(ids(await store.list(scope, { statuses: ['working'], callIds: ['c2'] })), []);
  },
};

const updating: Record<string, Case> = {
  'update with a dispatch result ends the phase dispatching': async (store) => {
    await store.create(newTask());
    const task = await store.update(ref, { dispatched: { dispatchResult: { job: 1 }, at: now } });
    assert.deepEqual(task, { ...newTask(), status: 'working', dispatchResult: { job: 1 }, dispatchedAt: now });
    assert.deepEqual(await store.get(ref), task);
  },

  'the first dispatch result stays': async (store) => {
    await store.create(newTask());
    await store.update(ref, { dispatched: { dispatchResult: 1, at: now } });
    const task = await store.update(ref, { dispatched: { dispatchResult: 2, at: now + 1 } });
    assert.equal(task?.dispatchResult, 1);
    assert.equal(task?.dispatchedAt, now);
  },

  'of many dispatch results at once one stays, with its time': async (store) => {
    await store.create(newTask());
    await times(20, (index) => store.update(ref, { dispatched: { dispatchResult: index, at: now + index } }));
    const task = await store.get(ref);
    assert.equal(task?.dispatchedAt, now + Number(task?.dispatchResult));
  },

  'falsy dispatch results are results': async (store) => {
    for (const dispatchResult of [null, false, 0, '']) {
      const id = `task_${JSON.stringify(dispatchResult)}`;
      await store.create(newTask({ id }));
      await store.update({ scope, id }, { dispatched: { dispatchResult, at: now } });
      await store.update({ scope, id }, { dispatched: { dispatchResult: 'second', at: now } });
      assert.equal((await store.get({ scope, id }))?.dispatchResult, dispatchResult);
    }
  },

  'update adds a call id once': async (store) => {
    await store.create(newTask());
    await store.update(ref, { callId: 'c2' });
    await store.update(ref, { callId: 'c2' });
    assert.deepEqual((await store.get(ref))?.callIds, ['c1', 'c2']);
  },

  'update loses none of twenty call ids that come at once': async (store) => {
    await store.create(newTask());
    await times(20, (index) => store.update(ref, { callId: `re-run ${index}` }));
    assert.equal((await store.get(ref))?.callIds.length, 21);
  },

  'update adds token hashes': async (store) => {
    await store.create(newTask());
    await store.update(ref, { tokenHash: 'one' });
    await store.update(ref, { tokenHash: 'two' });
    assert.deepEqual((await store.get(ref))?.tokenHashes, ['one', 'two']);
  },

  'the first time that the placeholder was sent stays': async (store) => {
    await store.create(newTask());
    await store.update(ref, { placeholderSentAt: now });
    await store.update(ref, { placeholderSentAt: now + 1 });
    assert.equal((await store.get(ref))?.placeholderSentAt, now);
  },

  'update moves a task between working and input_required': async (store) => {
    await store.create(newTask());
    assert.equal((await store.update(ref, { status: 'input_required' }))?.status, 'input_required');
    assert.equal((await store.update(ref, { status: 'working' }))?.status, 'working');
  },

  'update refuses a status for a terminal task, and the rest of the change with it': async (store) => {
    await settled(store);
    assert.equal(await store.update(ref, { status: 'working', callId: 'c2' }), undefined);
    const task = await store.get(ref);
    assert.equal(task?.status, 'completed');
    assert.deepEqual(task?.callIds, ['c1']);
  },

  'update refuses a status once an outcome has won': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: true });
    assert.equal(await store.update(ref, { status: 'input_required' }), undefined);
    assert.equal((await store.get(ref))?.phase, 'settling');
  },

  'update takes everything but a status for a terminal task': async (store) => {
    await settled(store);
    const change = { placeholderSentAt: now, callId: 'c2', dispatched: { dispatchResult: 'late receipt', at: now } };
    const task = await store.update(ref, change);
    assert.equal(task?.placeholderSentAt, now);
    assert.equal(task?.dispatchResult, 'late receipt');
    assert.equal(task?.status, 'completed');
    assert.deepEqual(task?.callIds, ['c1', 'c2']);
  },

  'a receipt that comes after a held outcome leaves it held': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: true });
    const task = await store.update(ref, { dispatched: { dispatchResult: 'late receipt', at: now } });
    assert.equal(task?.phase, 'settling');
    assert.equal(task?.dispatchResult, 'late receipt');
  },

  'update knows nothing of an id of another scope': async (store) => {
    await store.create(newTask());
    assert.equal(await store.update({ scope: { thread: 'x' }, id: 'task_1' }, { callId: 'c2' }), undefined);
    assert.deepEqual((await store.get(ref))?.callIds, ['c1']);
  },
};

const settling: Record<string, Case> = {
  'settle accepts the first outcome and stores it with its time': async (store) => {
    await store.create(newTask());
    const { verdict, task } = await store.settle(ref, { settlement: done({ url: 'u' }), now });
    assert.equal(verdict, 'accepted');
    assert.deepEqual(task, { ...newTask(), status: 'completed', settlement: done({ url: 'u' }), settledAt: now });
    assert.deepEqual(await store.get(ref), task);
  },

  'settle accepts for a task that waits for input': async (store) => {
    await store.create(newTask());
    await store.update(ref, { status: 'input_required' });
    assert.equal((await store.settle(ref, { settlement: done(1), now })).verdict, 'accepted');
  },

  'settle stores falsy results as they are': async (store) => {
    for (const result of [null, false, 0, '']) {
      const id = `task_${JSON.stringify(result)}`;
      await store.create(newTask({ id }));
      await store.settle({ scope, id }, { settlement: done(result), now });
      assert.equal((await store.settle({ scope, id }, { settlement: done(1), now })).verdict, 'conflict');
      assert.deepEqual((await store.get({ scope, id }))?.settlement, done(result));
    }
  },

  'settle gives failures and cancellations their status': async (store) => {
    const failed = { status: 'failed', error: { message: 'no', code: 'x' } } as const;
    const cancelled = { status: 'cancelled', reason: 'enough' } as const;
    for (const settlement of [failed, cancelled]) {
      const id = settlement.status;
      await store.create(newTask({ id }));
      const { task } = await store.settle({ scope, id }, { settlement, now });
      assert.equal(task?.status, settlement.status);
      assert.deepEqual(task?.settlement, settlement);
    }
  },

  'of a hundred outcomes at once one wins, and its value is stored': async (store) => {
    await store.create(newTask());
    const attempts = await times(100, (index) => store.settle(ref, { settlement: done(index), now }));
    const winners = attempts.flatMap(({ verdict }, index) => (verdict === 'accepted' ? [index] : []));
    assert.equal(winners.length, 1);
    assert.deepEqual((await store.get(ref))?.settlement, done(winners[0] ?? -1));
    assert.equal(attempts.filter(({ verdict }) => verdict === 'conflict').length, 99);
  },

  'of a hundred equal outcomes at once one is accepted and the rest are duplicates': async (store) => {
    await store.create(newTask());
    const attempts = await times(100, () => store.settle(ref, { settlement: done('same'), now }));
    assert.equal(attempts.filter(({ verdict }) => verdict === 'accepted').length, 1);
    assert.equal(attempts.filter(({ verdict }) => verdict === 'duplicate').length, 99);
  },

  'the same outcome again is a duplicate, whatever the order of its keys': async (store) => {
    await settled(store, done({ a: 1, b: [2] }));
    const { verdict, task } = await store.settle(ref, { settlement: done({ b: [2], a: 1 }), now: now + 9 });
    assert.equal(verdict, 'duplicate');
    assert.equal(task?.settledAt, now);
  },

  'another outcome is a conflict and is shown the first one': async (store) => {
    await settled(store);
    const { verdict, task } = await store.settle(ref, { settlement: done(2), now });
    assert.equal(verdict, 'conflict');
    assert.deepEqual(task?.settlement, done(1));
  },

  'a failure after a result is a conflict': async (store) => {
    await settled(store);
    const failed = { status: 'failed', error: { message: 'no' } } as const;
    assert.equal((await store.settle(ref, { settlement: failed, now })).verdict, 'conflict');
    assert.equal((await store.get(ref))?.status, 'completed');
  },

  'an outcome after the deadline is late although nobody swept': async (store) => {
    await store.create(newTask({ deadlineAt: now }));
    assert.equal((await store.settle(ref, { settlement: done(1), now })).verdict, 'late');
    assert.equal((await store.get(ref))?.settlement, undefined);
  },

  'an outcome just before the deadline is accepted': async (store) => {
    await store.create(newTask({ deadlineAt: now + 1 }));
    assert.equal((await store.settle(ref, { settlement: done(1), now })).verdict, 'accepted');
  },

  'an outcome after the sweep is late': async (store) => {
    await store.create(newTask({ deadlineAt: now }));
    await store.expireDue({ now });
    const { verdict, task } = await store.settle(ref, { settlement: done(1), now });
    assert.equal(verdict, 'late');
    assert.equal(task?.status, 'failed');
  },

  'the same result sent again after the deadline is still a duplicate': async (store) => {
    await store.create(newTask({ deadlineAt: now + 1 }));
    await store.settle(ref, { settlement: done(1), now });
    assert.equal((await store.settle(ref, { settlement: done(1), now: now + 9 })).verdict, 'duplicate');
  },

  'an outcome after the cancellation is told so': async (store) => {
    await settled(store, { status: 'cancelled' });
    assert.equal((await store.settle(ref, { settlement: done(1), now })).verdict, 'cancelled');
    assert.equal((await store.get(ref))?.status, 'cancelled');
  },

  'the same cancellation again is a duplicate': async (store) => {
    await settled(store, { status: 'cancelled', reason: 'enough' });
    const again = await store.settle(ref, { settlement: { status: 'cancelled', reason: 'enough' }, now });
    assert.equal(again.verdict, 'duplicate');
  },

  'a cancellation after the result is a conflict': async (store) => {
    await settled(store);
    assert.equal((await store.settle(ref, { settlement: { status: 'cancelled' }, now })).verdict, 'conflict');
  },

  'an expiry that was brought, brought again, is a duplicate': async (store) => {
    const expired = { status: 'failed', error: { code: 'expired', message: 'gave up' } } as const;
    await settled(store, expired);
    assert.equal((await store.settle(ref, { settlement: expired, now })).verdict, 'duplicate');
  },

  'an id that was never created is unknown': async (store) => {
    assert.deepEqual(await store.settle(ref, { settlement: done(1), now }), { verdict: 'unknown' });
  },

  'an id of another scope is unknown': async (store) => {
    await store.create(newTask());
    const attempt = await store.settle({ scope: { thread: 'x' }, id: 'task_1' }, { settlement: done(1), now });
    assert.deepEqual(attempt, { verdict: 'unknown' });
    assert.equal((await store.get(ref))?.status, 'working');
  },
};

const holding: Record<string, Case> = {
  'a held outcome leaves the task working, in phase settling': async (store) => {
    await store.create(newTask());
    const { verdict, task } = await store.settle(ref, { settlement: done(1), now, hold: true });
    assert.equal(verdict, 'accepted');
    assert.equal(task?.status, 'working');
    assert.equal(task?.phase, 'settling');
  },

  'rivals of a held outcome lose as if it were settled': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: true });
    assert.equal((await store.settle(ref, { settlement: done(1), now })).verdict, 'duplicate');
    assert.equal((await store.settle(ref, { settlement: done(2), now })).verdict, 'conflict');
    assert.equal((await store.settle(ref, { settlement: { status: 'cancelled' }, now })).verdict, 'conflict');
  },

  'finish stores what counts beside what arrived': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: true });
    const task = await store.finish(ref, done('made of it'));
    assert.equal(task?.status, 'completed');
    assert.equal(task?.phase, undefined);
    assert.deepEqual(task?.settlement, done(1));
    assert.deepEqual(task?.finalSettlement, done('made of it'));
  },

  'the outcome that arrived stays the one that attempts are compared with': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: true });
    await store.finish(ref, done('made of it'));
    assert.equal((await store.settle(ref, { settlement: done(1), now })).verdict, 'duplicate');
    assert.equal((await store.settle(ref, { settlement: done('made of it'), now })).verdict, 'conflict');
  },

  'finish may turn a result into a failure': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: true });
    const task = await store.finish(ref, { status: 'failed', error: { message: 'no' } });
    assert.equal(task?.status, 'failed');
  },

  'the first finish stays, and all are given what it stored': async (store) => {
    await store.create(newTask());
    await store.settle(ref, { settlement: done(1), now, hold: true });
    const finished = await times(20, (index) => store.finish(ref, done(index)));
    const values = new Set(finished.map((task) => JSON.stringify(task?.finalSettlement)));
    assert.equal(values.size, 1);
    assert.deepEqual((await store.get(ref))?.finalSettlement, finished[0]?.finalSettlement);
  },

  'finish changes nothing about a task that is not held': async (store) => {
    await store.create(newTask());
    assert.equal((await store.finish(ref, done(1)))?.status, 'working');
    assert.equal((await store.get(ref))?.finalSettlement, undefined);
  },

  'finish knows nothing of an id that was never created': async (store) => {
    assert.equal(await store.finish(ref, done(1)), undefined);
  },

  'a held task does not expire': async (store) => {
    await store.create(newTask({ deadlineAt: now + 1 }));
    await store.settle(ref, { settlement: done(1), now, hold: true });
    assert.deepEqual(await store.expireDue({ now: now + 9 }), []);
  },
};

const expiring: Record<string, Case> = {
  'expireDue fails the tasks whose deadline has passed, with code expired': async (store) => {
    await store.create(newTask({ deadlineAt: now }));
    const [task, ...more] = await store.expireDue({ now });
    assert.deepEqual(more, []);
    assert.equal(task?.status, 'failed');
    assert.equal(task?.phase, undefined);
    assert.equal(task?.settledAt, now);
    assert.equal(task?.settlement?.status === 'failed' && task.settlement.error.code, 'expired');
    assert.deepEqual(await store.get(ref), task);
  },

  'expireDue leaves tasks without a deadline, and those with one to come': async (store) => {
    await store.create(newTask());
    await store.create(newTask({ id: 'task_2', deadlineAt: now + 1 }));
    assert.deepEqual(await store.expireDue({ now }), []);
  },

  'expireDue leaves tasks that have their outcome': async (store) => {
    await store.create(newTask({ deadlineAt: now + 1 }));
    await store.settle(ref, { settlement: done(1), now });
    assert.deepEqual(await store.expireDue({ now: now + 1 }), []);
    assert.equal((await store.get(ref))?.status, 'completed');
  },

  'twenty sweepers at once are given each task once': async (store) => {
    await times(10, (index) => store.create(newTask({ id: `task_${index}`, deadlineAt: now })));
    const swept = (await times(20, () => store.expireDue({ now }))).flat();
    assert.equal(swept.length, 10);
    assert.equal(new Set(ids(swept)).size, 10);
  },

  'expireDue keeps to its scope': async (store) => {
    await store.create(newTask({ deadlineAt: now }));
    await store.create(newTask({ id: 'task_2', scope: { thread: 'chat-2' }, deadlineAt: now }));
    assert.deepEqual(ids(await store.expireDue({ now, scope })), ['task_1']);
    assert.deepEqual(ids(await store.expireDue({ now })), ['task_2']);
  },

  'expireDue keeps to its limit': async (store) => {
    await times(5, (index) => store.create(newTask({ id: `task_${index}`, deadlineAt: now })));
    assert.equal((await store.expireDue({ now, limit: 2 })).length, 2);
    assert.equal((await store.expireDue({ now, limit: 2 })).length, 2);
    assert.equal((await store.expireDue({ now, limit: 2 })).length, 1);
  },

  'a result and the sweep at once leave one outcome': async (store) => {
    await store.create(newTask({ deadlineAt: now + 1 }));
    const [attempt, swept] = await Promise.all([
      store.settle(ref, { settlement: done(1), now }),
      store.expireDue({ now: now + 1 }),
    ]);
    assert.equal(attempt.verdict === 'accepted', swept.length === 0);
  },
};

const claiming: Record<string, Case> = {
  'claim gives a settled task with the claim and its delivery': async (store) => {
    await settled(store);
    const [task] = await store.claim(wants());
    assert.deepEqual(task?.claim, { claimant: 'run-1', at: now, fixedDelivery: true });
    assert.deepEqual(task?.delivery, inPlace);
    assert.deepEqual(await store.get(ref), task);
  },

  'claim gives no task that is pending, held, unknown or of another scope': async (store) => {
    await store.create(newTask());
    assert.deepEqual(await store.claim(wants()), []);
    await store.settle(ref, { settlement: done(1), now, hold: true });
    assert.deepEqual(await store.claim(wants()), []);
    await store.finish(ref, done(1));
    assert.deepEqual(await store.claim(wants({ wanted: [{ id: 'nobody', delivery: inPlace }] })), []);
    assert.deepEqual(await store.claim(wants({ scope: { thread: 'x' } })), []);
  },

  'claim gives only the tasks that are wanted': async (store) => {
    await settled(store);
    await store.create(newTask({ id: 'task_2' }));
    await store.settle({ scope, id: 'task_2' }, { settlement: done(2), now });
    assert.deepEqual(ids(await store.claim(wants())), ['task_1']);
    assert.equal((await store.get({ scope, id: 'task_2' }))?.claim, undefined);
  },

  'of twenty claimants at once one gets the task': async (store) => {
    await settled(store);
    const claims = await times(20, (index) => store.claim(wants({ claimant: `run-${index}` })));
    assert.equal(claims.flat().length, 1);
  },

  'a claim is repeatable by its claimant': async (store) => {
    await settled(store);
    await store.claim(wants());
    assert.deepEqual(ids(await store.claim(wants({ now: now + 5 }))), ['task_1']);
  },

  'a claim is never taken over without a lease': async (store) => {
    await settled(store);
    await store.claim(wants());
    assert.deepEqual(await store.claim(wants({ claimant: 'run-2', now: now + 1_000_000 })), []);
    assert.equal((await store.get(ref))?.claim?.claimant, 'run-1');
  },

  'a claim is taken over once the lease is over, not before': async (store) => {
    await settled(store);
    await store.claim(wants());
    const rival = { claimant: 'run-2', takeOverAfterMs: 100 };
    assert.deepEqual(await store.claim(wants({ ...rival, now: now + 99 })), []);
    assert.deepEqual(ids(await store.claim(wants({ ...rival, now: now + 100 }))), ['task_1']);
  },

  'of twenty that take over at once one gets the task': async (store) => {
    await settled(store);
    await store.claim(wants());
    const late = { now: now + 100, takeOverAfterMs: 100 };
    const claims = await times(20, (index) => store.claim(wants({ ...late, claimant: `rival-${index}` })));
    assert.equal(claims.flat().length, 1);
  },

  'a claim that is repeated has its lease begin anew': async (store) => {
    await settled(store);
    await store.claim(wants());
    await store.claim(wants({ now: now + 90 }));
    assert.deepEqual(await store.claim(wants({ claimant: 'run-2', now: now + 100, takeOverAfterMs: 100 })), []);
  },

  'a consumed task is claimed by nobody, however late': async (store) => {
    await settled(store);
    await store.claim(wants());
    await store.consume(ref, by('run-1'));
    assert.deepEqual(await store.claim(wants()), []);
    assert.deepEqual(await store.claim(wants({ claimant: 'run-2', now: now + 1e9, takeOverAfterMs: 1 })), []);
  },

  'the delivery of the first claim stays, after a take-over too': async (store) => {
    await settled(store);
    await store.claim(wants());
    const wanted = [{ id: 'task_1', delivery: behind }];
    const [task] = await store.claim(wants({ claimant: 'run-2', wanted, now: now + 9, takeOverAfterMs: 1 }));
    assert.deepEqual(task?.delivery, inPlace);
  },

  'claim takes a new delivery over one in the place of a placeholder that was sent meanwhile': async (store) => {
    await settled(store);
    await store.claim(wants({ wanted: [{ id: 'task_1', delivery: inPlace }] }));
    await store.update(ref, { placeholderSentAt: now });
    const [task] = await store.claim(
      wants({ claimant: 'run-2', now: now + 10, takeOverAfterMs: 5, wanted: [{ id: 'task_1', delivery: behind }] }),
    );
    assert.deepEqual(task?.delivery, behind);
  },

  'release of a claim that nothing was sent for frees the delivery which it had fixed': async (store) => {
    await settled(store);
    await store.claim(wants({ wanted: [{ id: 'task_1', delivery: behind }] }));
    await store.release({ scope, claimant: 'run-1', ids: ['task_1'], sent: false });
    const [task] = await store.claim(wants({ claimant: 'run-2' }));
    assert.deepEqual(task?.delivery, inPlace);
  },

  'release of a claim that nothing was sent for keeps a delivery from before': async (store) => {
    await settled(store);
    await store.claim(wants({ wanted: [{ id: 'task_1', delivery: behind }] }));
    await store.release({ scope, claimant: 'run-1', ids: ['task_1'], sent: true });
    await store.claim(wants({ claimant: 'run-2' }));
    await store.release({ scope, claimant: 'run-2', ids: ['task_1'], sent: false });
    const [task] = await store.claim(wants({ claimant: 'run-3' }));
    assert.deepEqual(task?.delivery, behind);
  },

  'release gives the task to the next claimant, with its delivery': async (store) => {
    await settled(store);
    await store.claim(wants({ wanted: [{ id: 'task_1', delivery: behind }] }));
    await store.release({ scope, claimant: 'run-1', ids: ['task_1'], sent: true });
    assert.equal((await store.get(ref))?.claim, undefined);
    const [task] = await store.claim(wants({ claimant: 'run-2' }));
    assert.equal(task?.claim?.claimant, 'run-2');
    assert.deepEqual(task?.delivery, behind);
  },

  'release by another than the claimant does nothing': async (store) => {
    await settled(store);
    await store.claim(wants());
    await store.release({ scope, claimant: 'run-2', ids: ['task_1', 'nobody'], sent: true });
    assert.equal((await store.get(ref))?.claim?.claimant, 'run-1');
  },

  'release after the consumption does nothing': async (store) => {
    await settled(store);
    await store.claim(wants());
    await store.consume(ref, by('run-1'));
    await store.release({ scope, claimant: 'run-1', ids: ['task_1'], sent: true });
    assert.equal((await store.get(ref))?.consumption?.turn, 'turn of run-1');
    assert.equal((await store.get(ref))?.claim?.claimant, 'run-1');
    assert.deepEqual(await store.claim(wants({ claimant: 'run-2' })), []);
  },
};

const consuming: Record<string, Case> = {
  'consume stores what was told, where and when': async (store) => {
    await settled(store);
    await store.claim(wants());
    assert.equal(await store.consume(ref, { ...by('run-1'), told: { ...told, stale: true } }), true);
    assert.deepEqual((await store.get(ref))?.consumption, { ...told, stale: true, turn: 'turn of run-1', at: now });
  },

  'consume is refused without a claim': async (store) => {
    await settled(store);
    assert.equal(await store.consume(ref, by('run-1')), false);
    assert.equal((await store.get(ref))?.consumption, undefined);
  },

  'consume is refused to another than the claimant': async (store) => {
    await settled(store);
    await store.claim(wants());
    assert.equal(await store.consume(ref, by('run-2')), false);
  },

  'consume happens once': async (store) => {
    await settled(store);
    await store.claim(wants());
    const attempts = await times(20, () => store.consume(ref, by('run-1')));
    assert.equal(attempts.filter(Boolean).length, 1);
  },

  'consume is refused after the claim was given back': async (store) => {
    await settled(store);
    await store.claim(wants());
    await store.release({ scope, claimant: 'run-1', ids: ['task_1'], sent: true });
    assert.equal(await store.consume(ref, by('run-1')), false);
  },

  'consume is refused to the one whose claim was taken over': async (store) => {
    await settled(store);
    await store.claim(wants());
    await store.claim(wants({ claimant: 'run-2', now: now + 9, takeOverAfterMs: 1 }));
    assert.equal(await store.consume(ref, by('run-1')), false);
    assert.equal(await store.consume(ref, by('run-2')), true);
  },

  'consume knows nothing of an id of another scope': async (store) => {
    await settled(store);
    await store.claim(wants());
    assert.equal(await store.consume({ scope: { thread: 'x' }, id: 'task_1' }, by('run-1')), false);
  },
};

const copying: Record<string, Case> = {
  'what a store returns is the own copy of its caller': async (store) => {
    const spoil = (task: { callIds: readonly string[] } | undefined) => {
      assert.ok(task);
      (task.callIds as string[]).push('spoilt'); // what a careless caller might do
    };
    const outcome = await store.create(newTask({ callIds: ['c1'] }));
    if ('task' in outcome) spoil(outcome.task);
    spoil(await store.get(ref));
    spoil((await store.list(scope))[0]);
    spoil(await store.update(ref, { placeholderSentAt: now }));
    spoil((await store.settle(ref, { settlement: done(1), now, hold: true })).task);
    spoil((await store.settle(ref, { settlement: done(1), now })).task);
    spoil(await store.finish(ref, done(1)));
    spoil((await store.claim(wants()))[0]);
    const where = await store.locate('task_1');
    (where as { thread: string }).thread = 'spoilt';
    assert.deepEqual((await store.get(ref))?.callIds, ['c1']);
    assert.deepEqual((await store.get(ref))?.scope, scope);
  },

  'a store keeps nothing of what it was given': async (store) => {
    const callIds = ['c1'];
    const result = { url: 'u' };
    await store.create(newTask({ callIds }));
    await store.settle(ref, { settlement: done(result), now });
    callIds.push('spoilt');
    result.url = 'spoilt';
    const task = await store.get(ref);
    assert.deepEqual(task?.callIds, ['c1']);
    assert.deepEqual(task?.settlement, done({ url: 'u' }));
  },
};

const all = {
  ...creating,
  ...reading,
  ...updating,
  ...settling,
  ...holding,
  ...expiring,
  ...claiming,
  ...consuming,
  ...copying,
};

/** What every store must do, by name. Each case takes a store of its own, which must be empty. */
export function storeCases(createStore: CreateStore): ReadonlyMap<string, () => Promise<void>> {
  return new Map(Object.entries(all).map(([name, run]) => [name, async () => run(await createStore())]));
}
