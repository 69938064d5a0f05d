import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { rootFolder } from '../scripts/lib/workspace.ts';
import { checkSnippets } from './snippets/check-snippets.ts';
import type { Host } from './snippets/read-snippets.ts';

const documents = globSync(['README.md', 'docs/guides/*.md', 'packages/*/README.md'], { cwd: rootFolder });
const wrong = 'test/snippets/wrong.md';

/** In all other documents, what is not labelled has to hold for both hosts. */
const hostOf = new Map<string, Host>([
  ['README.md', 'ai-sdk'],
  ['docs/guides/chat-ui.md', 'ai-sdk'],
  ['docs/guides/langchain.md', 'langchain'],
  ['docs/guides/waking.md', 'ai-sdk'],
  ['packages/react/README.md', 'ai-sdk'],
  [wrong, 'ai-sdk'],
]);

let errors: string[];

beforeAll(async () => {
  const read = (path: string) => readFileSync(join(rootFolder, path), 'utf8');
  errors = await checkSnippets(
    [...documents, wrong].map((path) => ({ path, text: read(path), host: hostOf.get(path) })),
  );
}, 120_000);

it.each(documents)('%s shows TypeScript that compiles', (path) => {
  expect(errors.filter((error) => error.startsWith(`${path}:`))).toEqual([]);
});

it('says what is wrong in a document, and where', () => {
  const found = errors.filter((error) => error.startsWith(wrong));
  expect(found.sort((a, b) => a.localeCompare(b))).toEqual([
    expect.stringContaining(`${wrong}:12: error TS2561: Object literal may only specify known properties`),
    expect.stringContaining(`${wrong}:14: error TS2769: No overload matches this call.`),
    expect.stringContaining(`${wrong}:19: error TS2353: Object literal may only specify known properties`),
    expect.stringContaining(`${wrong}:6: error TS2353: Object literal may only specify known properties`),
  ]);
});

it('gives the snippets nothing that does not exist', () => {
  expect(errors.filter((error) => !error.includes('.md:'))).toEqual([]);
});
