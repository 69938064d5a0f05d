import { dirname } from 'node:path';
import type { Mutant } from './read-mutants.ts';
import { type CommandResult, runCommand } from './run-command.ts';
import { runTests, type TestOutcome } from './run-tests.ts';

export interface Verdict {
  caught: boolean;
  word: string;
  output?: string;
}

const TIMEOUT_MS = 60_000;

/** Runs the named tests of all mutants without any patch, and says which mutants cannot be judged, and why. */
export async function judgeUnpatched({
  mutants,
  folder,
}: {
  mutants: readonly Mutant[];
  folder: string;
}): Promise<Map<Mutant, Verdict>> {
  const { tests, output } = await runTests({
    folder,
    files: [...new Set(mutants.map(({ testFile }) => testFile))],
    names: mutants.map(({ testName }) => testName),
    timeoutMs: 2 * TIMEOUT_MS,
  });
  if (tests.length === 0 && mutants.length > 0) throw new Error(`None of the named tests ran:\n${output}`);

  return new Map(
    mutants.flatMap((mutant) => {
      const named = tests.filter((test) => isNamed(test, mutant));
      if (named.length === 0) return [[mutant, failure('NO SUCH TEST')]];
      const passes = named.every(({ status }) => status === 'passed');
      return passes ? [] : [[mutant, failure('FAILS UNPATCHED', output)]];
    }),
  );
}

/** Plants the bug in the copy, runs the named test, and takes the bug out again. */
export async function judgePatched({ mutant, folder }: { mutant: Mutant; folder: string }): Promise<Verdict> {
  const applied = await applyPatch({ mutant, folder });
  if (!applied.ok) return failure('DOES NOT APPLY', applied.output);
  const verdict = await judgePlanted({ mutant, folder });
  const reversed = await applyPatch({ mutant, folder, reverse: true });
  if (!reversed.ok) throw new Error(`${mutant.name} cannot be taken out again:\n${reversed.output}`);
  return verdict;
}

async function judgePlanted({ mutant, folder }: { mutant: Mutant; folder: string }): Promise<Verdict> {
  const { testFile, testName } = mutant;
  const run = await runTests({ folder, files: [testFile], names: [testName], timeoutMs: TIMEOUT_MS });
  if (run.timedOut) return failure('TIMED OUT', run.output);
  const named = run.tests.filter((test) => isNamed(test, mutant));
  if (named.length === 0) return failure('DOES NOT LOAD', run.output);
  return named.some(({ status }) => status === 'failed') ? { caught: true, word: 'caught' } : failure('SURVIVED');
}

function applyPatch(request: { mutant: Mutant; folder: string; reverse?: boolean }): Promise<CommandResult> {
  const { mutant, folder, reverse = false } = request;
  return runCommand({
    command: 'git',
    args: ['apply', '--whitespace=nowarn', ...(reverse ? ['--reverse'] : []), mutant.patch],
    cwd: folder,
    // The copy is no repository, and git must not take one that lies above it for the one to patch.
    env: { GIT_CEILING_DIRECTORIES: dirname(folder) },
  });
}

function isNamed({ file, name, status }: TestOutcome, { testFile, testName }: Mutant): boolean {
  return file === testFile && name.includes(testName) && status !== 'skipped';
}

function failure(word: string, output = ''): Verdict {
  return { caught: false, word, output };
}
