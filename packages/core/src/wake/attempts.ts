import type { Clock } from '../base/clock.ts';
import { type Scope, scopeKey } from '../base/scope.ts';
import { type Alarm, createAlarm } from './alarm.ts';
import type { ConversationStanding } from './standing.ts';

/** What this process last did about a conversation that is ready. */
export interface Attempt {
  /** How many runs it made since nothing was ready. */
  runs: number;
  running: boolean;
  /** The outcomes that it was last woken for, or that were there when the last run began. */
  settled: ReadonlySet<string>;
  /** The tasks that waited then, or that the run left waiting. */
  open: ReadonlySet<string>;
  /** Wakes the conversation again. */
  readonly alarm: Alarm;
}

/** The attempts of this process, for conversations that are ready as far as it knows. */
export interface Attempts {
  get(scope: Scope): Attempt | undefined;
  /** It was woken for what stands there now. */
  note(scope: Scope, standing: ConversationStanding): Attempt;
  /** A run begins, over what stands there now. */
  begin(scope: Scope, standing: ConversationStanding): Attempt;
  /** Nothing is ready any more. */
  forget(scope: Scope): void;
  /** Only these are ready: forgets the others, unless they run. */
  keep(scopes: readonly Scope[]): void;
  clear(): void;
}

/** @param wake Called when a conversation is to be tried again. */
export function createAttempts(clock: Clock, wake: (scope: Scope) => Promise<void>): Attempts {
  const attempts = new Map<string, Attempt>();
  const forget = (key: string) => {
    attempts.get(key)?.alarm.cancel();
    attempts.delete(key);
  };
  const note = (scope: Scope, { settled, open }: ConversationStanding): Attempt => {
    const key = scopeKey(scope);
    const news = { settled, open: new Set(open.map(({ id }) => id)) };
    const known = attempts.get(key);
    if (known !== undefined) return Object.assign(known, news);
    const attempt = { ...news, runs: 0, running: false, alarm: createAlarm(clock, () => wake(scope)) };
    attempts.set(key, attempt);
    return attempt;
  };
  return {
    get: (scope) => attempts.get(scopeKey(scope)),
    note,
    begin: (scope, standing) => {
      const attempt = note(scope, standing);
      attempt.alarm.cancel();
      attempt.runs += 1;
      attempt.running = true;
      return attempt;
    },
    forget: (scope) => forget(scopeKey(scope)),
    keep: (scopes) => {
      const ready = new Set(scopes.map(scopeKey));
      for (const [key, { running }] of [...attempts]) if (!running && !ready.has(key)) forget(key);
    },
    clear: () => {
      for (const key of [...attempts.keys()]) forget(key);
    },
  };
}

/**
 * `true` if something has changed since the last wake or run that may let another run get further: an outcome came, or a
 * task that it may have waited for has gone. A claim that was given back is none: runs that fail would chase each other.
 */
export function hasNews({ settled, open, running }: Attempt, standing: ConversationStanding): boolean {
  if ([...standing.settled].some((id) => !settled.has(id))) return true;
  const waiting = new Set(standing.open.map(({ id }) => id));
  return !running && [...open].some((id) => !waiting.has(id));
}

/**
 * When to try again what a run left over, in milliseconds since the epoch; `undefined` if only news can help. Never
 * before `earliest`, whatever the claims say.
 */
export function nextAttempt(input: {
  standing: ConversationStanding;
  takeOverAfterMs: number;
  /** The backoff. */
  earliest: number;
}): number | undefined {
  const { standing, takeOverAfterMs, earliest } = input;
  const turns = new Set(standing.open.map(({ turn }) => turn));
  const times = standing.ready.flatMap(({ claim, turn }) => {
    if (claim !== undefined) return Math.max(claim.at + takeOverAfterMs, earliest);
    // A run may wait for the other calls of its step; their outcomes are news.
    return turns.has(turn) ? [] : earliest;
  });
  return times.length === 0 ? undefined : Math.min(...times);
}
