import { cpSync, globSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommand } from '../../scripts/lib/run-command.ts';
import { rootFolder, toolPath } from '../../scripts/lib/workspace.ts';
import { type Host, readSnippets } from './read-snippets.ts';

export interface Document {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  /** Whose snippets it has, where they do not say so themselves. @default both */
  readonly host?: Host | undefined;
}

const HOSTS: readonly Host[] = ['ai-sdk', 'langchain'];
const folder = join(rootFolder, 'node_modules/.cache/snippets');

/** Compiles the snippets of all documents in one run; gives the errors, each with its place in a document. */
export async function checkSnippets(documents: readonly Document[]): Promise<string[]> {
  rmSync(folder, { recursive: true, force: true });
  linkDependencies();
  for (const host of HOSTS) writeProject(host, documents);
  const args = ['--build', '--pretty', 'false', ...HOSTS];
  const { output } = await runCommand({ command: toolPath('tsc'), args, cwd: folder });
  const errors = output.split(/\n(?=\S)/).map((error) => atPlace(error.trimEnd()));
  return Array.from(new Set(errors)).filter((error) => error !== '');
}

/** A snippet may import our packages, and whatever they depend on. */
function linkDependencies(): void {
  const places = globSync(['packages/*', 'packages/*/node_modules/{[!@]*,@*/*}'], { cwd: rootFolder });
  const modules = new Map(places.map((place) => [moduleName(place), place]));
  for (const [name, place] of modules) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(rootFolder, place), link, 'junction');
  }
}

function moduleName(place: string): string {
  const [, own, dependency] = place.split(/packages\/|\/node_modules\//);
  return dependency ?? `@latecall/${own}`;
}

/** The snippets for a host are a project, in which what they are given is global: a snippet may declare it anew. */
function writeProject(host: Host, documents: readonly Document[]): void {
  const given = ['both.ts', `${host}.ts`];
  for (const file of given) cpSync(join(import.meta.dirname, 'given', file), join(folder, host, file));
  const snippets = documents.flatMap(({ path, text, host: usual = host }) =>
    readSnippets(text)
      .map((snippet, at) => ({ ...snippet, file: `${path}.${at}.tsx` }))
      .filter((snippet) => (snippet.host ?? usual) === host),
  );
  for (const { file, code } of snippets) {
    mkdirSync(dirname(join(folder, host, file)), { recursive: true });
    writeFileSync(join(folder, host, file), `${code}export {};\n`);
  }
  const project = {
    extends: join(rootFolder, 'tsconfig.test.json'),
    compilerOptions: { moduleDetection: 'legacy', rootDir: rootFolder, tsBuildInfoFile: '.tsbuildinfo' },
    files: [...given, ...snippets.map(({ file }) => file)],
    include: [],
  };
  writeFileSync(join(folder, host, 'tsconfig.json'), JSON.stringify(project));
}

/** `ai-sdk/README.md.3.tsx(7,5): error …` is at `README.md:7`, `ai-sdk/both.ts(9,1)` at `test/snippets/given/both.ts:9`. */
function atPlace(error: string): string {
  return error
    .replace(/^[^/]+\/(.+\.md)\.\d+\.tsx\((\d+),\d+\)/, '$1:$2')
    .replace(/^[^/]+\/([a-z-]+\.ts)\((\d+),\d+\)/, 'test/snippets/given/$1:$2');
}
