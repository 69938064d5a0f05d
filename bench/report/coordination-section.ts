import { missesOf, percent, type Summary } from '../coordination/summary.ts';
import { readResult } from '../lib/results.ts';
import { figure, markdownTable } from './markdown.ts';
import type { Section } from './section.ts';
import { barChart, lineChart } from './svg.ts';

/** The composites workload: what each loop came to, and what each way of consuming results costs. */
export function coordinationSection(): Section {
  const instant = readResult<Summary[]>('coordination-0ms');
  const slow = readResult<Summary[]>('coordination-300ms');
  const policies = readResult<Summary[]>('policies');
  const faults = readResult<Summary[]>('faults');
  const parts: string[] = [];
  const charts: Record<string, string> = {};
  for (const result of [instant, slow]) {
    if (result === undefined) continue;
    const { instances, modelMs, workload } = result.settings;
    const name = `makespan-${modelMs}ms`;
    charts[name] = barChart(
      { title: `Makespan / critical path, ${modelMs} ms a model turn`, y: 'R' },
      result.data.filter(({ r }) => r > 0).map(({ loop, mode, r }) => [`${loop} ${mode}`.trim(), r]),
    );
    parts.push(
      `### ${modelMs} ms a model turn, ${instances} instances (${workload})`,
      tableOf(result.data),
      figure(name, 'Makespan by loop'),
    );
  }
  if (policies !== undefined) {
    charts['turns-against-r'] = lineChart(
      { title: `Turns against R, ${policies.settings.modelMs} ms a turn`, x: 'model turns', y: 'R' },
      policySeries(policies.data),
    );
    parts.push(
      '### Ways of consuming results',
      "What is worth a turn (`idleTurns`), and how long a result waits for those of siblings: in milliseconds, or `default` as the runner does it, a third of what the last run took. The wait ends early where nothing is pending. `once, default` is what an app has that says `mode: 'continue'` and no more. Below the line: how much smaller R is than on the straight line, at as many turns, from `barrier` to a resume on every landing: `always, 0 ms` asks a model while it has nothing to do, `never, 0 ms` does not, so that nobody tells the user that the work has begun.",
      markdownTable(
        ['policy', 'R', 'turns', 'below barrier – always, 0 ms', 'below barrier – never, 0 ms'],
        policies.data.map((each) => [
          each.mode || each.loop,
          each.r.toFixed(3),
          String(each.turns),
          belowLine(policies.data, each, 'always, 0 ms'),
          belowLine(policies.data, each, 'never, 0 ms'),
        ]),
      ),
      figure('turns-against-r', 'Turns against R'),
    );
  }
  if (faults !== undefined) {
    const ours = faults.data.filter(({ mode }) => mode !== '');
    parts.push(
      `### Faults, ${faults.settings.instances} instances each`,
      markdownTable(
        ['fault', ...loopsIn(ours)],
        [...new Set(ours.map(({ fault }) => fault))].map((fault) => [
          fault,
          ...loopsIn(ours).map((loop) => {
            const summary = ours.find((each) => each.fault === fault && `${each.loop} ${each.mode}` === loop);
            if (summary === undefined) return '';
            const missed = missesOf(summary);
            return missed.length === 0 ? percent(summary.task) : `**${missed.join(', ')}**`;
          }),
        ]),
      ),
      'A cell is the share of instances with all sub-tasks right, and nothing else wrong: every call dispatched once, every callback run once, every turn rebuilt from the audit log, no result under a wrong call, no prompt with broken pairing. What is not whole is named.',
    );
  }
  return { title: 'Coordination', parts, charts };
}

function belowLine(all: readonly Summary[], { r, turns }: Summary, everyLanding: string): string {
  const from = all.find(({ loop }) => loop === 'barrier');
  const to = all.find(({ mode }) => mode === everyLanding);
  if (from === undefined || to === undefined) return '';
  const onLine = from.r + ((turns - from.turns) / (to.turns - from.turns)) * (to.r - from.r);
  return (onLine - r).toFixed(3);
}

function loopsIn(summaries: readonly Summary[]): string[] {
  return [...new Set(summaries.map(({ loop, mode }) => `${loop} ${mode}`))];
}

function tableOf(summaries: readonly Summary[]): string {
  return markdownTable(
    [
      'loop',
      'mode',
      'task',
      'sub-task',
      'step',
      'dispatched once',
      'callback once',
      'audit',
      'binding errors',
      'invalid prompts',
      'R',
      'turns',
    ],
    summaries.map((each) => [
      each.loop,
      each.mode,
      percent(each.task),
      percent(each.subTask),
      percent(each.step),
      percent(each.dispatchedOnce),
      percent(each.callbackOnce),
      percent(each.audit),
      String(each.bindingErrors),
      String(each.invalidPrompts),
      each.r === 0 ? '-' : each.r.toFixed(3),
      String(each.turns),
    ]),
  );
}

function policySeries(summaries: readonly Summary[]) {
  const pointsOf = (fits: (name: string) => boolean) =>
    summaries.filter(({ loop, mode }) => fits(mode || loop)).map(({ turns, r }) => [turns, r] as const);
  return [
    ...['always', 'once', 'never'].map((name) => ({
      name,
      points: pointsOf((mode) => mode.startsWith(`${name}, `) && mode.endsWith(' ms')),
    })),
    { name: 'the default', points: pointsOf((mode) => mode === 'once, default') },
    { name: 'straight line', points: pointsOf((mode) => mode === 'barrier' || mode === 'always, 0 ms') },
  ];
}
