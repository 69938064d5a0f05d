// Starts the three processes, kills them, starts them again, and hears what they say.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { News, Stop } from './parent.ts';
import type { Role } from './points.ts';

const allRoles: readonly Role[] = ['app', 'worker', 'callbacks'];

export type Said = News & { readonly role: Role };

export interface Processes {
  start(roles?: readonly Role[]): Promise<void>;
  /** Has a process stop dead where it passes this point. */
  stopAt(role: Role, stop: Stop): Promise<void>;
  /** Kills it with -9. */
  kill(role: Role): Promise<void>;
  /** Where it can be reached; each start gives another port. */
  origin(role: Role): string;
  /** Everything that they have said. */
  readonly said: readonly Said[];
  /** Resolves with the first news of this kind, those of before included. */
  hear<SAID extends Said>(what: string, fits: (said: Said) => said is SAID): Promise<SAID>;
  /** What `hear` is waiting for. */
  readonly awaited: readonly string[];
  end(): Promise<void>;
}

export interface ProcessesSetup {
  /** What each of them runs. */
  readonly programs: Readonly<Record<Role, URL>>;
  readonly env: NodeJS.ProcessEnv;
  /** Told of all news. */
  readonly onSaid: (said: Said) => void;
}

export function createProcesses({ programs, env, onSaid }: ProcessesSetup): Processes {
  const children = new Map<Role, ChildProcess>();
  const origins = new Map<Role, string>();
  const said: Said[] = [];
  const listeners = new Map<(said: Said) => void, string>();
  process.once('exit', () => {
    for (const child of children.values()) child.kill('SIGKILL');
  });

  const take = (news: Said) => {
    if (news.type === 'error') throw new Error(`The ${news.role} reports: ${news.message}`);
    if (news.type === 'ready' && news.origin !== undefined) origins.set(news.role, news.origin);
    said.push(news);
    onSaid(news);
    for (const listener of listeners.keys()) listener(news);
  };
  const next = <SAID extends Said>(what: string, fits: (said: Said) => said is SAID) =>
    new Promise<SAID>((resolve) => {
      const listener = (news: Said) => {
        if (!fits(news)) return;
        listeners.delete(listener);
        resolve(news);
      };
      listeners.set(listener, what);
    });
  const end = async (role: Role, how: (child: ChildProcess) => void) => {
    const child = children.get(role);
    if (child === undefined) return;
    children.delete(role);
    const ended = once(child, 'exit');
    how(child);
    await ended;
  };

  return {
    said,
    get awaited() {
      return [...listeners.values()];
    },
    hear: async (what, fits) => said.find(fits) ?? next(what, fits),
    start: async (roles = allRoles) => {
      const starts = roles.map(async (role) => {
        // Node 22 warns of node:sqlite and of TypeScript, each time.
        const execArgv = [...process.execArgv, '--disable-warning=ExperimentalWarning'];
        const child = fork(programs[role], { env, execArgv });
        children.set(role, child);
        child.on('message', (news: News) => take({ ...news, role }));
        child.once('exit', (code) => {
          if (children.get(role) === child) throw new Error(`The ${role} has ended by itself, with ${code}.`);
        });
        await next(`the ${role} to be ready`, by(role, 'ready'));
      });
      await Promise.all(starts);
    },
    stopAt: async (role, stop) => {
      const understood = next(`the ${role} to be told`, by(role, 'will stop'));
      children.get(role)?.send(stop);
      await understood;
    },
    kill: (role) => end(role, (child) => child.kill('SIGKILL')),
    origin: (role) => origins.get(role) ?? '',
    end: async () => {
      await Promise.all(allRoles.map((role) => end(role, (child) => child.disconnect())));
    },
  };
}

function by<TYPE extends Said['type']>(role: Role, type: TYPE) {
  return (said: Said): said is Extract<Said, { type: TYPE }> => said.role === role && said.type === type;
}
