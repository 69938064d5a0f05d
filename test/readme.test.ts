import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

it.each(['readme', 'readme-langchain'])('shows the usage that examples/%s runs, word for word', (example) => {
  const [, region = ''] = read(`examples/${example}/main.ts`).split(/\/\/ #(?:end)?region usage\n/);
  expect(region).not.toBe('');
  expect(read('README.md')).toContain(`\`\`\`ts\n${region.trim()}\n\`\`\``);
});
