import { type Simplification, simplificationsOf } from './settings.ts';
import { type SimulationResult, simulate } from './simulate.ts';

/** Switches off of a failing seed whatever it does not need to break the same law; its trace is kept. */
export async function simplify(
  failing: SimulationResult,
  off: readonly Simplification[] = [],
): Promise<{ result: SimulationResult; without: Simplification[] }> {
  const without = [...off];
  const { seed, broken } = failing;
  for (const simpler of simplificationsOf(failing.settings)) {
    const tried = await simulate(seed, { without: [...without, simpler] });
    if (tried.broken?.law === broken?.law) without.push(simpler);
  }
  return { result: await simulate(seed, { without, keepTrace: true }), without };
}
