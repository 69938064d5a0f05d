import type { IdleTurns } from '@latecall/core';
import type { Provider } from '@latecall/testing';
import { createRandom, type Random } from './random.ts';

/** How often something goes wrong, from 0 to 1. */
export interface Faults {
  /** A request to the store, the app's database or the outside is lost. */
  readonly lostRequest: number;
  /** It took effect, and the answer is lost. */
  readonly lostAnswer: number;
  /** An answer takes seconds. */
  readonly slow: number;
  /** A process dies right behind something that it did. */
  readonly crash: number;
  readonly lostHint: number;
  readonly doubledHint: number;
  /** The provider answers with 500, or breaks off. */
  readonly model: number;
  /** The policy throws. */
  readonly policy: number;
  /** The policy says no. */
  readonly refusal: number;
  /** The outside loses a result for good, sends it twice, sends another one, sends it to another task. */
  readonly outside: number;
  /** The app gives a run up. */
  readonly abort: number;
  /** How far apart the clocks of two processes may be, in milliseconds. */
  readonly skewMs: number;
}

/** A tool of the seed. */
export interface ToolSettings {
  readonly name: string;
  readonly mode: 'suspend' | 'continue';
  readonly scheduling: 'interrupt' | 'when-idle' | 'silent';
  readonly delivery: 'auto' | 'append' | 'envelope';
  readonly deadlineMs?: number;
  readonly lateResult?: 'accept';
  readonly ownKey?: true;
  readonly onResult?: true;
  readonly dependent?: true;
  readonly native?: true;
  readonly onInterruptedDispatch?: 'fail';
}

/** Everything that a seed decides before the first step. */
export interface Settings {
  readonly seed: number;
  readonly host: 'ai-sdk' | 'langchain' | 'core';
  readonly provider: Provider;
  readonly modelId?: string;
  readonly thinking?: 'manual' | 'adaptive';
  readonly streaming: boolean;
  readonly threads: number;
  /** Messages of the user in each conversation. */
  readonly messages: number;
  readonly processes: number;
  /** One run of a conversation at a time, over all processes: the app takes a lock. */
  readonly locks: boolean;
  readonly tools: readonly ToolSettings[];
  readonly cancels: number;
  readonly faults: Faults;
  readonly more: MoreSettings;
}

/** What was drawn for the first time later on, from numbers of its own: the rest of a seed stays as it was. */
interface MoreSettings {
  /** How often the world changes that results speak of. */
  readonly commits: number;
  /** How often everything is cancelled in a conversation. */
  readonly ends: number;
  readonly idleTurns: IdleTurns;
}

/** What can be switched off to find out what a failure needs. */
export type Simplification =
  | keyof Faults
  | 'one thread'
  | 'one message'
  | 'one process'
  | 'no cancels'
  | 'no commits'
  | 'no ends'
  | 'no rest'
  | `no ${string}`;

const noFaults: Faults = {
  lostRequest: 0,
  lostAnswer: 0,
  slow: 0,
  crash: 0,
  lostHint: 0,
  doubledHint: 0,
  model: 0,
  policy: 0,
  refusal: 0,
  outside: 0,
  abort: 0,
  skewMs: 0,
};

export function settingsOf(seed: number, without: readonly Simplification[] = []): Settings {
  const random = createRandom('settings', seed);
  const often = (most: number) => (random.chance(0.3) ? 0 : random.next() * most);
  const host = random.pick(['ai-sdk', 'ai-sdk', 'langchain', 'langchain', 'core'] as const);
  const provider =
    host === 'core' ? 'openai-chat' : random.pick(['openai-responses', 'openai-chat', 'anthropic'] as const);
  const native = host === 'ai-sdk' && provider === 'openai-responses' && random.chance(0.5);
  const thinking =
    provider === 'anthropic' && random.chance(0.4) ? random.pick(['manual', 'adaptive'] as const) : undefined;
  const drawn: Settings = {
    seed,
    host,
    provider,
    ...(native ? { modelId: 'gpt-6' } : {}),
    ...(thinking === undefined ? {} : { thinking }),
    streaming: host !== 'core' && random.chance(0.5),
    threads: 1 + random.below(3),
    messages: 1 + random.below(4),
    processes: 1 + random.below(3),
    locks: random.chance(0.7),
    tools: drawTools(random, native).map((tool) => takenBy(thinking, tool)),
    cancels: random.below(4),
    faults: {
      lostRequest: often(0.04),
      lostAnswer: often(0.04),
      slow: often(0.05),
      crash: often(0.01),
      lostHint: often(0.5),
      doubledHint: often(0.3),
      model: often(0.2),
      policy: often(0.15),
      refusal: often(0.15),
      outside: often(0.5),
      abort: often(0.15),
      skewMs: random.chance(0.5) ? 0 : random.below(20_000),
    },
    more: drawMore(createRandom('more settings', seed)),
  };
  return simplified(drawn, without);
}

