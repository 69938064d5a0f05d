import {
  createThreadRunner,
  type Json,
  type Scope,
  type TaskStore,
  type ThreadRunner,
  type ThreadRunnerOptions,
} from '../src/index.ts';
import { createScene, type FakeClock, type Scene, type SceneOptions, type TestMessage } from './fixtures.ts';

/** A scene, and runners on its store whose runs are beginTurn and finish, as an adapter has them. */
export interface RunnerScene extends Scene {
  /** Runs that began, by the name of their runner. */
  readonly runs: { readonly by: string; readonly scope: Scope }[];
  /** What each model call was told, by the name of its runner: results, or the codes of errors. */
  readonly calls: { readonly by: string; readonly told: readonly Json[] }[];
  readonly errors: unknown[];
  runner(options?: RunnerOptions): ThreadRunner;
}

interface RunnerOptions extends Partial<Omit<ThreadRunnerOptions, 'run'>> {
  readonly name?: string;
  /** What happens while the model is asked; a throw is the model's. */
  readonly asked?: () => unknown;
  /** Instead of a turn. */
  readonly run?: (scope: Scope) => Promise<unknown>;
}

/** @param history What the runs find as the conversation, of whatever scope. */
export function createRunnerScene(
  options: SceneOptions & { history?: () => readonly TestMessage[] } = {},
): RunnerScene {
  const { history = () => [], ...rest } = options;
  const scene = createScene(rest);
  const runs: RunnerScene['runs'] = [];
  const calls: RunnerScene['calls'] = [];
  const errors: unknown[] = [];
  let claimants = 0;

  const turn = async (by: string, asked: () => unknown) => {
    claimants += 1;
    const begun = await scene.begin(history(), { claimant: `${by}:${claimants}` });
    if (begun.type === 'suspended') return;
    const told = await Promise.all([...begun.tells].map(async (id) => outcomeOf(await scene.task(id))));
    calls.push({ by, told });
    try {
      await asked();
    } catch (error) {
      await begun.release();
      throw error;
    }
    await begun.finish();
  };

  return {
    ...scene,
    runs,
    calls,
    errors,
    runner: ({ name = 'a', asked = () => {}, run, ...more } = {}) =>
      createThreadRunner({
        store: scene.store,
        clock: scene.clock,
        onError: (error) => void errors.push(error),
        ...more,
        run: async (scope) => {
          runs.push({ by: name, scope });
          await (run === undefined ? turn(name, asked) : run(scope));
        },
      }),
  };
}

function outcomeOf({ settlement }: Awaited<ReturnType<Scene['task']>>): Json {
  if (settlement?.status === 'completed') return settlement.result;
  return settlement?.status === 'failed' ? (settlement.error.code ?? null) : null;
}

/** The store without its hints: all of them are lost. */
export function deaf(store: TaskStore): TaskStore {
  return { ...store, subscribe: () => () => {} };
}

/** Passes time in small steps, and lets what it leads to come to rest after each. */
export async function pass(clock: FakeClock, ms: number, runners: readonly ThreadRunner[], step = ms): Promise<void> {
  for (let passed = 0; passed < ms; passed += step) {
    await clock.advance(Math.min(step, ms - passed));
    for (const runner of runners) await runner.idle();
  }
}
