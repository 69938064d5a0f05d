import {
  createAsyncFunctionResponse,
  createLocalResumer,
  createMemoryStore,
  createThreadRunner,
  type IdleTurns,
  type Mode,
  type Outcome,
  type Scheduling,
  type Scope,
  type TaskRecord,
  type TaskStore,
  type ThreadRunner,
  type Verdict,
} from '@latecall/core';
import type { VirtualTime } from '../lib/virtual-time.ts';
import { aroundStore, throughJson } from './around-store.ts';
import type { Fault } from './faults.ts';
import { gatherWakes } from './gather.ts';
import type { Instance } from './instance.ts';
import type { Agent, Ask, Loop, Runtime } from './loops/loop.ts';
import { keyOfCall, writeNotice } from './oracle.ts';
import type { Post, World } from './world.ts';

/** How results are consumed. */
export interface Consumption {
  readonly mode: Mode;
  readonly scheduling: Scheduling;
  readonly idleTurns: IdleTurns;
  /** How long a result waits for those of siblings: as the runner does it, or always so many milliseconds. */
  readonly gather: 'as-the-runner' | number;
}

export interface AppSetup {
  readonly loop: Loop;
  readonly instance: Instance;
  readonly fault: Fault;
  readonly consumption: Consumption;
  readonly time: VirtualTime;
  readonly world: () => World;
  readonly runtime: Pick<Runtime, 'audit' | 'policy'>;
  /** The model, as one process has it. */
  readonly ask: (process: Process) => Ask;
  readonly onResult: (task: TaskRecord) => void;
}

/** A process that may die. */
export interface Process {
  readonly agent: Agent;
  readonly runner: ThreadRunner;
  dead: boolean;
  /** Of the run that is going on. */
  abort: AbortController | undefined;
}

export interface App {
  start(): Promise<void>;
  readonly post: Post;
  crash(process: Process): Promise<never>;
  cancel(task: number): Promise<void>;
  says(text: string): Promise<void>;
  readonly isBusy: boolean;
  readonly errors: readonly unknown[];
  readonly crashes: number;
}

const scope: Scope = { tenant: 'acme', thread: 'thread-1' };
const elsewhere: Scope = { tenant: 'acme', thread: 'thread-2' };
const secret = 'a secret of the benchmark';

/** Resolves never: what a dead process waits for. */
const never = new Promise<never>(() => {});

