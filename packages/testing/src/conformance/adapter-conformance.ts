import type { Mode } from '@latecall/core';
import type { ConformanceAdapter, Variant } from './adapter.ts';
import type { ConformanceCase } from './case.ts';
import { badInputCases } from './cases/bad-input.ts';
import { branchCases } from './cases/branches.ts';
import { budgetCases } from './cases/budgets.ts';
import { callCases } from './cases/calls.ts';
import { deliveryCases } from './cases/deliveries.ts';
import { dependencyCases } from './cases/dependencies.ts';
import { historyCases } from './cases/history.ts';
import { idleTurnCases } from './cases/idle-turns.ts';
import { lateResultCases } from './cases/late-results.ts';
import { limitCases } from './cases/limits.ts';
import { outcomeCases } from './cases/outcomes.ts';
import { ownKeyCases } from './cases/own-keys.ts';
import { policyCases } from './cases/policies.ts';
import { providerTroubleCases } from './cases/provider-trouble.ts';
import { questionCases } from './cases/questions.ts';
import { raceCases } from './cases/races.ts';
import { taskQueryCases } from './cases/task-queries.ts';
import { trailCases } from './cases/trail.ts';
import { workingMeanwhileCases } from './cases/working-meanwhile.ts';
import { goingOn } from './going-on.ts';
import { playScene } from './scene.ts';

/** A test for any runner: give `name` and `run` to its `it`. */
export interface ConformanceTest {
  readonly name: string;
  /** Why the adapter is excused from it; then `run` is not to be called. */
  readonly excluded?: string;
  readonly run: () => Promise<void>;
}

const cases: readonly ConformanceCase[] = [
  ...callCases,
  ...outcomeCases,
  ...historyCases,
  ...raceCases,
  ...providerTroubleCases,
  ...badInputCases,
  ...workingMeanwhileCases,
  ...idleTurnCases,
  ...deliveryCases,
  ...lateResultCases,
  ...policyCases,
  ...ownKeyCases,
  ...limitCases,
  ...dependencyCases,
  ...branchCases,
  ...questionCases,
  ...taskQueryCases,
  ...budgetCases,
  ...trailCases,
];

/** Every combination of provider, streaming and keeping. */
const variants: readonly Variant[] = (['openai-responses', 'openai-chat', 'anthropic'] as const).flatMap((provider) =>
  [false, true].flatMap((streaming) =>
    (['messages', 'store'] as const).map((keeping) => ({ provider, streaming, keeping })),
  ),
);

/**
 * What an adapter of Latecall must do, as tests through its public door against strict providers on real HTTP: the
 * rows of the .NET approval tests translated to late results, the failure modes of the design, and bad input. After
 * each case every prompt must have been valid, must hold nothing of ours, and must only have grown.
 *
 * @param exclude Case names that the adapter is excused from, with the reason.
 * @throws if `exclude` names a case that does not exist.
 *
 * @example
 * for (const { name, run } of adapterConformance({ adapter })) it(name, run);
 */
export function adapterConformance(input: {
  adapter: ConformanceAdapter;
  exclude?: Readonly<Record<string, string>>;
}): ConformanceTest[] {
  const { adapter, exclude = {} } = input;
  const unknown = Object.keys(exclude).filter((name) => !cases.some((candidate) => candidate.name === name));
  if (unknown.length > 0) throw new Error(`No such conformance case: ${unknown.join(', ')}.`);
  return variants.flatMap((variant) =>
    cases
      .filter(({ appliesTo = () => true }) => appliesTo(variant))
      .flatMap((candidate) => modesOf(candidate).map((mode) => testOf({ adapter, exclude, variant, mode, candidate }))),
  );
}

/** Cases about what is told, and to whom, are played in both modes; those about the pause itself in one. */
function modesOf({ bothModes = false }: ConformanceCase): readonly Mode[] {
  return bothModes ? ['suspend', 'continue'] : ['suspend'];
}

function testOf(input: {
  adapter: ConformanceAdapter;
  exclude: Readonly<Record<string, string>>;
  variant: Variant;
  mode: Mode;
  candidate: ConformanceCase;
}): ConformanceTest {
  const { adapter, exclude, variant, mode, candidate } = input;
  const { name, setup, wire = 'grows' } = candidate;
  const excluded = Object.hasOwn(exclude, name) ? exclude[name] : undefined;
  return {
    name: `${nameOf(variant)}: ${mode === 'continue' ? `in continue, ${name}` : name}`,
    ...(excluded === undefined ? {} : { excluded }),
    run: async () => {
      const { play, ...options } = setup();
      const inMode = mode === 'continue' ? goingOn(options) : options;
      await playScene({ adapter, variant, options: inMode, play, wire });
    },
  };
}

function nameOf({ provider, streaming, keeping }: Variant): string {
  return `${provider}, ${streaming ? 'streaming' : 'plain'}, results in ${keeping === 'store' ? 'the store' : 'messages'}`;
}
