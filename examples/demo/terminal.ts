// Prints what happens, in columns, as it happens. Colours only in a terminal, and not with NO_COLOR.
import { styleText } from 'node:util';

const colours = {
  user: 'white',
  model: 'magenta',
  latecall: 'cyan',
  app: 'yellow',
  outside: 'blue',
} as const;

const columns = process.stdout.columns ?? 100;

type Style = Parameters<typeof styleText>[0];

export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** Prints one thing that somebody did; further lines are set below the first. */
export type Tell = (who: keyof typeof colours, what: string, ...lines: string[]) => void;

/** Begins a story: a headline, and a clock that starts at zero. */
export function beginStory(title: string): Tell {
  const start = performance.now();
  console.log(`\n${paint('bold', title)}`);
  return (who, what, ...lines) => {
    const time = `${((performance.now() - start) / 1000).toFixed(2)} s`.padStart(8);
    const head = `${paint('dim', time)}  ${paint(colours[who], who.padEnd(8))}  ${what.padEnd(10)}  `;
    for (const [index, line] of lines.flatMap((text) => wrap(text, columns - 32)).entries()) {
      console.log(`${index === 0 ? head : ' '.repeat(32)}${line}`);
    }
  };
}

/** Prints texts side by side, each under its title. */
export function printBeside(
  ...blocks: readonly { title: string; text: string; verdict: string; good: boolean }[]
): void {
  const width = Math.min(48, Math.floor((columns - 3 * (blocks.length - 1)) / blocks.length));
  const wrapped = blocks.map(({ text }) => text.split('\n').flatMap((line) => wrap(line, width)));
  const height = Math.max(...wrapped.map((lines) => lines.length));
  const printRow = (cells: readonly string[], style: (cell: string, index: number) => string) =>
    console.log(
      cells
        .map((cell, index) => style(cell.padEnd(width), index))
        .join('   ')
        .trimEnd(),
    );

  console.log();
  printRow(
    blocks.map(({ title }) => title),
    (cell) => paint('bold', cell),
  );
  printRow(
    blocks.map(() => '─'.repeat(width)),
    (cell) => paint('dim', cell),
  );
  for (let row = 0; row < height; row += 1) {
    printRow(
      wrapped.map((lines) => lines[row] ?? ''),
      (cell) => cell,
    );
  }
  printRow(
    blocks.map(({ verdict }) => verdict),
    (cell, index) => paint(blocks[index]?.good === true ? 'green' : 'red', cell),
  );
}

function wrap(line: string, width: number): string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    const end = space > 0 ? space : width;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}
