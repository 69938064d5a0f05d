import { readLineage, type Verdict } from '@latecall/core';
import { criticalPath, expectedCalls, type PlannedCall } from './instance.ts';
import { keyOfCall, trueReading } from './oracle.ts';
import type { Played } from './play.ts';
import type { Delivery } from './world.ts';

export interface Share {
  readonly right: number;
  readonly all: number;
}

/** What an instance came to. */
export interface Judgement {
  readonly task: boolean;
  readonly subTasks: Share;
  readonly steps: Share;
  readonly dispatchedOnce: Share;
  readonly callbackOnce: Share;
  readonly audit: Share;
  readonly bindingErrors: number;
  readonly invalidPrompts: number;
  readonly turns: number;
  readonly makespan: number;
  readonly criticalPath: number;
  /** What is wrong, in words. */
  readonly problems: readonly string[];
}

export function judge(played: Played): Judgement {
  const { instance, world, invalidPrompts, bindingErrors, modelCalls, makespan } = played;
  const expected = expectedOf(played);
  const issued = (key: string) => world.jobs.filter(({ call }) => call.key === key);
  const isRight = ({ key }: PlannedCall) => issued(key).length === 1 && issued(key).every(({ right }) => right);
  const final = new Map(played.final);
  const isBound = (call: PlannedCall) => {
    const read = final.get(call.key);
    const wasCancelled = call.task === instance.cancel?.task && read === null;
    return wasCancelled || read === (trueReading(call) ?? null);
  };
  const tasks = Array.from({ length: instance.taskCount }, (_, task) => expected.filter((call) => call.task === task));
  const subTasks = { right: tasks.filter((calls) => calls.every((call) => isRight(call) && isBound(call))).length };
  const audit = judgeAudit(played);
  const callbacks = judgeCallbacks(played);
  const surplus = world.jobs.filter(({ call }) => !expected.includes(call)).map(({ call }) => `${call.key} was issued`);
  const problems = [
    ...(played.ended ? [] : ['it did not end']),
    ...(played.fault.crash === undefined || played.crashes > 0 ? [] : ['no process has died']),
    ...played.errors.map((error) => `error: ${String(error)}`),
    ...invalidPrompts,
    ...bindingErrors,
    ...world.problems,
    ...surplus,
    ...expected.flatMap((call) => (isRight(call) ? [] : [`${call.key} was issued ${issued(call.key).length} times`])),
    ...expected.flatMap((call) => (isBound(call) ? [] : [`${call.key} reads ${final.get(call.key)} in the end`])),
    ...verdictProblems(played),
    ...audit.problems,
    ...callbacks.problems,
  ];
  const dispatched = expected.filter(({ key }) => issued(key).length === 1).length;
  return {
    task: problems.length === 0,
    subTasks: { ...subTasks, all: tasks.length },
    steps: { right: expected.filter(isRight).length, all: expected.length + surplus.length },
    dispatchedOnce: { right: dispatched, all: expected.length },
    callbackOnce: callbacks.share,
    audit: audit.share,
    bindingErrors: bindingErrors.length,
    invalidPrompts: invalidPrompts.length,
    turns: modelCalls,
    makespan,
    criticalPath: criticalPath(instance),
    problems,
  };
}

/** In a task that was cancelled: what was issued, if it builds on nothing that was cancelled. */
function expectedOf({ instance, world, final }: Played): PlannedCall[] {
  const read = new Map(final);
  return expectedCalls(instance).filter(
    ({ key, task, deps }) =>
      task !== instance.cancel?.task ||
      (world.jobs.some(({ call }) => call.key === key) && deps.every((dep) => typeof read.get(dep) === 'string')),
  );
}

const rightVerdicts: Readonly<Record<Delivery['kind'], readonly Verdict[]>> = {
  true: ['accepted'],
  again: ['duplicate'],
  other: ['conflict'],
  late: ['late'],
  'wrong-id': ['unknown'],
  race: ['accepted', 'duplicate'],
};

