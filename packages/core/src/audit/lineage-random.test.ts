import { describe, expect, it } from 'vitest';
import { createAuditFile } from '../../test/audit-file.ts';
import {
  asks,
  calls,
  createFakeClock,
  createScene,
  createSeededBytes,
  placed,
  type Request,
  type Scene,
  scope,
  type TestMessage,
} from '../../test/fixtures.ts';
import {
  type AuditSink,
  cancel,
  createMemoryStore,
  isOpen,
  neverDispatched,
  readLineage,
  type TaskRecord,
  type TaskStore,
  verifyAuditLog,
} from '../index.ts';

const asyncTools = ['render', 'send'];
const minute = 60_000;

/** What the test itself has seen: the calls of each turn, and the tasks that they were dispatched as. */
type Truth = Map<string, Map<string, string | undefined>>;

/**
 * A conversation that two processes carry on: calls of async and plain tools, results, failures, cancellations, expiries,
 * repeated and contradicting callbacks, failing dispatches, refusals by the policy, aborted model calls, answers that are
 * lost, processes that die in the middle of a turn, and a log that cannot be written now and then.
 */
async function runConversation(seed: number) {
  const bytes = createSeededBytes(seed);
  const below = (bound: number) => (bytes(1)[0] ?? 0) % bound;
  const chance = (percent: number) => below(100) < percent;
  const clock = createFakeClock();
  const store = createMemoryStore();
  const file = createAuditFile();
  let dying: string | undefined;
  const audit: AuditSink[] = [0, 1].map(() => {
    const { sink } = file.open(clock);
    return async (event) => {
      if (event.type === dying) throw new Error('killed');
      await sink(event);
    };
  });
  const dispatchOrFail = () => {
    if (chance(10)) throw new Error('farm is down');
    return { job: 1 };
  };
  const scenes = audit.map((sink) =>
    createScene({
      clock,
      store,
      audit: sink,
      policy: { authorize: ({ at }) => at === 'arrival' || !chance(10) },
      tools: { render: { deadline: '20m', dispatch: dispatchOrFail }, send: { dispatch: dispatchOrFail } },
    }),
  );
  const anyScene = (): Scene => scenes[below(scenes.length)] as Scene;
  const truth: Truth = new Map();
  let messages: TestMessage[] = [asks()];
  let callCount = 0;

  const takeTurn = async (attempt: number) => {
    const scene = anyScene();
    const turn = await scene.begin(messages, { claimant: `run-${attempt}` });
    if (turn.type === 'suspended') return;
    if (chance(15)) return turn.release();
    const id = await turn.id();
    const made = Array.from({ length: below(4) }, () => {
      callCount += 1;
      return [`c${callCount}`, [...asyncTools, 'search'][below(3)] ?? 'search'] as const;
    });
    dying = chance(10) ? 'turn.finished' : undefined;
    const finished = await turn
      .finish(made.map(([callId, toolName]) => ({ callId, toolName, arguments: { callId } })))
      .catch(() => undefined);
    dying = undefined;
    if (finished === undefined) return;
    const dispatched = new Map(truth.get(id));
    // A turn that neither was shown a result nor called an async tool is no business of the log.
    if (finished.length > 0 || made.some(([, toolName]) => asyncTools.includes(toolName))) truth.set(id, dispatched);
    const requests: Request[] = [];
    for (const [callId, toolName] of made) {
      dispatched.set(callId, undefined);
      if (toolName === 'search') continue;
      const call = { callId, toolName, arguments: { callId }, turn: id };
      const request = await scene.dispatch(call).catch(() => undefined);
      const task = request?.id ?? (await taskOfCall(store, callId))?.id;
      dispatched.set(callId, task);
      if (request !== undefined) requests.push(request);
    }
    if (chance(15)) return; // the answer is lost: the next run has the same history
    messages = [...messages, { ...calls(...made), consumptions: finished }, placed(...requests)];
    if (requests.length === 0 || chance(20)) messages = [...messages, asks(`And ${attempt}?`)];
  };
  const hearOutside = async () => {
    const scene = anyScene();
    const tasks = await store.list(scope, { everyBranch: true });
    const task = tasks[below(Math.max(tasks.length, 1))];
    if (task === undefined) return;
    if (chance(15)) await cancel({ runtime: scene.runtime, tools: scene.tools, task });
    else if (chance(20)) await scene.settle(task.id, { status: 'failed', error: { message: 'lost' } });
    else await scene.complete(task.id, { of: below(2) });
  };

  for (let step = 0; step < 25; step += 1) {
    file.broken = chance(20) ? new Error('disk is full') : undefined;
    if (chance(50)) await hearOutside();
    else await takeTurn(step);
    await clock.advance(below(12) * minute);
  }
  file.broken = undefined;
  await clock.advance(minute);
  return { truth, tasks: await store.list(scope, { everyBranch: true }), entries: await file.entries() };
}

async function taskOfCall(store: TaskStore, callId: string): Promise<TaskRecord | undefined> {
  return (await store.list(scope, { callIds: [callId] })).at(-1);
}

/** The turn that was told of it; a failed dispatch is told by the host. */
const toldIn = (task: TaskRecord) => (neverDispatched(task) ? undefined : task.consumption?.turn);

describe('the lineage of 200 random conversations', () => {
  it.each(Array.from({ length: 200 }, (_, seed) => seed))('is that of the store, seed %s', async (seed) => {
    const { truth, tasks, entries } = await runConversation(seed);
    expect(await verifyAuditLog(entries)).toMatchObject({ ok: true });
    const lineage = readLineage(entries);

    const logged = new Map(lineage.tasks().map((task) => [task.id, task]));
    expect(logged.size).toBe(tasks.length);
    for (const task of tasks) {
      expect(logged.get(task.id)?.consumption?.turn).toBe(toldIn(task));
      expect(lineage.actionsAfter(task.id)[0]?.turn).toBe(toldIn(task));
      expect(logged.get(task.id)?.state === 'working').toBe(isOpen(task));
    }
    for (const [turn, dispatched] of truth) {
      const told = tasks.filter((task) => toldIn(task) === turn).map(({ id }) => id);
      const made = lineage.turns().find(({ id }) => id === turn)?.calls ?? [];
      expect(new Map(made.map(({ callId, task }) => [callId, task]))).toEqual(dispatched);
      const news = lineage.resultsSeenBy(turn).filter((result) => result.turn === undefined);
      expect(new Set(news.map(({ id }) => id))).toEqual(new Set(told));
    }
  });
});
