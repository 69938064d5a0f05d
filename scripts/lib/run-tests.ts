import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import { runCommand } from './run-command.ts';
import { rootFolder } from './workspace.ts';

export interface TestRequest {
  /** A workspace with its own vitest.config.ts. */
  folder: string;
  /** Which tests to run: in each file, those whose full name contains one of the names. */
  files: readonly string[];
  names: readonly string[];
  timeoutMs: number;
}

export interface TestOutcome {
  file: string;
  /** Names of the suites and of the test, joined as vitest shows them. */
  name: string;
  status: string;
}

export interface TestRun {
  timedOut: boolean;
  /** Empty where no test ran, for example because a file does not load. */
  tests: TestOutcome[];
  output: string;
}

/** Runs the named tests of a workspace and reports on each test that was not left out. */
export async function runTests({ folder, files, names, timeoutMs }: TestRequest): Promise<TestRun> {
  const report = join(folder, 'node_modules/.vitest-report.json');
  rmSync(report, { force: true });
  const { timedOut, output } = await runCommand({
    command: process.execPath,
    args: [
      join(folder, 'node_modules/vitest/vitest.mjs'),
      'run',
      ...files,
      ...['--testNamePattern', names.map(escapePattern).join('|')],
      ...['--reporter', 'default', '--reporter', 'json', '--outputFile.json', report],
    ],
    cwd: folder,
    timeoutMs,
    // vitest starts `tsc` for type tests; the copy of a workspace has no node_modules/.bin of its own.
    env: { PATH: `${join(rootFolder, 'node_modules/.bin')}${delimiter}${process.env.PATH}` },
  });
  return { timedOut, output, tests: existsSync(report) ? readReport(folder, report) : [] };
}

/** The part of vitest's JSON report that is read here. */
interface JsonReport {
  testResults: {
    name: string;
    assertionResults: { ancestorTitles: string[]; title: string; status: string }[];
  }[];
}

function readReport(folder: string, path: string): TestOutcome[] {
  const report = JSON.parse(readFileSync(path, 'utf8')) as JsonReport;
  return report.testResults.flatMap(({ name: file, assertionResults }) =>
    assertionResults.map(({ ancestorTitles, title, status }) => ({
      file: relative(realpathSync(folder), file),
      name: [...ancestorTitles, title].filter((part) => part !== '').join(' > '),
      status,
    })),
  );
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
