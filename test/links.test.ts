import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { rootFolder } from '../scripts/lib/workspace.ts';

const documents = globSync(['*.md', '{bench,mutants}/*.md', 'docs/**/*.md', '{packages,examples}/*/README.md'], {
  cwd: rootFolder,
});

it.each(documents)('%s links to what is there', (path) => {
  const text = withoutCode(readFileSync(join(rootFolder, path), 'utf8'));
  const links = Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, link = '']) => link);
  expect(links.filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(path, link))).toEqual([]);
});

function leadsSomewhere(path: string, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? join(rootFolder, path) : join(rootFolder, dirname(path), file);
  return existsSync(target) && (anchor === undefined || anchorsOf(target).includes(anchor));
}

/** As GitHub makes them of headings. */
function anchorsOf(file: string): string[] {
  const headings = withoutFences(readFileSync(file, 'utf8')).matchAll(/^#+ (.+)$/gm);
  return Array.from(headings, ([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function withoutCode(text: string): string {
  return withoutFences(text).replaceAll(/`[^`\n]*`/g, '');
}

function withoutFences(text: string): string {
  return text.replaceAll(/^```.*?^```$/gms, '');
}
