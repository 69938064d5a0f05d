import { readResult } from '../lib/results.ts';
import type { OverheadData } from '../overhead/overhead.ts';
import { figure, markdownTable } from './markdown.ts';
import type { Section } from './section.ts';
import { lineChart } from './svg.ts';

/** What Latecall costs in a process, beside the bare host. */
export function overheadSection(): Section {
  const result = readResult<OverheadData>('overhead');
  if (result === undefined) return { title: 'Overhead', parts: [], charts: {} };
  const { rows, history } = result.data;
  const pendings = [...new Set(history.map(({ pending }) => pending))];
  const chart = lineChart(
    {
      title: 'A prompt with Latecall, beside JSON.stringify of it',
      x: 'messages',
      y: 'microseconds',
      logarithmic: true,
    },
    [
      ...pendings.map((pending) => ({
        name: `${pending} pending`,
        points: history
          .filter((cost) => cost.pending === pending)
          .map((cost) => [cost.messages, cost.projection] as const),
      })),
      {
        name: 'JSON.stringify',
        points: history
          .filter(({ pending }) => pending === 0)
          .map(({ messages, stringify }) => [messages, stringify] as const),
      },
    ],
  );
  return {
    title: 'Overhead',
    charts: { 'cost-against-history': chart },
    parts: [
      `Medians of ${result.settings.rounds} rounds in one process, turn about with the bare host on the same mock model; only ratios count. CPU time of the process; the time to the first chunk is what somebody waits. The mock model answers at once: beside a model that takes a second, what the last two columns say of this machine is what an app would notice.`,
      markdownTable(
        ['host', 'what', 'ratio', 'middle half', 'target', 'allocations, ratio', 'µs a conversation', 'compared with'],
        rows.map(({ host, what, ratio, quartiles, target, allocation, ours, theirs }) => [
          host,
          what,
          ratio.toFixed(3),
          quartiles.map((value) => value.toFixed(3)).join(' – '),
          target === undefined ? '' : `≤ ${target}${ratio <= target ? '' : ' **missed**'}`,
          allocation === undefined || allocation === null ? '' : allocation.toFixed(2),
          ours.toFixed(0),
          theirs.toFixed(0),
        ]),
      ),
      '### Cost against history',
      markdownTable(
        ['messages', ...pendings.map((pending) => `${pending} pending / JSON.stringify`)],
        [...new Set(history.map(({ messages }) => messages))].map((messages) => [
          String(messages),
          ...pendings.map((pending) =>
            (
              history.find((cost) => cost.messages === messages && cost.pending === pending)?.ratio ?? Number.NaN
            ).toFixed(2),
          ),
        ]),
      ),
      figure('cost-against-history', 'Cost against history'),
    ],
  };
}
