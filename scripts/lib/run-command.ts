import { type ChildProcess, spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';

export interface CommandRequest {
  command: string;
  args?: readonly string[];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** The command and all it started are stopped after this long. */
  timeoutMs?: number;
}

export interface CommandResult {
  ok: boolean;
  timedOut: boolean;
  seconds: number;
  /** What the command printed on both channels, in the order it came. */
  output: string;
}

const GRACE_MS = 2_000;
// Each command leads its own process group, so that stopping it also stops what it started.
const ownGroup = process.platform !== 'win32';
const running = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of running) stop(child, 'SIGTERM');
});
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

/** Runs a command to its end and keeps what it printed. A command that cannot start is a failed command. */
export function runCommand({ command, args = [], cwd, env, timeoutMs }: CommandRequest): Promise<CommandResult> {
  const started = performance.now();
  const child = spawn(command, args, {
    cwd,
    env: { ...withoutColours(process.env), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: ownGroup,
  });
  running.add(child);

  let output = '';
  const collect = (text: string): void => {
    output += text;
  };
  child.stdout.setEncoding('utf8').on('data', collect);
  child.stderr.setEncoding('utf8').on('data', collect);

  let timedOut = false;
  const timer = timeoutMs === undefined ? undefined : setTimeout(onTimeout, timeoutMs);
  function onTimeout(): void {
    timedOut = true;
    stop(child, 'SIGTERM');
    setTimeout(() => stop(child, 'SIGKILL'), GRACE_MS).unref();
  }

  return new Promise((resolve) => {
    const finish = (ok: boolean): void => {
      clearTimeout(timer);
      running.delete(child);
      resolve({
        ok: ok && !timedOut,
        timedOut,
        seconds: (performance.now() - started) / 1000,
        output: stripVTControlCharacters(output),
      });
    };
    child.once('error', (error) => {
      collect(`${error.message}\n`);
      finish(false);
    });
    child.once('close', (code) => finish(code === 0));
  });
}

function stop(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(ownGroup ? -child.pid : child.pid, signal);
  } catch {
    // It ended by itself in the meantime.
  }
}

/** Captured output is read by scripts and logs, so no colours; not every tool heeds the request. */
function withoutColours({ FORCE_COLOR: _, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, NO_COLOR: '1' };
}
