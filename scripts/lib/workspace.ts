import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const rootFolder = resolve(import.meta.dirname, '../..');

export interface PublicPackage {
  name: string;
  /** The folder's name under `packages/`. */
  folder: string;
  path: string;
}

/** The packages that are published: every `packages/*` that is not private. */
export function publicPackages(): PublicPackage[] {
  const parent = join(rootFolder, 'packages');
  return readdirSync(parent)
    .map((folder) => ({ folder, path: join(parent, folder) }))
    .filter(({ path }) => existsSync(join(path, 'package.json')))
    .map(({ folder, path }) => ({ folder, path, ...readManifest(path) }))
    .filter((manifest) => !manifest.private);
}

/** The command of a tool that the root package depends on. */
export function toolPath(name: string): string {
  return join(rootFolder, 'node_modules', '.bin', name);
}

/** How to start the package manager: the one that started us, else the pinned one. */
export function packageManager(): { command: string; args: string[] } {
  const path = process.env.npm_execpath;
  if (path?.includes('pnpm')) {
    return /\.[cm]?js$/.test(path) ? { command: process.execPath, args: [path] } : { command: path, args: [] };
  }
  const { packageManager: pinned = 'pnpm' } = readManifest(rootFolder);
  return { command: 'npx', args: ['-y', pinned] };
}

interface Manifest {
  name: string;
  private?: boolean;
  packageManager?: string;
}

function readManifest(folder: string): Manifest {
  // Our own package.json files, which the package manager has already read.
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}
