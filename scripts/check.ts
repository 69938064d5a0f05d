// Runs every check of the repository and prints one line for each; what a failed one printed follows its line.
import { inParallel } from './lib/in-parallel.ts';
import { createReport } from './lib/report.ts';
import { type CommandResult, runCommand } from './lib/run-command.ts';
import { packageManager, rootFolder } from './lib/workspace.ts';

// Scripts of the root package.json. They share nothing that they write, so two run at a time.
const INDEPENDENT = ['lint', 'check:tarballs', 'examples', 'check:package', 'check:unused', 'check:size'];
// Whoever has just run the tests need not run them again.
const TESTED = process.env.LATECALL_TESTED !== undefined;

const report = createReport({ nameWidth: 14 });

// The build comes first because several checks read dist; the browser and the mutants come last because they fill the
// machine.
await check('build');
await inParallel(TESTED ? INDEPENDENT : ['test', ...INDEPENDENT], 2, check);
await check('test:browser');
await check('mutants');

report.finish();

async function check(script: string): Promise<void> {
  const { command, args } = packageManager();
  const result = await runCommand({ command, args: [...args, '--silent', 'run', script], cwd: rootFolder });
  report.add({ ...result, name: script, remark: countOf(result) });
}

/** The count that a script ends with: our own last line, or the line of the test runner. */
function countOf({ output }: CommandResult): string {
  const own = output.match(/^\d+ passed, \d+ failed$/m)?.[0];
  const tests = output.match(/^ *Tests +(\d.*)$/m)?.[1];
  return own ?? tests ?? '';
}
