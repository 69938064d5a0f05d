import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** A deliberate bug, and the test that has to notice it. */
export interface Mutant {
  name: string;
  patch: string;
  law: string;
  /** As in the patch: `<test file> > <part of the test's name>`. */
  test: string;
  testFile: string;
  testName: string;
}

/** Reads `mutants/*.patch`, or those of them that are named. */
export function readMutants({ folder, names }: { folder: string; names: readonly string[] }): Mutant[] {
  const mutants = globSync('*.patch', { cwd: folder })
    .sort()
    .map((file) => readMutant(join(folder, file)));
  if (mutants.length === 0) throw new Error(`There is no mutant in ${folder}.`);
  const unknown = names.filter((name) => mutants.every((mutant) => mutant.name !== name));
  if (unknown.length > 0) {
    const known = mutants.map(({ name }) => name).join(', ');
    throw new Error(`There is no mutant "${unknown.join('", "')}". There are: ${known}.`);
  }
  return names.length === 0 ? mutants : mutants.filter(({ name }) => names.includes(name));
}

function readMutant(patch: string): Mutant {
  const name = basename(patch, '.patch');
  const header = readHeader(readFileSync(patch, 'utf8'));
  const [testFile, testName] = splitOnce(header.get('test') ?? '', ' > ');
  const law = header.get('law') ?? '';

  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) throw new Error(`The name of mutants/${name}.patch is not kebab-case.`);
  if (!/^\d+$/.test(law)) throw new Error(`mutants/${name}.patch needs a line "# law: <number>".`);
  if (!testName) throw new Error(`mutants/${name}.patch needs a line "# test: <test file> > <test name>".`);
  if (!header.get('why')) throw new Error(`mutants/${name}.patch needs a line "# why: <one sentence>".`);
  return { name, patch, law, test: `${testFile} > ${testName}`, testFile, testName };
}

/** The `# key: value` lines before the diff. */
function readHeader(text: string): Map<string, string> {
  const [head] = splitOnce(text, '\n--- ');
  return new Map(
    head.split('\n').flatMap((line) => {
      const [, key, value] = line.match(/^# (\w+): (.*)$/) ?? [];
      return key !== undefined && value !== undefined ? [[key, value.trim()] as const] : [];
    }),
  );
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + separator.length).trim()];
}
