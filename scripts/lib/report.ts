interface Line {
  ok: boolean;
  /** @default 'ok' or 'FAILED' */
  word?: string | undefined;
  name: string;
  seconds?: number | undefined;
  /** A short remark at the end of the line. */
  remark?: string | undefined;
  /** Printed under the line when it is not ok. */
  output?: string | undefined;
}

export interface Report {
  add: (line: Line) => void;
  /** Prints the count as the last line and sets the exit code. Nothing checked counts as a failure. */
  finish: () => void;
}

/** Prints a line for each thing checked, and what a failed one printed. */
export function createReport({ nameWidth = 28 }: { nameWidth?: number } = {}): Report {
  let passed = 0;
  let failed = 0;

  const report: Report = {
    add({ ok, word = ok ? 'ok' : 'FAILED', name, seconds, remark = '', output = '' }) {
      if (ok) passed += 1;
      else failed += 1;
      const time = seconds === undefined ? '' : `${seconds.toFixed(1).padStart(6)} s  `;
      console.log(`${word.padEnd(6)}  ${name.padEnd(nameWidth)}  ${time}${remark}`.trimEnd());
      if (!ok && output.trim() !== '') console.log(indent(lastLines(output.trim())));
    },
    finish() {
      console.log(`${passed} passed, ${failed} failed`);
      if (failed > 0 || passed === 0) process.exitCode = 1;
    },
  };

  // What stops a script early is a failure like any other, with a count as its last line.
  process.once('uncaughtException', (error) => {
    report.add({ ok: false, name: 'stopped early', output: explain(error) });
    report.finish();
    process.exit();
  });
  return report;
}

/** Our own errors say what is wrong; any other needs its stack. */
function explain(error: Error): string {
  return (error.constructor === Error ? error.message : error.stack) ?? error.message;
}

/** What went wrong stands at the end. A log that is cut somewhere should not be cut there. */
function lastLines(text: string, most = 150): string {
  const lines = text.split('\n');
  const left = lines.length - most;
  return left > 0 ? [`… ${left} lines before`, ...lines.slice(-most)].join('\n') : text;
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '    ');
}
