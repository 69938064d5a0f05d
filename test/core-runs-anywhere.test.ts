import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../packages/core/src/', import.meta.url);
const sources = globSync('**/*.ts', { cwd: root }).filter((file) => !/\.test(-d)?\.ts$/.test(file));
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');

it('imports nothing but its own files and the types of Standard Schema', () => {
  const imports = sources.flatMap((file) =>
    [...read(file).matchAll(/^(?:import|export)\s(?<what>[^;]*?)from\s'(?<from>[^']+)'/gms)].map(
      ({ groups }) => groups,
    ),
  );
  const foreign = imports.filter((found) => !found?.from?.startsWith('.'));
  expect(new Set(foreign.map((found) => found?.from))).toEqual(new Set(['@standard-schema/spec']));
  expect(foreign.every((found) => found?.what?.startsWith('type '))).toBe(true);
});

it('takes time and randomness from where they can be injected', () => {
  const users = (pattern: RegExp) => sources.filter((file) => pattern.test(read(file)));
  expect(users(/Date\.now\(|new Date\(\)|setTimeout\(|setInterval\(/)).toEqual(['base/clock.ts']);
  expect(users(/Math\.random\(|getRandomValues\(|randomUUID\(/)).toEqual(['base/random.ts']);
});
