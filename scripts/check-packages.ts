// Checks each package as users will get it: packed, with the exports of `publishConfig`.
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { inParallel } from './lib/in-parallel.ts';
import { type PackedPackage, packPackages } from './lib/pack-packages.ts';
import { createReport } from './lib/report.ts';
import { type CommandResult, runCommand } from './lib/run-command.ts';
import { temporaryFolder } from './lib/temporary-folder.ts';
import { toolPath } from './lib/workspace.ts';

const report = createReport();

await inParallel(await packPackages({ folder: temporaryFolder('packages') }), 2, checkPackage);

report.finish();

async function checkPackage({ name, path, tarball }: PackedPackage): Promise<void> {
  const publint = await runCommand({ command: toolPath('publint'), args: ['--strict', tarball] });
  report.add({ ...publint, name, remark: 'publint --strict' });

  const attw = await runCommand({ command: toolPath('attw'), args: [tarball, '--profile', 'esm-only'] });
  report.add({ ...attw, name, remark: 'attw --profile esm-only' });

  report.add({ ...checkLeftovers(path), name, remark: 'nothing stale in dist' });
}

/** The compiler never deletes: what it built from a file that is gone would still be published. */
function checkLeftovers(packageFolder: string): Pick<CommandResult, 'ok' | 'output'> {
  const stale = globSync('**/*.js', { cwd: join(packageFolder, 'dist') }).filter(
    (file) => !['.ts', '.tsx'].some((kind) => existsSync(join(packageFolder, 'src', file.replace(/\.js$/, kind)))),
  );
  const output = stale.map((file) => `dist/${file} has no source any more; delete dist and build again.`).join('\n');
  return { ok: stale.length === 0, output };
}
