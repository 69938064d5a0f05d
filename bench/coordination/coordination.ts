import { parseArgs } from 'node:util';
import { computeDigestsInline } from '../lib/inline-crypto.ts';
import { createRandom } from '../lib/random.ts';
import { writeResult } from '../lib/results.ts';
import { writeTable } from '../lib/table.ts';
import type { Consumption } from './app.ts';
import { readWorkload } from './data.ts';
import { asRecorded, type Fault, faults, withoutFaults } from './faults.ts';
import { generateWorkload } from './generate.ts';
import { type Instance, instancesOf } from './instance.ts';
import { judge } from './judge.ts';
import { aiLoop } from './loops/ai-loop.ts';
import { baselineNames, playBaseline } from './loops/baselines.ts';
import { langchainLoop } from './loops/langchain-loop.ts';
import { type Loop, type LoopName, loopNames } from './loops/loop.ts';
import { play } from './play.ts';
import { missesOf, percent, type Summary, summarize } from './summary.ts';

const loops: Readonly<Record<LoopName, Loop>> = {
  'ai-generate': aiLoop({ streaming: false }),
  'ai-stream': aiLoop({ streaming: true }),
  langchain: langchainLoop,
};

const modes = ['suspend', 'continue'] as const;

export const coordinationUsage = `coordination [--loop ${[...loopNames, 'all'].join('|')}] [--data <folder>] [--model-ms <n>]
             [--faults none|recorded|<name>,...|all] [--seed <n>] [--instances <n>] [--policies] [--json]`;

