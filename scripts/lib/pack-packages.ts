import { join } from 'node:path';
import { runCommand } from './run-command.ts';
import { type PublicPackage, packageManager, publicPackages, rootFolder, toolPath } from './workspace.ts';

export interface PackedPackage extends PublicPackage {
  tarball: string;
}

/** Builds every published package and packs it into `folder`, with the manifest that users get. */
export async function packPackages({ folder }: { folder: string }): Promise<PackedPackage[]> {
  const packages = publicPackages();
  const build = await runCommand({
    command: toolPath('tsc'),
    args: ['--build', ...packages.map(({ path }) => path)],
    cwd: rootFolder,
  });
  if (!build.ok) throw new Error(`The packages do not build:\n${build.output}`);
  return Promise.all(packages.map((each) => pack(each, folder)));
}

async function pack(each: PublicPackage, folder: string): Promise<PackedPackage> {
  const { command, args } = packageManager();
  const tarball = join(folder, `${each.folder}.tgz`);
  const result = await runCommand({ command, args: [...args, 'pack', '--out', tarball], cwd: each.path });
  if (!result.ok) throw new Error(`${each.name} does not pack:\n${result.output}`);
  return { ...each, tarball };
}