/** An app as people write it: one history, one store, a runner in each process, one run of a conversation at a time. */
export function createApp(setup: AppSetup): App {
  const { loop, instance, fault, consumption, time, world } = setup;
  const store = fault.json === true ? throughJson(createMemoryStore()) : createMemoryStore();
  const history: unknown[] = [loop.userMessage(`Do ${instance.taskCount} tasks.`)];
  const errors: unknown[] = [];
  const cancelled = new Set<number>();
  const processes: Process[] = [];
  let busy = 0;
  let interrupted = false;
  let lock: Promise<unknown> = Promise.resolve();
  let trimmed = false;
  let crashes = 0;
  /** Inside which dispatch the process dies: in one instance early, in another late. */
  const crashAt = 1 + (Number.parseInt(instance.calls[0]?.nonce.slice(0, 4) ?? '0', 16) % instance.calls.length);

  const alive = async (): Promise<Process> => {
    for (;;) {
      const process = processes.findLast(({ dead }) => !dead);
      if (process !== undefined) return process;
      await time.sleep(5);
    }
  };

  const boot = async () => {
    const process: Process = { dead: false, abort: undefined } as Process;
    const clock = {
      now: time.now,
      schedule: (run: () => void | Promise<void>, ms: number) =>
        time.schedule(() => (process.dead ? undefined : run()), ms),
    };
    const own: TaskStore = {
      ...aroundStore(store, async (call, args) => {
        if (process.dead) return never;
        const result = await call(args);
        return process.dead ? never : result;
      }),
      subscribe: (listener) => store.subscribe((hint) => (process.dead ? undefined : listener(hint))),
    };
    const tools = new Map(instance.calls.map((call) => [call.tool, call]));
    const agent = loop.create({
      runtime: { ...setup.runtime, store: own, clock, secret, takeOverAfter: '1m' },
      scope,
      ...consumption,
      json: fault.json === true,
      ask: setup.ask(process),
      tools: [...tools.values()].map(({ tool, delay, lateBy }) => ({
        name: tool,
        ...(lateBy === undefined ? {} : { deadline: delay }),
        dispatch: async (input, { id, idempotencyKey, toolCallId }) => {
          const receipt = world().submit({ id, idempotencyKey, callId: toolCallId, tool, input });
          if (fault.crash === 'persist' && processes.length === 1 && world().jobs.length === crashAt)
            return crash(process);
          return receipt;
        },
        onResult: (result, task) => {
          setup.onResult(task);
          return result;
        },
      })),
    });
    const { gather } = consumption;
    const local = createLocalResumer({ clock });
    const window = gather === 'as-the-runner' ? 0 : gather;
    const resumer = window === 0 ? local : gatherWakes({ inner: local, store: own, clock, gatherMs: window });
    const runner = createThreadRunner({
      store: own,
      clock,
      resumer,
      ...(gather === 'as-the-runner' ? {} : { gatherFor: false }),
      takeOverAfter: '1m',
      run: () => converse(process),
      onError: (error) => void errors.push(error),
    });
    Object.assign(process, { agent, runner });
    processes.push(process);
    await runner.start();
    if (interrupted) await converse(process);
  };

  const crash = (process: Process): Promise<never> => {
    process.dead = true;
    crashes += 1;
    lock = Promise.resolve();
    busy = 0;
    time.schedule(() => void quietly(boot()), 10);
    return never;
  };

  /** One run, after those that wait for their turn; `before` may still add to the history. */
  const converse = (process: Process, before: () => unknown = () => {}): Promise<void> => {
    busy += 1;
    const turn = lock.then(async () => {
      await before();
      interrupted = true;
      const added = await runOf(process);
      if (process.dead) return never;
      const kept = fault.json === true ? loop.throughJson([...history, ...added]) : [...history, ...added];
      history.splice(0, history.length, ...kept);
      interrupted = false;
      for (const task of cancelled) await cancelOpen(process, task);
      if (fault.trims === true) await trim(process);
    });
    lock = turn.catch(() => {});
    return turn.finally(() => {
      if (!process.dead) busy -= 1;
    });
  };

  /** Where it is aborted, the app keeps the steps that were finished, and runs again. */
  const runOf = async (process: Process): Promise<unknown[]> => {
    if (fault.aborts !== true) return process.agent.run([...history]);
    const kept: unknown[] = [];
    for (;;) {
      process.abort = new AbortController();
      const { signal } = process.abort;
      let finished: readonly unknown[] = [];
      const onSteps = (messages: readonly unknown[]) => {
        finished = [...messages];
      };
      try {
        return [...kept, ...(await process.agent.run([...history, ...kept], { abort: signal, onSteps }))];
      } catch (error) {
        if (!signal.aborted) throw error;
        kept.push(...finished);
      }
    }
  };

  const cancelOpen = async ({ agent }: Process, task: number) => {
    for (const { id, callIds } of await agent.pending()) {
      if (keyOfCall(callIds[0] ?? '').startsWith(`t${task}c`)) await agent.cancel(id);
    }
  };

  /** Once, while something is pending: the app keeps a summary in place of its messages. */
  const trim = async ({ agent }: Process) => {
    if (trimmed || history.length < 5 || (await agent.pending()).length === 0) return;
    trimmed = true;
    const tasks = await store.list(scope);
    const key = ({ callIds }: TaskRecord) => keyOfCall(callIds[0] ?? '');
    const told = tasks.flatMap((task) => {
      const outcome = task.consumption?.outcome;
      if (outcome === undefined) return [];
      const nonce = outcome.status === 'completed' ? (outcome.result as { nonce: string }).nonce : undefined;
      return [{ key: key(task), nonce }];
    });
    const issued = tasks.map((task): [string, string] => [key(task), task.handle]);
    history.splice(0, history.length, loop.userMessage(writeNotice({ summary: { issued, results: told } })));
  };

  const quietly = (work: Promise<unknown>) => work.catch((error: unknown) => void errors.push(error));

  const settle = async (process: Process, attempt: { id: string; outcome: Outcome; scope?: Scope }) =>
    (await process.agent.settle(attempt)).verdict;

  const post: Post = async ({ id, outcome, kind }) => {
    const process = await alive();
    if (fault.race === true && kind === 'true') {
      const up = processes.filter(({ dead }) => !dead);
      return Promise.all(up.map((each) => settle(each, { id, outcome })));
    }
    if (fault.inHistory === true) {
      let verdict: Verdict = 'unknown';
      await converse(process, async () => {
        const request = process.agent.requests(history).find((each) => each.id === id);
        if (request === undefined) return;
        const response = createAsyncFunctionResponse({ request, outcome, settledAt: time.now() });
        const messages = await process.agent.respond([response]);
        history.push(...messages, ...(await process.agent.respond([response])));
        verdict = 'accepted';
      });
      return [verdict];
    }
    return [await settle(process, { id, outcome })];
  };

  /** Attempts that must change nothing. */
  const wrongPosts: Post = async ({ id, outcome, key }) => {
    const process = await alive();
    const foreign = await store.create({ ...decoy(key), scope: elsewhere, createdAt: time.now() });
    const other = foreign.result === 'handle_taken' ? 'task_none' : foreign.task.id;
    const attempts = [
      { id: `task_${key}`, outcome, scope },
      { id: id.slice(0, -6), outcome, scope },
      { id: other, outcome, scope },
      { id, outcome, scope: elsewhere },
    ];
    return Promise.all(attempts.map((attempt) => settle(process, attempt)));
  };

  return {
    start: async () => {
      await boot();
      if (fault.race === true) await boot();
      const [first] = processes;
      if (first !== undefined) void quietly(converse(first));
    },
    post: async (delivery) => {
      if (fault.wrongIds !== true || delivery.kind !== 'true') return post(delivery);
      const refused = await wrongPosts(delivery);
      for (const verdict of refused) {
        if (verdict !== 'unknown') errors.push(new Error(`A wrong id was told ${verdict}.`));
      }
      return post(delivery);
    },
    crash,
    cancel: async (task) => {
      const process = await alive();
      cancelled.add(task);
      await cancelOpen(process, task);
      await converse(process, () => history.push(loop.userMessage(writeNotice({ cancelled: task }))));
    },
    says: async (text) => converse(await alive(), () => history.push(loop.userMessage(text))),
    get isBusy() {
      return busy > 0 || processes.every(({ dead }) => dead);
    },
    errors,
    get crashes() {
      return crashes;
    },
  };
}

function decoy(key: string) {
  return {
    id: `task_decoy_${key}`,
    handle: `decoy_${key}`,
    turn: 'turn_decoy',
    toolName: 'decoy',
    callIds: [`decoy_${key}`],
    arguments: {},
    idempotencyKey: `key_decoy_${key}`,
    dispatchResult: null,
    tokenHashes: [],
    dispatchedAt: 0,
  };
}
