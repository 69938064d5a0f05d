// Runs every examples/*/main.ts in a process of its own and reports which of them ended well.
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inParallel } from './lib/in-parallel.ts';
import { createReport } from './lib/report.ts';
import { runCommand } from './lib/run-command.ts';
import { rootFolder } from './lib/workspace.ts';

const TIMEOUT_MS = 60_000;

const folder = join(rootFolder, 'examples');
const report = createReport();

await inParallel(globSync('*/main.ts', { cwd: folder }).sort(), 2, async (file) => {
  const result = await runCommand({
    command: process.execPath,
    args: [file],
    cwd: folder,
    timeoutMs: TIMEOUT_MS,
    env: { OPENAI_API_KEY: '' }, // a developer's key is not for checks: with it the demo would ask the real API
  });
  const remark = result.timedOut ? `stopped after ${TIMEOUT_MS / 1000} s` : '';
  report.add({ ...result, name: dirname(file), remark });
});

report.finish();
