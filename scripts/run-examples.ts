// Runs every examples/*/main.ts in a process of its own and reports which of them ended well; then asks whether the audit
// of each, alone, says which turn was told of which result and which calls each turn made.
import { globSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkLineage } from '../test/lineage/check-lineage.ts';
import { inParallel } from './lib/in-parallel.ts';
import { createReport } from './lib/report.ts';
import { runCommand } from './lib/run-command.ts';
import { temporaryFolder } from './lib/temporary-folder.ts';
import { rootFolder } from './lib/workspace.ts';

const TIMEOUT_MS = 120_000;

const folder = join(rootFolder, 'examples');
const recorder = join(rootFolder, 'test/lineage/record.ts');
const records = temporaryFolder('lineage');
const report = createReport();

await inParallel(globSync('*/main.ts', { cwd: folder }).sort(), 2, async (file) => {
  const name = dirname(file);
  const lineage = join(records, name);
  mkdirSync(lineage);
  const result = await runCommand({
    command: process.execPath,
    args: ['--import', recorder, file],
    cwd: folder,
    timeoutMs: TIMEOUT_MS,
    env: {
      OPENAI_API_KEY: '', // a developer's key is not for checks: with it the demo would ask the real API
      LINEAGE_FOLDER: lineage,
    },
  });
  if (result.timedOut) return report.add({ ...result, name, remark: `stopped after ${TIMEOUT_MS / 1000} s` });
  const { turns, problems } = checkLineage(lineage);
  const said = `${turns} turns in its log`;
  if (!result.ok || problems.length === 0) return report.add({ ...result, name, remark: said });
  report.add({ ...result, ok: false, name, remark: said, output: problems.join('\n') });
});

report.finish();
