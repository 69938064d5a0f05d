import { computeDigestsInline } from '../lib/inline-crypto.ts';
import { writeResult } from '../lib/results.ts';
import { writeTable } from '../lib/table.ts';
import { type StrategyName, strategyNames, type Waited, wait } from './strategies.ts';

/** What a job of this length cost while it was waited for. */
export interface WaitingCost extends Waited {
  readonly strategy: StrategyName;
  readonly job: string;
}

const jobs: Readonly<Record<string, number>> = {
  '1 s': 1_000,
  '1 min': 60_000,
  '1 h': 3_600_000,
  '1 day': 86_400_000,
};

/** Two model calls, one before and one after, and nothing in between. */
const turnsTarget = 2;

/** What waiting costs, in virtual time. */
export async function waiting(_args: string[]): Promise<boolean> {
  computeDigestsInline();
  const costs: WaitingCost[] = [];
  for (const [job, jobMs] of Object.entries(jobs)) {
    for (const strategy of strategyNames) costs.push({ strategy, job, ...(await wait(strategy, jobMs)) });
  }
  writeResult<readonly WaitingCost[]>('waiting', {}, costs);
  console.log(
    writeTable(
      ['job', 'strategy', 'turns', 'prompt tokens', 'open runs', 'timers', 'answered'],
      costs.map(({ job, strategy, turns, tokens, connections, timers, answered }) => [
        job,
        strategy,
        String(turns),
        String(tokens),
        String(connections),
        String(timers),
        answered ? 'yes' : 'no',
      ]),
    ),
  );
  return costs
    .filter(({ strategy }) => strategy === 'latecall')
    .every(({ turns, connections, answered }) => turns === turnsTarget && connections === 0 && answered);
}
