import { readResult } from '../lib/results.ts';
import { operationNames } from '../scale/operations.ts';
import { missesOf, type ScaleData } from '../scale/scale.ts';
import { figure, markdownTable } from './markdown.ts';
import type { Section } from './section.ts';
import { lineChart } from './svg.ts';

/** Stores with many live tasks. */
export function scaleSection(): Section {
  const result = readResult<ScaleData>('scale');
  if (result === undefined) return { title: 'Scale', parts: [], charts: {} };
  const { scaled, settling, wakes, callbacks } = result.data;
  const stores = [...new Set(scaled.map(({ store }) => store))];
  const chart = lineChart(
    { title: 'Settling and probing, p50, against live tasks', x: 'live tasks', y: 'microseconds', logarithmic: true },
    stores.flatMap((store) =>
      (['settle', 'probe'] as const).map((operation) => ({
        name: `${store}, ${operation}`,
        points: scaled
          .filter((each) => each.store === store)
          .map(({ live, operations }) => [live, operations[operation].p50] as const),
      })),
    ),
  );
  const missed = missesOf(result.data);
  return {
    title: 'Scale',
    charts: { 'latency-against-live': chart },
    parts: [
      'Microseconds, p50 / p99, with so many tasks waiting.',
      markdownTable(
        ['store', 'live', ...operationNames, 'memory a task', 'disk a task'],
        scaled.map(({ store, live, operations, memoryBytes, diskBytes }) => [
          store,
          String(live),
          ...operationNames.map((name) => `${operations[name].p50.toFixed(0)} / ${operations[name].p99.toFixed(0)}`),
          `${memoryBytes.toFixed(0)} B`,
          diskBytes === undefined ? '' : `${diskBytes.toFixed(0)} B`,
        ]),
      ),
      figure('latency-against-live', 'Latency against live tasks'),
      markdownTable(
        ['measure', 'value'],
        [
          ...Object.entries(settling).map(([name, { ratio }]) => [
            `${name}: settling, share of the bare driver`,
            (1 / ratio).toFixed(3),
          ]),
          ...Object.entries(wakes).map(([name, { p50, p99 }]) => [
            `${name}: settle to wake, µs p50 / p99`,
            `${p50.toFixed(0)} / ${p99.toFixed(0)}`,
          ]),
          ['callback route / a handler that only parses and answers', callbacks.ratio.toFixed(1)],
          [
            'callbacks in a second of one core, route / parses only',
            `${inASecond(callbacks.ours)} / ${inASecond(callbacks.theirs)}`,
          ],
        ],
      ),
      ...(missed.length === 0 ? [] : ['Missed:', missed.map((miss) => `- ${miss}`).join('\n')]),
    ],
  };
}

/** To two digits: for orientation only, as the times are. */
function inASecond(microseconds: number): string {
  return Number((1_000_000 / microseconds).toPrecision(2)).toFixed(0);
}
