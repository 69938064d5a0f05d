import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { runCommand } from './run-command.ts';

/**
 * Copies the files that git tracks or would track into `to`. The copy shares the installed dependencies, but the
 * packages of the workspace see each other's copies: a change in one copy reaches every test of that copy.
 */
export async function copyWorkspace({ from, to }: { from: string; to: string }): Promise<void> {
  for (const file of await listFiles(from)) {
    // A file that is deleted but still in the index is listed too.
    if (!existsSync(join(from, file))) continue;
    cpSync(join(from, file), join(to, file));
    if (basename(file) === 'package.json') linkModules({ from, to, folder: join(dirname(file), 'node_modules') });
  }
}

async function listFiles(folder: string): Promise<string[]> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { ok, output } = await runCommand({ command: 'git', args, cwd: folder });
  if (!ok) throw new Error(`git cannot list the files of ${folder}:\n${output}`);
  return output.split('\0').filter((file) => file !== '');
}

/** Makes `folder` in the copy a folder of links that point where the original's links point. */
function linkModules({ from, to, folder }: { from: string; to: string; folder: string }): void {
  if (!existsSync(join(from, folder))) return;
  mkdirSync(join(to, folder), { recursive: true });
  for (const entry of readdirSync(join(from, folder))) {
    const path = join(folder, entry);
    if (entry.startsWith('@')) linkModules({ from, to, folder: path });
    else if (lstatSync(join(from, path)).isSymbolicLink())
      symlinkSync(linkTarget({ from, to, path }), join(to, path), 'junction');
  }
}

/** A package of the workspace becomes its copy; any other package is the installed one. */
function linkTarget({ from, to, path }: { from: string; to: string; path: string }): string {
  const original = realpathSync(join(from, path));
  const inside = relative(realpathSync(from), original);
  const ofWorkspace = !inside.startsWith('..') && !inside.split(sep).includes('node_modules');
  return ofWorkspace ? join(to, inside) : original;
}
