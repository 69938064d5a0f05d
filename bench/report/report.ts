import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine } from '../lib/machine.ts';
import { readResult } from '../lib/results.ts';
import { coordinationSection } from './coordination-section.ts';
import { overheadSection } from './overhead-section.ts';
import { scaleSection } from './scale-section.ts';
import { waitingSection } from './waiting-section.ts';

const folder = join(import.meta.dirname, '..');

/** Writes `RESULTS.md` and its charts from the results of the last runs. */
export async function report(): Promise<boolean> {
  const sections = [coordinationSection(), overheadSection(), scaleSection(), waitingSection()];
  mkdirSync(join(folder, 'charts'), { recursive: true });
  for (const [name, svg] of sections.flatMap(({ charts }) => Object.entries(charts))) {
    writeFileSync(join(folder, 'charts', `${name}.svg`), svg);
  }
  const { cpu, cores, memoryGiB, node, packages } = (readResult('coordination-0ms') ?? { machine: describeMachine() })
    .machine;
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  const text = [
    '# Results',
    'Written by `pnpm bench report` from the files in [results](results). What each benchmark does: [README](README.md).',
    `Measured on ${cpu}, ${cores} cores, ${memoryGiB} GiB, Node ${node}; ${versions.join(', ')}.`,
    ...sections.flatMap(({ title, parts }) => [`## ${title}`, ...(parts.length === 0 ? ['Not measured.'] : parts)]),
  ].join('\n\n');
  writeFileSync(join(folder, 'RESULTS.md'), `${text}\n`);
  console.log('bench/RESULTS.md and bench/charts are written.');
  return true;
}
