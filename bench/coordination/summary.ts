import type { Judgement, Share } from './judge.ts';

/** What a loop came to over all instances. Shares are of 1; `undefined` where there is nothing of the kind. */
export interface Summary {
  readonly loop: string;
  readonly mode: string;
  readonly fault: string;
  readonly modelMs: number;
  readonly instances: number;
  readonly task: number;
  readonly subTask: number | undefined;
  readonly step: number | undefined;
  readonly dispatchedOnce: number | undefined;
  readonly callbackOnce: number | undefined;
  readonly audit: number | undefined;
  readonly bindingErrors: number;
  readonly invalidPrompts: number;
  /** Mean over the instances of makespan / critical path. */
  readonly r: number;
  readonly turns: number;
  /** Of the first instances that are wrong. */
  readonly problems: readonly string[];
}

const shownProblems = 3;

export function summarize(
  what: Pick<Summary, 'loop' | 'mode' | 'fault' | 'modelMs'>,
  judged: readonly (Judgement & { readonly id: string })[],
): Summary {
  const share = (read: (judgement: Judgement) => Share) => {
    const all = judged.reduce((sum, each) => sum + read(each).all, 0);
    return all === 0 ? undefined : judged.reduce((sum, each) => sum + read(each).right, 0) / all;
  };
  const sum = (read: (judgement: Judgement) => number) => judged.reduce((total, each) => total + read(each), 0);
  const timed = judged.filter(({ criticalPath }) => criticalPath > 0);
  return {
    ...what,
    instances: judged.length,
    task: judged.filter(({ task }) => task).length / judged.length,
    subTask: share(({ subTasks }) => subTasks),
    step: share(({ steps }) => steps),
    dispatchedOnce: share(({ dispatchedOnce }) => dispatchedOnce),
    callbackOnce: share(({ callbackOnce }) => callbackOnce),
    audit: share(({ audit }) => audit),
    bindingErrors: sum(({ bindingErrors }) => bindingErrors),
    invalidPrompts: sum(({ invalidPrompts }) => invalidPrompts),
    r: timed.reduce((total, { makespan, criticalPath }) => total + makespan / criticalPath, 0) / timed.length,
    turns: sum(({ turns }) => turns),
    problems: judged
      .flatMap(({ id, problems }) => problems.slice(0, 1).map((problem) => `${id}: ${problem}`))
      .slice(0, shownProblems),
  };
}

/** What a loop of ours must come to. */
export function missesOf(summary: Summary): string[] {
  const { modelMs, mode, fault, r } = summary;
  const whole = ['task', 'subTask', 'step', 'dispatchedOnce', 'callbackOnce', 'audit'] as const;
  const timely = modelMs > 0 || mode !== 'continue' || !keepsTime.has(fault) || Math.abs(r - 1) < 0.0005;
  return [
    ...whole.filter((name) => (summary[name] ?? 1) < 1).map((name) => `${name} ${percent(summary[name])}`),
    ...(['bindingErrors', 'invalidPrompts'] as const)
      .filter((name) => summary[name] > 0)
      .map((name) => `${name} ${summary[name]}`),
    ...(timely ? [] : [`R ${r.toFixed(3)}`]),
  ];
}

/** Where nothing that goes wrong takes time of its own, and nobody shortens the work. */
const keepsTime = new Set([
  'none',
  'out-of-order',
  'duplicate',
  'duplicate-other',
  'wrong-id',
  'error',
  'late',
  'identical',
  'two-workers',
  'response-twice',
  'revoked',
  'json',
]);

export function percent(share: number | undefined): string {
  return share === undefined ? '-' : `${Math.floor(share * 1_000) / 10} %`;
}
