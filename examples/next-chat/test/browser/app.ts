// One app for a test: `next start` on a free port with a state folder, a model and an outside world of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { chromiumPath } from './chromium.ts';
import { startModel, type TestModel } from './model.ts';
import { startOutside, type TestOutside } from './outside.ts';
import { appFolder, nextProgram, screenshotFolder, testDist } from './paths.ts';

export interface TestApp {
  readonly origin: string;
  readonly model: TestModel;
  readonly outside: TestOutside;
  /** Opens a conversation in a tab of a new browser profile. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>;
  /** Another tab beside this one. */
  openBeside(page: Page): Promise<Page>;
  /** Kills the server as a power cut would. */
  kill(): Promise<void>;
  start(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

let browser: Promise<Browser> | undefined;

/** One browser for all tests of a file; each test has profiles of its own. */
function openBrowser(): Promise<Browser> {
  browser ??= chromium.launch({ executablePath: chromiumPath ?? '', args: ['--no-sandbox'] });
  return browser;
}

export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
  browser = undefined;
}

export async function startApp(): Promise<TestApp> {
  const folder = await mkdtemp(join(tmpdir(), 'latecall-chat-'));
  const model = await startModel();
  const outside = await startOutside();
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const contexts = new Set<{ close(): Promise<void> }>();
  let server: ChildProcess | undefined;

  const start = async () => {
    server = spawn(process.execPath, [nextProgram, 'start', '-p', String(port), '-H', '127.0.0.1'], {
      cwd: appFolder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        NODE_ENV: 'production',
        NEXT_TELEMETRY_DISABLED: '1',
        LATECALL_CHAT_DIST: testDist,
        LATECALL_CHAT_FOLDER: folder,
        OPENAI_BASE_URL: model.url,
        OPENAI_API_KEY: 'local',
        OUTSIDE_URL: outside.url,
        APP_URL: origin,
        PORT: String(port),
      },
    });
    server.stderr?.on('data', (chunk: Buffer) => console.error(chunk.toString()));
    await untilReady(server);
  };
  const kill = async () => {
    if (server === undefined || server.exitCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  };
  const killNow = () => server?.kill('SIGKILL');
  process.once('exit', killNow); // also where a test was given up
  await start();

  return {
    origin,
    model,
    outside,
    open: async (path, options = {}) => {
      const context = await (await openBrowser()).newContext({ viewport: { width: 1180, height: 860 }, ...options });
      contexts.add(context);
      context.setDefaultTimeout(20_000);
      const page = await context.newPage();
      await page.goto(`${origin}${path}`);
      return page;
    },
    openBeside: async (page) => {
      const beside = await page.context().newPage();
      await beside.goto(page.url());
      return beside;
    },
    kill,
    start,
    [Symbol.asyncDispose]: async () => {
      for (const context of contexts) await context.close();
      await kill();
      process.off('exit', killNow);
      await Promise.all([model.close(), outside.close()]);
      await rm(folder, { recursive: true });
    },
  };
}

/** Next.js says when it serves. */
async function untilReady(server: ChildProcess): Promise<void> {
  const ended = once(server, 'exit').then(([code]) => {
    throw new Error(`next start ended with ${code}.`);
  });
  const ready = new Promise<void>((resolve) => {
    let said = '';
    server.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Ready in')) resolve();
    });
  });
  await Promise.race([ready, ended]);
  ended.catch(() => {}); // it is killed in the end
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return address.port;
}

/** For people to look at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(screenshotFolder, `${name}.png`) });
}
