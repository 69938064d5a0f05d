import { readResult } from '../lib/results.ts';
import type { WaitingCost } from '../waiting/waiting.ts';
import { markdownTable } from './markdown.ts';
import type { Section } from './section.ts';

/** What it costs to wait. */
export function waitingSection(): Section {
  const result = readResult<WaitingCost[]>('waiting');
  if (result === undefined) return { title: 'Waiting', parts: [], charts: {} };
  return {
    title: 'Waiting',
    charts: {},
    parts: [
      'One job in virtual time: with Latecall, with a `check_status` tool and 20 turns, and in an `execute` that blocks. Timers: those that fired for the waiting; Latecall’s are one look of the runner at the store each hour.',
      markdownTable(
        ['job', 'strategy', 'model turns', 'prompt tokens', 'open runs', 'timers', 'answered'],
        result.data.map(({ job, strategy, turns, tokens, connections, timers, answered }) => [
          job,
          strategy,
          String(turns),
          String(tokens),
          String(connections),
          String(timers),
          answered ? 'yes' : 'no',
        ]),
      ),
    ],
  };
}
