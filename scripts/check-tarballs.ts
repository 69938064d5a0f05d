// Installs the packed packages in a project outside the workspace, compiles test/consumer there and runs it.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PackedPackage, packPackages } from './lib/pack-packages.ts';
import { createReport } from './lib/report.ts';
import { runCommand } from './lib/run-command.ts';
import { temporaryFolder } from './lib/temporary-folder.ts';
import { packageManager, rootFolder } from './lib/workspace.ts';

// Aliases in test/consumer/package.json: the oldest TypeScript that we support, and the one we build with.
const COMPILERS = ['typescript-5', 'typescript-7'];

// Programs of test/consumer.
const PROGRAMS = ['consumer', 'langchain'];

const report = createReport({ nameWidth: 56 });
const project = temporaryFolder('consumer');

const packed = await packPackages({ folder: temporaryFolder('tarballs') });
cpSync(join(rootFolder, 'test/consumer'), project, { recursive: true });
writeFileSync(join(project, 'pnpm-workspace.yaml'), workspaceSettings(packed));

if (await installs()) for (const compiler of COMPILERS) await compileAndRun(compiler);

report.finish();

async function installs(): Promise<boolean> {
  const { command, args } = packageManager();
  const result = await runCommand({
    command,
    args: [...args, 'install', '--prefer-offline', '--no-frozen-lockfile'],
    cwd: project,
  });
  report.add({ ...result, name: `install ${packed.length} tarballs in a clean project` });
  return result.ok;
}

async function compileAndRun(compiler: string): Promise<void> {
  const compiled = await runCommand({
    command: process.execPath,
    args: [join('node_modules', compiler, 'bin/tsc'), '--project', '.', '--outDir', compiler],
    cwd: project,
  });
  report.add({ ...compiled, name: `compile with ${compiler} (${installedVersion(compiler)})` });
  if (!compiled.ok) return;

  for (const program of PROGRAMS) {
    const ran = await runCommand({
      command: process.execPath,
      args: [join(compiler, `${program}.js`)],
      cwd: project,
      timeoutMs: 60_000,
    });
    report.add({ ...ran, name: `run ${program} as ${compiler} emitted it, Node ${process.versions.node}` });
  }
}

/** Our catalog, so that versions are named once, and our tarballs instead of published packages. */
function workspaceSettings(packages: readonly PackedPackage[]): string {
  const settings = readFileSync(join(rootFolder, 'pnpm-workspace.yaml'), 'utf8');
  const catalog = settings.match(/^catalog:\n(?:[ #].*\n)+/m)?.[0];
  if (catalog === undefined) throw new Error('pnpm-workspace.yaml has no catalog.');
  const pinned = settings.match(/^overrides:\n(?<pins>(?: .*\n)+)/m)?.groups?.pins ?? '';
  const overrides = packages.map(({ name, tarball }) => `  '${name}': file:${tarball}\n`);
  return `${catalog}overrides:\n${pinned}${overrides.join('')}`;
}

function installedVersion(compiler: string): string {
  const manifest = readFileSync(join(project, 'node_modules', compiler, 'package.json'), 'utf8');
  // Every installed package has a version.
  return (JSON.parse(manifest) as { version: string }).version;
}
