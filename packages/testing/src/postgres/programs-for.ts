import { cpSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The folder of the programs as another user can reach it: where a folder above them is closed to others, as a home
 * often is, that is a copy in `folder`.
 */
export function programsFor(programs: string, folder: string): string {
  if (isOpenToAll(programs)) return programs;
  const native = join(folder, 'native');
  cpSync(dirname(programs), native, { recursive: true, verbatimSymlinks: true });
  return join(native, 'bin');
}

function isOpenToAll(path: string): boolean {
  const { mode } = statSync(path);
  const above = dirname(path);
  return (mode & 0o005) === 0o005 && (above === path || isOpenToAll(above));
}
