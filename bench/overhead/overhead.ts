import { parseArgs } from 'node:util';
import type { AuditEvent } from '@latecall/core';
import { allocationOf } from '../lib/allocation.ts';
import { alternate, type Comparison } from '../lib/alternate.ts';
import { writeResult } from '../lib/results.ts';
import { writeTable } from '../lib/table.ts';
import { digestsOfCall } from './digests.ts';
import { compareFirstChunk } from './first-chunk.ts';
import { type HistoryCost, measureHistory } from './history.ts';
import { hosts, runsOf } from './runs.ts';

/** A comparison with what it may come to at most. */
export interface Row extends Comparison {
  readonly what: string;
  readonly host: string;
  readonly target?: number;
  /** Ours / theirs, of the bytes that a run allocates. */
  readonly allocation?: number;
}

export interface OverheadData {
  readonly rows: readonly Row[];
  readonly history: readonly HistoryCost[];
}

const targets = { none: 1.03, async: 1.25 };
const longest = 10_000;

/** What Latecall costs where nothing is outside of this process. */
export async function overhead(args: string[]): Promise<boolean> {
  const { values } = parseArgs({ args, options: { rounds: { type: 'string', default: '41' } } });
  const rounds = Number(values.rounds);
  const rows: Row[] = [];
  const digests = await digestsOfCall();
  for (const host of hosts) {
    const runs = runsOf(host);
    const times = host === 'createAgent' ? 15 : 40;
    const add = async (what: string, works: { ours: typeof runs.bare; theirs: typeof runs.bare }, target?: number) => {
      const compared = await alternate(works, { times, rounds, measure: 'cpu' });
      const few = { times: 10, rounds: 9 };
      const allocation = (await allocationOf(works.ours, few)) / (await allocationOf(works.theirs, few));
      rows.push({ what, host, ...compared, allocation, ...(target === undefined ? {} : { target }) });
      process.stderr.write(`${host}: ${what} ${compared.ratio.toFixed(3)}\n`);
    };
    await add('no async tools', { ours: runs.wrapped, theirs: runs.bare }, targets.none);
    await add('no async tools, beside hooks that do nothing', { ours: runs.wrapped, theirs: runs.hooked });
    await add('async tool, host invoked twice too', { ours: runs.late(), theirs: runs.bareTwice }, targets.async);
    await add('the same, beside hooks that do nothing', { ours: runs.late(), theirs: runs.hookedTwice });
    await add('only its digests and signatures, host invoked twice', { ours: digests, theirs: runs.bareTwice });
    await add('async tool, host invoked once', { ours: runs.late(), theirs: runs.bare });
    await add('audit and policy', { ours: runs.late(hooks()), theirs: runs.late() });
  }
  const chunk = await compareFirstChunk({ times: 40, rounds });
  rows.push({ what: 'time to first chunk', host: 'streamText', ...chunk });
  const history = await measureHistory({ rounds: 9 });
  writeResult<OverheadData>('overhead', { rounds }, { rows, history });

  console.log(
    writeTable(
      ['host', 'what', 'ratio', 'quartiles', 'target', 'allocations', 'µs', 'µs of theirs'],
      rows.map(({ host, what, ratio, quartiles, target, allocation, ours, theirs }) => [
        host,
        what,
        ratio.toFixed(3),
        quartiles.map((value) => value.toFixed(3)).join(' – '),
        target === undefined ? '' : `≤ ${target}${ratio <= target ? '' : ' missed'}`,
        allocation?.toFixed(2) ?? '',
        ours.toFixed(0),
        theirs.toFixed(0),
      ]),
    ),
  );
  console.log(
    writeTable(
      ['messages', 'pending', 'projection / JSON.stringify', 'projection µs'],
      history.map(({ messages, pending, ratio, projection }) => [
        String(messages),
        String(pending),
        ratio.toFixed(2),
        projection.toFixed(0),
      ]),
    ),
  );
  const inTime = history.every(({ messages, ratio }) => messages < longest || ratio <= 1);
  return inTime && rows.every(({ ratio, target }) => target === undefined || ratio <= target);
}

/** Everything that may be asked or told on the way. */
function hooks() {
  const events: AuditEvent[] = [];
  return {
    audit: (event: AuditEvent) => {
      events.push(event);
      if (events.length > 10_000) events.length = 0;
    },
    policy: {
      permissions: () => ({ role: 'member' }),
      authorize: () => ({ allow: true, permissions: { role: 'member' } }),
      snapshot: () => 'commit-1',
    },
  };
}
