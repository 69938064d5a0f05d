import { join } from 'node:path';

export const appFolder = join(import.meta.dirname, '../..');
export const nextProgram = join(appFolder, 'node_modules/next/dist/bin/next');
export const screenshotFolder = join(import.meta.dirname, 'screenshots');

/** Where the build of the tests is, apart from a developer's own. */
export const testDist = '.next-test';
