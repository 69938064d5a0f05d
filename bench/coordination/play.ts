import type { AuditEvent, TaskRecord } from '@latecall/core';
import { createRandom } from '../lib/random.ts';
import { createVirtualTime } from '../lib/virtual-time.ts';
import { type App, type Consumption, createApp, type Process } from './app.ts';
import type { Fault } from './faults.ts';
import { criticalPath, type Instance, isBarren } from './instance.ts';
import type { Ask, Loop } from './loops/loop.ts';
import { answer, keyOfCall, readPrompt } from './oracle.ts';
import { pairingProblems } from './prompt-view.ts';
import { createWorld, type World } from './world.ts';

/** A model call that was answered: what it could read for the first time, and what it said. */
interface Turn {
  readonly news: readonly string[];
  readonly calls: readonly string[];
}

/** What came of an instance. */
export interface Played {
  readonly instance: Instance;
  readonly fault: Fault;
  readonly ended: boolean;
  readonly makespan: number;
  readonly modelCalls: number;
  readonly turns: readonly Turn[];
  readonly invalidPrompts: readonly string[];
  readonly bindingErrors: readonly string[];
  readonly final: readonly (readonly [string, string | null])[];
  readonly callbacks: ReadonlyMap<string, number>;
  readonly audit: readonly AuditEvent[];
  readonly world: World;
  readonly errors: readonly unknown[];
  readonly crashes: number;
}

export interface PlaySetup {
  readonly loop: Loop;
  readonly instance: Instance;
  readonly fault: Fault;
  readonly consumption: Consumption;
  readonly modelMs: number;
}

/** Plays one instance from its first model call to the last delivery. */
export async function play(setup: PlaySetup): Promise<Played> {
  const { loop, instance, fault, consumption, modelMs } = setup;
  const time = createVirtualTime();
  const random = createRandom(instance.calls.length);
  const begun = time.now();
  const byKey = new Map(instance.calls.map((call) => [call.key, call]));
  const told = new Set<string>();
  const turns: Turn[] = [];
  const invalidPrompts: string[] = [];
  const bindingErrors: string[] = [];
  const callbacks = new Map<string, number>();
  const audit: AuditEvent[] = [];
  let modelCalls = 0;
  let crashed = false;
  let endedAt: number | undefined;
  let final: Played['final'] = [];
  let eventsToCome = 0;

  const ask =
    (process: Process): Ask =>
    async (prompt, abort) => {
      modelCalls += 1;
      const turn = modelCalls;
      invalidPrompts.push(...pairingProblems(prompt).map((problem) => `turn ${turn}: ${problem}`));
      const reading = readPrompt(prompt);
      for (const { key, nonce } of reading.results.values()) {
        const call = byKey.get(key);
        const allowed = call !== undefined && !isBarren(call) && nonce === call.nonce;
        if (nonce !== undefined && !allowed) bindingErrors.push(`turn ${turn}: ${key} shows ${nonce}`);
      }
      const news = [...reading.results.keys()].filter((key) => !told.has(key));
      if (fault.crash === 'consume' && !crashed && news.length > 0) {
        crashed = true;
        return app.crash(process);
      }
      if (fault.aborts === true && abort !== undefined && random() < 0.3) {
        process.abort?.abort(new DOMException('Aborted by the benchmark.', 'AbortError'));
        throw abort.reason;
      }
      if (modelMs > 0) await time.sleep(modelMs);
      if (process.dead) return new Promise<never>(() => {});
      const said = answer(instance, reading, { turn, atOnce: Number.POSITIVE_INFINITY });
      for (const key of news) told.add(key);
      turns.push({ news, calls: said.calls.map(({ id }) => id) });
      if (said.final) {
        endedAt = time.now();
        final = JSON.parse(said.text) as Played['final'];
      } else endedAt = undefined;
      return said;
    };

  const revoked = new Set(instance.calls.filter((call) => call.revoked === true).map(({ key }) => key));
  const app: App = createApp({
    loop,
    instance,
    fault,
    consumption,
    time,
    world: () => world,
    ask,
    onResult: ({ id }: TaskRecord) => void callbacks.set(id, (callbacks.get(id) ?? 0) + 1),
    runtime: {
      audit: (event) => void audit.push(event),
      policy:
        revoked.size === 0
          ? {}
          : {
              permissions: () => ({ role: 'member' }),
              authorize: ({ at, task: { callIds } }) =>
                at === 'arrival' || !revoked.has(keyOfCall(callIds[0] ?? ''))
                  ? { allow: true, permissions: { role: 'member' } }
                  : { allow: false, reason: 'The permission was revoked.', permissions: { role: 'none' } },
            },
    },
  });
  const world = createWorld({ instance, time, post: app.post });
  const happens = (at: number, event: () => Promise<void>) => {
    eventsToCome += 1;
    time.schedule(async () => {
      await event();
      eventsToCome -= 1;
    }, at);
  };
  const { cancel, speaksAt } = instance;
  if (cancel !== undefined) happens(cancel.at, () => app.cancel(cancel.task));
  if (speaksAt !== undefined) happens(speaksAt, () => app.says('How is it going?'));

  await app.start();
  const isOver = () => endedAt !== undefined && world.outstanding === 0 && eventsToCome === 0 && !app.isBusy;
  const ended = await time.play(isOver, begun + 3_600_000 + 20 * criticalPath(instance));
  return {
    instance,
    fault,
    ended,
    makespan: (endedAt ?? time.now()) - begun,
    modelCalls,
    turns,
    invalidPrompts,
    bindingErrors,
    final,
    callbacks,
    audit,
    world,
    errors: app.errors,
    crashes: app.crashes,
  };
}
