import { AWAIT_ASYNC_RESULT, type Json } from '@latecall/core';
import { type Instance, isBarren, type PlannedCall } from './instance.ts';
import type { ViewCall, ViewMessage } from './prompt-view.ts';

/** What the model says. */
export interface Answer {
  readonly calls: readonly ViewCall[];
  readonly text: string;
  /** Every result is in, and this is the last word. */
  readonly final: boolean;
}

/** What a result looks like to the model: a value with its nonce, or that there is none. */
interface Seen {
  readonly key: string;
  readonly nonce: string | undefined;
}

/** What the oracle reads in a prompt, and nothing else it knows. */
export interface Reading {
  readonly issued: ReadonlySet<string>;
  /** By key. */
  readonly results: ReadonlyMap<string, Seen>;
  readonly cancelled: ReadonlySet<number>;
}

/** Something that the app says in a user message for the model to act on. */
export type Notice =
  | { readonly cancelled: number }
  | { readonly summary: { readonly issued: readonly [string, string][]; readonly results: readonly Seen[] } };

const noticeMark = 'NOTICE ';

export function writeNotice(notice: Notice): string {
  return noticeMark + JSON.stringify(notice);
}

export function readPrompt(prompt: readonly ViewMessage[], { takesReceipts = false } = {}): Reading {
  const issued = new Set<string>();
  const results = new Map<string, Seen>();
  const cancelled = new Set<number>();
  const byHandle = new Map<string, string>();
  const synthetic = new Map<string, string>(); // the call id of a late result, to the handle it names
  for (const { role, text, calls, results: answers } of prompt) {
    if (role === 'user') {
      for (const line of text.split('\n').filter((part) => part.startsWith(noticeMark))) {
        const notice = JSON.parse(line.slice(noticeMark.length)) as Notice;
        if ('cancelled' in notice) cancelled.add(notice.cancelled);
        else {
          for (const [key, handle] of notice.summary.issued) {
            issued.add(key);
            if (handle !== '') byHandle.set(handle, key);
          }
          for (const seen of notice.summary.results) results.set(seen.key, seen);
        }
      }
    }
    for (const { id, name, args } of calls) {
      if (name === AWAIT_ASYNC_RESULT) synthetic.set(id, String(args.handle));
      else issued.add(keyOfCall(id));
    }
    for (const { callId, value, failed } of answers) {
      const handle = synthetic.get(callId);
      const key = handle === undefined ? keyOfCall(callId) : byHandle.get(handle);
      if (key === undefined) continue;
      const pending = handleOf(value);
      if (pending === undefined) results.set(key, { key, nonce: failed ? undefined : nonceIn(value, takesReceipts) });
      else byHandle.set(pending, key);
    }
  }
  return { issued, results, cancelled };
}

/**
 * A model without fault: it issues every call whose predecessors' results it can read and that it has not issued,
 * repeats their nonces as evidence, and ends when all results are in.
 */
export function answer(instance: Instance, reading: Reading, options: { turn: number; atOnce: number }): Answer {
  const { issued, results, cancelled } = reading;
  const nonceOf = (key: string) => results.get(key)?.nonce;
  const isNext = ({ key, task, deps }: PlannedCall) =>
    !issued.has(key) && !cancelled.has(task) && deps.every((dep) => nonceOf(dep) !== undefined);
  const pending = [...issued].some((key) => !results.has(key));
  const next = pending && options.atOnce === 1 ? [] : instance.calls.filter(isNext).slice(0, options.atOnce);
  const calls = next.map(({ key, tool, args, deps }) => ({
    id: `${key}~${options.turn}`,
    name: tool,
    args: argumentsOf(args, Object.fromEntries(deps.map((dep) => [dep, nonceOf(dep) ?? '']))),
  }));
  if (calls.length > 0) return { calls, text: '', final: false };
  if (pending) return { calls, text: 'I wait for what is pending.', final: false };
  return {
    calls,
    text: JSON.stringify([...results.values()].map(({ key, nonce }) => [key, nonce ?? null])),
    final: true,
  };
}

function argumentsOf(
  args: { readonly [name: string]: Json },
  evidence: { readonly [key: string]: string },
): { readonly [name: string]: Json } {
  return Object.keys(evidence).length === 0 ? args : { ...args, evidence };
}

/** The evidence that a call must bring. */
export function trueArguments({ args, deps }: PlannedCall, calls: ReadonlyMap<string, PlannedCall>) {
  return argumentsOf(args, Object.fromEntries(deps.map((dep) => [dep, calls.get(dep)?.nonce ?? ''])));
}

/** What a right model has read of a call in the end. */
export function trueReading(call: PlannedCall): string | undefined {
  return isBarren(call) ? undefined : call.nonce;
}

export function keyOfCall(callId: string): string {
  return callId.split('~')[0] ?? callId;
}

function handleOf(value: Json): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { status, handle } = value as { readonly [name: string]: Json };
  return status === 'dispatched' && typeof handle === 'string' ? handle : undefined;
}

function nonceIn(value: Json, takesReceipts: boolean): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { nonce, jobId } = value as { readonly [name: string]: Json };
  if (typeof nonce === 'string') return nonce;
  return takesReceipts && typeof jobId === 'string' ? jobId : undefined;
}