function verdictProblems({ instance, world, fault, audit }: Played): string[] {
  const cancelled = new Set(audit.filter(({ type }) => type === 'task.cancelled').map(({ id }) => id));
  const problems = world.jobs.flatMap(({ id, call: { key, task } }) => {
    const own = world.deliveries.filter((delivery) => delivery.key === key);
    if (cancelled.has(id) && task === instance.cancel?.task) {
      return own.flatMap(({ verdict }) =>
        verdict === 'cancelled' ? [] : [`${key}: ${verdict} after its cancellation`],
      );
    }
    if (fault.race === true) {
      const verdicts = own.map(({ verdict }) => verdict).sort(byText);
      return String(verdicts) === 'accepted,duplicate' ? [] : [`${key}: two workers were told ${verdicts}`];
    }
    return own.flatMap(({ kind, verdict }) =>
      rightVerdicts[kind].includes(verdict) ? [] : [`${key}: ${kind} was told ${verdict}`],
    );
  });
  const refused = (detail: string) => audit.filter((event) => event.type === 'task.refused' && event.detail === detail);
  for (const verdict of ['conflict', 'late'] as const) {
    const met = world.deliveries.filter((delivery) => delivery.verdict === verdict).length;
    if (refused(verdict).length !== met) problems.push(`${met} times ${verdict}, ${refused(verdict).length} logged`);
  }
  for (const { key } of expectedCalls(instance).filter((call) => call.revoked === true)) {
    const job = world.jobs.find(({ call }) => call.key === key);
    const event = audit.find(({ type, id }) => type === 'task.withheld' && id === job?.id);
    const { atDispatch, now } = event?.permissions ?? {};
    if (JSON.stringify([atDispatch, now]) !== '[{"role":"member"},{"role":"none"}]') {
      problems.push(`${key}: withheld without both permissions`);
    }
  }
  return problems;
}

/** `onResult` has run once for each result that was accepted, and never for another. */
function judgeCallbacks({ callbacks, world, fault }: Played) {
  const kept = (key: string) => world.deliveries.some((each) => each.key === key && each.verdict === 'accepted');
  const owed = world.jobs.filter(({ call }) => call.error === undefined && kept(call.key));
  const right = owed.filter(({ id }) => callbacks.get(id) === 1);
  const ids = new Set(owed.map(({ id }) => id));
  const surplus = [...callbacks.keys()].filter((id) => !ids.has(id) && fault.inHistory !== true);
  return {
    share: { right: right.length, all: owed.length + surplus.length },
    problems: [
      ...owed.flatMap(({ id, call: { key } }) =>
        callbacks.get(id) === 1 ? [] : [`${key}: ${callbacks.get(id) ?? 0} callbacks`],
      ),
      ...surplus.map((id) => `${id}: a callback without a result`),
    ],
  };
}

/**
 * For each turn that was shown something new, the log alone says what: no more and no less. Where answers get lost, the
 * turn that is made again is the same turn in the log, so there each result is looked for by itself.
 */
function judgeAudit({ audit, turns: shownTurns, fault }: Played) {
  const loses = fault.crash !== undefined || fault.aborts === true;
  const each = (keys: readonly string[]) => (loses ? keys.map((key) => [key]) : [keys]);
  const turns = shownTurns.flatMap(({ news }) => each(news).map((own) => ({ news: own })));
  const lineage = readLineage(JSON.parse(JSON.stringify(audit)));
  const keys = new Map(lineage.tasks().map((task) => [task.id, keyOfCall(callIdOf(audit, task.id))]));
  const logged = lineage
    .turns()
    .map(({ results }) => results.flatMap(({ id, turn }) => (turn === undefined ? (keys.get(id) ?? id) : [])))
    .flatMap((own) => each(own).map(textOf))
    .filter((text) => text !== '[]');
  const shown = turns.map(({ news }) => textOf(news)).filter((text) => text !== '[]');
  const right = shown.filter((text) => logged.filter((each) => each === text).length === 1);
  const problems = [
    ...shown.filter((text) => !right.includes(text)).map((text) => `audit: no turn for ${text}`),
    ...logged.filter((text) => !shown.includes(text)).map((text) => `audit: a turn too many, ${text}`),
  ];
  return { share: { right: right.length, all: shown.length }, problems };
}

function callIdOf(audit: Played['audit'], id: string): string {
  return audit.find((event) => event.id === id && event.callId !== undefined)?.callId ?? '';
}

function textOf(keys: readonly string[]): string {
  return JSON.stringify([...keys].sort(byText));
}

function byText(one: string, other: string): number {
  return one < other ? -1 : 1;
}
