import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

it('shows the usage that examples/readme runs, word for word', () => {
  const [, region = ''] = read('examples/readme/main.ts').split(/\/\/ #(?:end)?region usage\n/);
  expect(region).not.toBe('');
  expect(read('README.md')).toContain(`\`\`\`ts\n${region.trim()}\n\`\`\``);
});
