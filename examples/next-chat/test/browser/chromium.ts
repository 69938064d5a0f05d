import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const { CHROMIUM_PATH, PATH = '', CI } = process.env;

const onPath = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].flatMap((name) =>
  PATH.split(delimiter).map((folder) => join(folder, name)),
);
const usual = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser of the tests, if there is one. */
export const chromiumPath = [CHROMIUM_PATH ?? '', ...usual, ...onPath].find((path) => path !== '' && existsSync(path));

/** Why the tests are skipped; on a machine that is to run all tests they fail instead. */
export const chromiumMissing =
  chromiumPath === undefined && !CI ? 'No Chromium was found: install one, or name it in CHROMIUM_PATH.' : undefined;
