import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const demo = fileURLToPath(new URL('../examples/demo/main.ts', import.meta.url));
const holdAtLine = new URL('./hold-at-line.ts', import.meta.url).href;
// Each demo leads a process group of its own, so that a signal reaches the outside world as well.
const ownGroup = process.platform !== 'win32';

const cleanups: (() => void)[] = [];
afterAll(() => {
  for (const cleanUp of cleanups.reverse()) cleanUp();
});

/** Starts the demo as a person would, but with a fast render farm. With `holdAt` it stops dead behind that line. */
function startDemo({ folder, holdAt, timesFaster = 20 }: { folder: string; holdAt?: string; timesFaster?: number }) {
  const { OPENAI_API_KEY: _, FORCE_COLOR: __, ...surroundings } = process.env;
  const child = spawn(process.execPath, ['--import', holdAtLine, demo], {
    env: {
      ...surroundings,
      NO_COLOR: '1',
      LATECALL_DEMO_FOLDER: folder,
      LATECALL_DEMO_TIMES_FASTER: String(timesFaster),
      ...(holdAt === undefined ? {} : { HOLD_AT: holdAt }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: ownGroup,
  });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  // The pipes close when the last process that has them is gone.
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null; printed: string; errors: string }>(
    (resolve) => {
      child.once('close', async (code, signal) => {
        const [printed, errors] = await output;
        resolve({ code, signal, printed, errors });
      });
    },
  );
  const kill = (signal: NodeJS.Signals) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    process.kill(ownGroup ? -child.pid : child.pid, signal);
  };
  cleanups.push(() => kill('SIGKILL'));

  /** Resolves when a line with these words is out. */
  const prints = (words: string) =>
    new Promise<void>((resolve, reject) => {
      let printed = '';
      child.stdout.on('data', (chunk) => {
        printed += chunk;
        if (printed.includes(words)) resolve();
      });
      child.once('close', () => reject(new Error(`It never printed "${words}", but:\n${printed}`)));
    });
  return { ended, kill, prints };
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latecall-demo-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Before results come in, the farm may take its time. After it, the sooner the better. */
const points = {
  'model     asks for': { timesFaster: 1 },
  'latecall  dispatched': { timesFaster: 1 },
  'latecall  rejoined': { timesFaster: 1 },
  'app       pauses': { timesFaster: 1 },
  'outside   posts': {},
  'latecall  settled': {},
  'model     call 2': {},
  'model     says': {},
  'latecall  consumed': {},
  'app       waited': {},
};

/** Runs the demo until it prints these words, and kills it and the outside world there, with -9. */
async function killAt(folder: string, holdAt: keyof typeof points): Promise<string> {
  const { ended, kill, prints } = startDemo({ folder, holdAt, ...points[holdAt] });
  await prints(holdAt);
  kill('SIGKILL');
  const { signal, printed } = await ended;
  expect(signal).toBe('SIGKILL');
  return firstStory(printed);
}

async function runToTheEnd(folder: string): Promise<string> {
  const { code, printed, errors } = await startDemo({ folder }).ended;
  expect({ code, errors }).toEqual({ code: 0, errors: expect.not.stringContaining('Error') }); // its own asserts hold
  return printed;
}

/** The links under the headline of the first answer. */
function linksOfAnswer(printed: string): string[] {
  const [, answers = ''] = printed.split('Answer with Latecall');
  return [...answers.matchAll(/https:\S+/g)].map(([link]) => link);
}

/** What was settled, by its handles. */
const settled = (printed: string) => [...printed.matchAll(/latecall {2}settled +(\S+)/g)].map(([, handle]) => handle);
const firstStory = (printed: string) => printed.split('2. Without Latecall')[0] ?? '';

describe.concurrent('the demo', () => {
  it('leaves nothing behind when it has come to its end', async () => {
    const folder = temporaryFolder();
    const printed = await runToTheEnd(folder);
    expect(printed).not.toContain('goes on  ');
    expect(linksOfAnswer(printed)).toHaveLength(2);
    expect(readdirSync(folder)).toEqual([]);
  });

  // What it printed last, and how often the model is called after that in the first story.
  it.each([
    { at: 'latecall  dispatched', calls: 2 },
    { at: 'app       pauses', calls: 1 },
    { at: 'latecall  settled', calls: 1 },
    { at: 'model     call 2', calls: 1 },
    { at: 'app       waited', calls: 0 },
  ] as const)('killed at "$at" and started again, goes on', async ({ at, calls }) => {
    const folder = temporaryFolder();
    const before = await killAt(folder, at);
    expect(readdirSync(folder)).toEqual(['.latecall-demo']);

    const printed = await runToTheEnd(folder);
    expect(printed).toContain('app       goes on');
    expect(linksOfAnswer(printed)).toHaveLength(2);
    expect(readdirSync(folder)).toEqual([]);

    const after = firstStory(printed);
    expect(after.match(/model {5}call /g) ?? []).toHaveLength(calls);
    expect(`${before}${after}`).not.toContain('job_3'); // the outside was given each video once
    const handles = settled(`${before}${after}`);
    expect(new Set(handles).size).toBe(handles.length); // and each result was recorded once
  });

  it('goes on to one answer, however often it is killed', async () => {
    const folder = temporaryFolder();
    let before = '';
    for (const at of [
      'model     asks for',
      'latecall  dispatched',
      'latecall  rejoined',
      'app       pauses',
      'outside   posts',
      'latecall  settled',
      'model     says',
      'latecall  consumed',
      'app       waited',
    ] as const) {
      before += await killAt(folder, at);
    }
    const printed = await runToTheEnd(folder);
    const handles = settled(before);
    expect(new Set(handles).size).toBe(handles.length);
    expect(before).not.toContain('job_3');
    // All the links that ever came, in whichever run, are those two.
    expect(new Set(before.match(/https:\S+mp4/g))).toEqual(new Set(linksOfAnswer(printed)));
  });

  it('says how to go on when it is stopped with Ctrl-C', async () => {
    const folder = temporaryFolder();
    const { ended, kill, prints } = startDemo({ folder, timesFaster: 1 });
    await prints('app       pauses');
    kill('SIGINT');
    const { code, printed } = await ended;
    expect(code).toBe(130);
    expect(printed).toContain('Start it again: it goes on from here.');
    expect(readdirSync(folder)).toEqual(['.latecall-demo']);
  });

  it('refuses to run twice at once', async () => {
    const folder = temporaryFolder();
    const { ended, kill, prints } = startDemo({ folder, holdAt: 'app       pauses', timesFaster: 1 });
    await prints('app       pauses');
    const second = await startDemo({ folder }).ended;
    expect(second).toMatchObject({ code: 1, errors: expect.stringContaining('Is the demo running already?') });
    kill('SIGKILL');
    await ended;
  });
});
