import { asyncTool, createLatecall, createThreadRunner } from '@latecall/ai-sdk';
import { createMemoryStore } from '@latecall/core';
import { generateText, isStepCount, type ModelMessage, tool } from 'ai';
import { z } from 'zod';
import { createVirtualTime, type VirtualTime } from '../lib/virtual-time.ts';
import { jobResult, type Spent, waitingModel } from './model.ts';

/** What it took to wait for one job. */
export interface Waited {
  readonly turns: number;
  readonly tokens: number;
  /** Runs that were open half-way through the job: each is a process and a connection that somebody keeps. */
  readonly connections: number;
  /** Timers of ours that fired while the job ran. */
  readonly timers: number;
  /** The model has read the result in the end. */
  readonly answered: boolean;
}

export const strategyNames = ['latecall', 'polling', 'blocked'] as const;
export type StrategyName = (typeof strategyNames)[number];

const asks: ModelMessage[] = [{ role: 'user', content: 'Do the job.' }];
const noInput = z.object({});
/** What agents that poll are commonly given, and how long they wait between two looks. */
const pollingBudget = 20;
const pollingPauseMs = 5_000;
const hour = 3_600_000;

interface Waiting {
  readonly time: VirtualTime;
  readonly jobMs: number;
  readonly spent: Spent;
}

/** Waits for one job in virtual time. */
export async function wait(name: StrategyName, jobMs: number): Promise<Waited> {
  const time = createVirtualTime();
  const spent: Spent = { turns: 0, tokens: 0 };
  return strategies[name]({ time, jobMs, spent });
}

const strategies: Readonly<Record<StrategyName, (waiting: Waiting) => Promise<Waited>>> = {
  latecall: async ({ time, jobMs, spent }) => {
    const scope = { thread: 'thread-1' };
    const later = createLatecall({ clock: time, store: createMemoryStore() });
    const history = [...asks];
    let open = 0;
    let most = 0;
    let answered = false;
    const tools = {
      start_job: asyncTool({
        inputSchema: noInput,
        dispatch: (_input, { id }) => {
          time.schedule(async () => {
            timers = runnerTimers;
            await later.settle({ id, outcome: { status: 'completed', result: jobResult }, scope, tools });
          }, jobMs);
          return { jobId: 'job_1' };
        },
      }),
    };
    const run = async () => {
      open += 1;
      const { text, responseMessages } = await generateText({
        ...later.wrap({ model: waitingModel(spent), tools, scope }),
        messages: history,
      });
      open -= 1;
      history.push(...responseMessages);
      answered = text === 'Done.';
    };
    let runnerTimers = 0;
    let timers = 0;
    const clock = {
      now: time.now,
      schedule: (act: () => void | Promise<void>, ms: number) =>
        time.schedule(() => {
          runnerTimers += 1;
          return act();
        }, ms),
    };
    const runner = createThreadRunner({ store: later.store, clock, run, rescanEvery: '1h' });
    await runner.start();
    void run();
    time.schedule(() => {
      most = open; // while the job is running
    }, jobMs / 2);
    await time.play(() => answered, time.now() + jobMs + hour);
    await runner.stop();
    return { ...spent, connections: most, timers, answered };
  },

  polling: async ({ time, jobMs, spent }) => {
    const due = time.now() + jobMs;
    let timers = 0;
    const run = generateText({
      model: waitingModel(spent),
      messages: asks,
      stopWhen: isStepCount(pollingBudget),
      tools: {
        start_job: tool({ inputSchema: noInput, execute: async () => ({ jobId: 'job_1', status: 'queued' }) }),
        check_status: tool({
          inputSchema: z.object({ jobId: z.string() }),
          execute: async () => {
            timers += 1;
            await time.sleep(pollingPauseMs);
            return time.now() >= due ? jobResult : { status: 'running' };
          },
        }),
      },
    });
    return waitFor({ time, run, jobMs, spent, timers: () => timers });
  },

  blocked: async ({ time, jobMs, spent }) => {
    const run = generateText({
      model: waitingModel(spent),
      messages: asks,
      stopWhen: isStepCount(pollingBudget),
      tools: {
        start_job: tool({
          inputSchema: noInput,
          execute: async () => {
            await time.sleep(jobMs);
            return jobResult;
          },
        }),
      },
    });
    return waitFor({ time, run, jobMs, spent, timers: () => 0 });
  },
};

/** Of a run that waits by itself. */
async function waitFor(input: Waiting & { run: Promise<{ text: string }>; timers: () => number }): Promise<Waited> {
  const { time, run, jobMs, spent, timers } = input;
  let text: string | undefined;
  const ended = run.then((result) => {
    text = result.text;
  });
  let halfWay = false;
  let connections = 0;
  time.schedule(() => {
    halfWay = true;
    connections = text === undefined ? 1 : 0;
  }, jobMs / 2);
  await time.play(() => text !== undefined && halfWay, time.now() + jobMs + hour);
  await ended;
  return { ...spent, connections, timers: timers(), answered: text === 'Done.' };
}