const minute = 60_000;

/** Leaves of a seed what it was before more could be drawn. */
export const withoutMore: readonly Simplification[] = ['no commits', 'no ends', 'no rest'];

function drawMore(random: Random): MoreSettings {
  return {
    commits: random.chance(0.3) ? 1 + random.below(4) : 0,
    ends: random.chance(0.2) ? 1 + random.below(2) : 0,
    idleTurns: random.pick(['once', 'once', 'always', 'never']),
  };
}

function drawTools(random: Random, native: boolean): ToolSettings[] {
  const draw = (name: string, more: Partial<ToolSettings> = {}): ToolSettings => ({
    name,
    mode: random.pick(['suspend', 'continue']),
    scheduling: random.pick(['when-idle', 'when-idle', 'interrupt']),
    delivery: random.pick(['auto', 'auto', 'append', 'envelope']),
    ...(native && random.chance(0.5) ? { native: true as const, delivery: 'auto' as const } : {}),
    ...(random.chance(0.1) ? { onInterruptedDispatch: 'fail' as const } : {}),
    ...more,
  });
  const all = [
    draw('render'),
    draw('send', { deadlineMs: (1 + random.below(6)) * minute }),
    draw('soft', { deadlineMs: (1 + random.below(4)) * minute, lateResult: 'accept' }),
    draw('order', { ownKey: true }),
    draw('quiet', { scheduling: 'silent' }),
    draw('fixed', { onResult: true }),
    draw('chained', { dependent: true }),
  ];
  const kept = all.filter(() => random.chance(0.55));
  return kept.length === 0 ? [draw('render')] : kept;
}

/** A model that thinks by hand refuses calls that it did not make: nobody may choose them for it. */
function takenBy(thinking: Settings['thinking'], tool: ToolSettings): ToolSettings {
  return thinking === 'manual' && tool.delivery === 'append' ? { ...tool, delivery: 'auto' } : tool;
}

/** The same with something switched off. */
function simplified(settings: Settings, without: readonly Simplification[]): Settings {
  const off = new Set<string>(without);
  const tools = settings.tools.filter(({ name }) => !off.has(`no ${name}`));
  const faults = Object.entries(settings.faults).map(([name, often]) => [name, off.has(name) ? 0 : often]);
  return {
    ...settings,
    threads: off.has('one thread') ? 1 : settings.threads,
    messages: off.has('one message') ? 1 : settings.messages,
    processes: off.has('one process') ? 1 : settings.processes,
    cancels: off.has('no cancels') ? 0 : settings.cancels,
    tools: tools.length === 0 ? settings.tools : tools,
    more: simplifiedMore(settings.more, off),
    faults: { ...noFaults, ...Object.fromEntries(faults) },
  };
}

function simplifiedMore({ commits, ends, idleTurns }: MoreSettings, off: ReadonlySet<string>): MoreSettings {
  return {
    commits: off.has('no commits') ? 0 : commits,
    ends: off.has('no ends') ? 0 : ends,
    idleTurns: off.has('no rest') ? 'always' : idleTurns,
  };
}

/** What of a seed could be switched off, the biggest first. */
export function simplificationsOf({
  faults,
  tools,
  threads,
  messages,
  processes,
  cancels,
  more,
}: Settings): Simplification[] {
  const wrong = Object.entries(faults).flatMap(([name, often]) => (often > 0 ? [name as keyof Faults] : []));
  return [
    ...(threads > 1 ? (['one thread'] as const) : []),
    ...(processes > 1 ? (['one process'] as const) : []),
    ...wrong,
    ...(more.commits > 0 ? (['no commits'] as const) : []),
    ...(more.ends > 0 ? (['no ends'] as const) : []),
    ...(more.idleTurns === 'always' ? [] : (['no rest'] as const)),
    ...(cancels > 0 ? (['no cancels'] as const) : []),
    ...(messages > 1 ? (['one message'] as const) : []),
    ...(tools.length > 1 ? tools.map(({ name }): Simplification => `no ${name}`) : []),
  ];
}