/** Plays the workload through every loop that is asked for, and says what each came to. */
export async function coordination(args: string[]): Promise<boolean> {
  computeDigestsInline();
  const { values } = parseArgs({
    args,
    options: {
      loop: { type: 'string', default: 'all' },
      data: { type: 'string' },
      'model-ms': { type: 'string', default: '0' },
      faults: { type: 'string', default: 'none' },
      seed: { type: 'string', default: '1' },
      instances: { type: 'string' },
      policies: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const folder = values.data ?? process.env.LATECALL_COMPOSITES;
  const seed = Number(values.seed);
  const modelMs = Number(values['model-ms']);
  const limit = values.instances === undefined ? undefined : Number(values.instances);
  const workload = folder === undefined ? generateWorkload({ seed, instances: limit ?? 100 }) : readWorkload(folder);
  const instances = instancesOf(workload).slice(0, limit);
  const wanted = values.loop === 'all' ? loopNames : loopNames.filter((name) => name === values.loop);
  if (wanted.length === 0) throw new Error(`Unknown loop "${values.loop}". There are ${loopNames.join(', ')}, all.`);

  const say = (summary: Summary) => {
    if (!values.json) process.stderr.write(`${summary.fault} ${summary.loop} ${summary.mode} done\n`);
  };
  const summaries = values.policies
    ? await playPolicies(instances, { modelMs, say })
    : await playLoops(instances, { wanted, modelMs, seed, chosen: chooseFaults(values.faults), say });

  const settings = {
    workload: folder === undefined ? `generated, seed ${seed}` : 'recorded',
    instances: instances.length,
    modelMs,
    seed,
  };
  const name = values.policies ? 'policies' : values.faults === 'none' ? `coordination-${modelMs}ms` : 'faults';
  if (folder === undefined) writeResult(name, settings, summaries); // what a clone can measure again
  console.log(values.json ? JSON.stringify({ settings, summaries }, null, 2) : tableOf(summaries));
  const missed = summaries.filter(isOurs).flatMap((summary) => missesOf(summary));
  return missed.length === 0;
}

interface Playing {
  readonly modelMs: number;
  readonly say: (summary: Summary) => void;
}

async function playLoops(
  instances: readonly Instance[],
  {
    wanted,
    modelMs,
    seed,
    chosen,
    say,
  }: Playing & {
    wanted: readonly LoopName[];
    seed: number;
    chosen: readonly string[];
  },
): Promise<Summary[]> {
  const summaries: Summary[] = [];
  const add = (summary: Summary) => {
    summaries.push(summary);
    say(summary);
  };
  for (const faultName of chosen) {
    const { fault, planned } = planAll(instances, faultName, seed);
    for (const loop of wanted) {
      for (const mode of modes) {
        const consumption: Consumption = { ...byDefault, mode };
        const what = { loop, mode, fault: faultName, modelMs };
        add(summarize(what, await playAll(planned, { loop: loops[loop], fault, consumption, modelMs })));
      }
    }
    if (faultName !== 'none') continue;
    for (const loop of baselineNames) {
      const judged = [];
      for (const instance of planned)
        judged.push({ id: instance.id, ...(await playBaseline(loop, { instance, modelMs })) });
      add(summarize({ loop, mode: '', fault: faultName, modelMs }, judged));
    }
  }
  return summaries;
}

/** What an app has that chose nothing but the mode. */
const byDefault: Consumption = {
  mode: 'continue',
  scheduling: 'when-idle',
  idleTurns: 'once',
  gather: 'as-the-runner',
};

/** How results may be consumed: what each way costs in turns, and what it gains in time. */
async function playPolicies(instances: readonly Instance[], { modelMs, say }: Playing): Promise<Summary[]> {
  const { fault, planned } = planAll(instances, 'none', 0);
  const summaries: Summary[] = [];
  const add = async (mode: string, consumption: Consumption) => {
    const loop = loops['ai-generate'];
    const what = { loop: 'ai-generate', mode, fault: 'none', modelMs };
    const summary = summarize(what, await playAll(planned, { loop, fault, consumption, modelMs }));
    summaries.push(summary);
    say(summary);
  };
  await add('suspend', { ...byDefault, mode: 'suspend' });
  for (const idleTurns of ['always', 'once', 'never'] as const) {
    for (const gather of [0, 50, 100, 200, 400, 800]) {
      await add(`${idleTurns}, ${gather} ms`, { ...byDefault, idleTurns, gather });
    }
    await add(`${idleTurns}, default`, { ...byDefault, idleTurns });
  }
  for (const name of ['sequential', 'barrier'] as const) {
    const judged = [];
    for (const instance of planned)
      judged.push({ id: instance.id, ...(await playBaseline(name, { instance, modelMs })) });
    summaries.push(summarize({ loop: name, mode: '', fault: 'none', modelMs }, judged));
  }
  return summaries;
}

function planAll(instances: readonly Instance[], name: string, seed: number): { fault: Fault; planned: Instance[] } {
  const random = createRandom(seed);
  if (name === 'recorded') return { fault: { plan: asRecorded }, planned: instances.map(asRecorded) };
  const fault = faults[name];
  if (fault === undefined) throw new Error(`Unknown fault "${name}". There are ${Object.keys(faults).join(', ')}.`);
  return { fault, planned: instances.map((instance) => fault.plan(withoutFaults(instance), random)) };
}

async function playAll(
  planned: readonly Instance[],
  setup: { loop: Loop; fault: Fault; consumption: Consumption; modelMs: number },
) {
  const judged = [];
  for (const instance of planned) judged.push({ id: instance.id, ...judge(await play({ instance, ...setup })) });
  return judged;
}

function chooseFaults(text: string): string[] {
  return text === 'all' ? [...Object.keys(faults), 'recorded'] : text.split(',');
}

function isOurs({ loop }: Summary): boolean {
  return (loopNames as readonly string[]).includes(loop);
}

function tableOf(summaries: readonly Summary[]): string {
  const head = [
    'fault',
    'loop',
    'mode',
    'task',
    'sub-task',
    'step',
    'once',
    'callback',
    'audit',
    'binding',
    'invalid',
    'R',
    'turns',
    'misses',
  ];
  const rows = summaries.map((summary) => [
    summary.fault,
    summary.loop,
    summary.mode,
    percent(summary.task),
    percent(summary.subTask),
    percent(summary.step),
    percent(summary.dispatchedOnce),
    percent(summary.callbackOnce),
    percent(summary.audit),
    String(summary.bindingErrors),
    String(summary.invalidPrompts),
    summary.r.toFixed(3),
    String(summary.turns),
    isOurs(summary) ? missesOf(summary).join(', ') : '',
  ]);
  const problems = summaries.flatMap(({ fault, loop, mode, problems: own }) =>
    own.map((problem) => `${fault} ${loop} ${mode}: ${problem}`),
  );
  return [writeTable(head, rows), ...problems].join('\n');
}
