import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromiumMissing } from './chromium.ts';
import { appFolder, nextProgram, testDist } from './paths.ts';

/** Builds the app once for all tests. With `LATECALL_CHAT_BUILT=1` the build of the last run is taken. */
export async function setup(): Promise<void> {
  if (chromiumMissing !== undefined) {
    console.warn(`The browser tests are skipped. ${chromiumMissing}`);
    return;
  }
  if (process.env.LATECALL_CHAT_BUILT && existsSync(join(appFolder, testDist, 'BUILD_ID'))) return;
  const env = {
    ...process.env,
    LATECALL_CHAT_DIST: testDist,
    NEXT_TELEMETRY_DISABLED: '1',
    NODE_ENV: 'production' as const,
  };
  try {
    await promisify(execFile)(process.execPath, [nextProgram, 'build'], { cwd: appFolder, env });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`next build failed:\n${stdout}\n${stderr}`);
  }
}
