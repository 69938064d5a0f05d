import {
  type AuditEvent,
  canonicalJson,
  isTerminal,
  neverDispatched,
  readLineage,
  type TaskRecord,
} from '@latecall/core';
import type { Facts } from './facts.ts';
import { type Histories, lastSpeaker } from './history.ts';
import { member } from './oracle.ts';
import type { OutsideWorld } from './outside.ts';
import type { Run } from './runs.ts';
import type { Settings } from './settings.ts';
import { shownIn } from './shown.ts';
import type { World } from './world.ts';

/** What must hold when everything has come to rest, and each conversation has been gone on with once more. */
export function checkRest(setup: {
  world: World;
  settings: Settings;
  facts: Facts;
  histories: Histories;
  outside: OutsideWorld;
  audit: readonly AuditEvent[];
  /** The last run of each conversation that was answered. */
  lastRuns: ReadonlyMap<string, Run>;
}): void {
  const { world, facts, histories, lastRuns } = setup;
  for (const task of facts.tasks.values()) checkTask(setup, task);
  for (const thread of histories.threads) {
    if (lastSpeaker(histories.read(thread)) === 'user') world.break('4', `${thread} was never answered`);
    const run = lastRuns.get(thread);
    if (run !== undefined) checkLastPrompt(setup, run);
  }
  checkKeys(setup);
  checkAudit(setup);
}

/** The same call of the same turn is one dispatch, however often its run was made again: its key does not change. */
function checkKeys({ world, facts }: Parameters<typeof checkRest>[0]): void {
  const dispatches = new Map<string, number>();
  for (const task of facts.tasks.values()) {
    if (neverDispatched(task) || task.sequelOf !== undefined) continue;
    const call = canonicalJson([task.scope.thread, task.turn, task.toolName, task.arguments]);
    const count = (dispatches.get(call) ?? 0) + 1;
    dispatches.set(call, count);
    // The model makes the first call of a request twice now and then.
    const most = /\.0$/.test(String(member(task.arguments, 'work'))) ? 2 : 1;
    if (count > most) world.break('2', `${count} dispatches of one call: ${call}`);
  }
}

function checkTask({ world, facts, outside }: Parameters<typeof checkRest>[0], task: TaskRecord): void {
  const { id, status, phase, consumption, deadlineAt, settledAt } = task;
  if (phase === 'settling' || phase === 'authorizing') world.break('6', `${id} is left in phase ${phase}`);
  if (!isTerminal(status)) {
    if (deadlineAt !== undefined && deadlineAt < world.now - 60_000) world.break('7', `${id} should have expired`);
    const jobs = outside.jobs.filter((job) => job.id === id);
    if (jobs.some(({ outcome }) => outcome !== undefined))
      world.break('3', `the result of ${id} has come, and it is open`);
    return;
  }
  if (neverDispatched(task)) return;
  if (consumption === undefined && !isHeld(facts, task)) {
    world.break('4', `${id} (${status}, settled ${(world.now - (settledAt ?? 0)) / 1_000} s ago) was never told`);
  }
  if (status === 'cancelled' && task.settlement?.status === 'cancelled') {
    const told = outside.jobs.find((job) => job.id === id);
    const byOutside = told?.outcome?.status === 'cancelled';
    if (told !== undefined && !byOutside && !told.cancelled && task.cancelToldAt === undefined) {
      world.break('7', `the outside was never told that ${id} is cancelled`);
    }
  }
}

/** It builds on something that is open still, or that is held itself. */
function isHeld(facts: Facts, { dependsOn = [] }: TaskRecord): boolean {
  return dependsOn.some((id) => {
    const before = facts.tasks.get(id);
    return (
      before !== undefined && before.consumption === undefined && (!isTerminal(before.status) || isHeld(facts, before))
    );
  });
}

/** Everything that the conversation was told stands in its last prompt once. */
function checkLastPrompt({ world, facts }: Parameters<typeof checkRest>[0], { thread, answered }: Run): void {
  if (answered === undefined) return;
  const shown = shownIn(answered.view);
  const called = new Set(answered.view.messages.flatMap(({ toolCalls }) => toolCalls.map(({ callId }) => callId)));
  for (const task of facts.tasksOf(thread)) {
    if (neverDispatched(task) || task.consumption === undefined) continue;
    if (!task.callIds.some((callId) => called.has(callId))) continue;
    const results = shown.filter(
      ({ callId, handle, output }) =>
        (handle === undefined ? task.callIds.includes(callId) : handle === task.handle) &&
        member(output, 'status') !== 'dispatched',
    );
    if (results.length === 0)
      world.break('8', `${task.id} was told, and the last prompt of ${thread} does not show it`);
  }
}

function checkAudit({ world, facts, audit }: Parameters<typeof checkRest>[0]): void {
  const told = new Map<string, number>();
  for (const { type, id } of audit) {
    if (type === 'task.consumed' || type === 'task.withheld') told.set(id, (told.get(id) ?? 0) + 1);
  }
  for (const [id, times] of told) if (times > 1) world.break('4', `the audit says ${times} times that ${id} was told`);
  const logged = new Map(
    readLineage(audit)
      .tasks()
      .map((task) => [task.id, task]),
  );
  for (const [id, { consumption }] of facts.tasks) {
    const turn = logged.get(id)?.consumption?.turn;
    const task = facts.tasks.get(id);
    if (turn !== undefined && task !== undefined && !neverDispatched(task) && turn !== consumption?.turn) {
      world.break('4', `the audit says that ${turn} consumed ${id}, the store says ${consumption?.turn}`);
    }
  }
}
