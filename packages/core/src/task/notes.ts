import { bytesOf, type Json, sameJson } from '../base/json.ts';
import type { Outcome } from '../parts/outcome.ts';
import type { InputRequest, LogEntry, Progress } from '../parts/progress.ts';
import { isOpen, type TaskRecord } from './task.ts';

/** How much of a task's notes is kept. Fixed, so that a record stays small whatever the outside sends. */
export const noteLimits = {
  /** News (progress, log, questions) that are taken in the life of a task. */
  news: 1_000,
  /** Log entries that are kept; older ones fall out. */
  log: 100,
  /** Questions in the life of a task, and bytes of JSON of an answer. */
  inputs: 20,
  answerBytes: 65_536,
  /** Results in quarantine, and bytes of JSON of each. A larger one is kept without its content. */
  quarantine: 10,
  quarantineBytes: 65_536,
} as const;

/** A question of the outside and what became of it. Times in milliseconds since the epoch. */
export type InputExchange = Required<Pick<InputRequest, 'key'>> &
  Omit<InputRequest, 'key'> & {
    readonly askedAt: number;
    readonly answer?: Json;
    /** Without an `answer`: the outside took the question back. */
    readonly closedAt?: number;
  };

/** Why a result is kept from every model. */
export type QuarantineReason = 'late' | 'cancelled' | 'unauthorized';

/** A result that came but may not be shown to any model: for people to read. */
export interface Quarantined {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly reason: QuarantineReason;
  /** As it came: it was proved by its token, but its result may not be what `resultSchema` wants. */
  readonly outcome: Outcome;
}

/** What the outside, the app and people write to a task beside its outcome. `at` in milliseconds since the epoch. */
export type TaskNote =
  | {
      readonly type: 'news';
      readonly at: number;
      /** Counts up at the sender: news that were overtaken by later ones change nothing. */
      readonly sequence?: number;
      readonly progress?: Progress;
      readonly log?: LogEntry;
      /** A question; the task is `input_required` until it is answered. */
      readonly inputRequest?: InputRequest;
      /** The outside takes its open questions back. */
      readonly withdrawn?: true;
    }
  | { readonly type: 'answer'; readonly at: number; readonly key: string; readonly answer: Json }
  | { readonly type: 'quarantine'; readonly at: number; readonly reason: QuarantineReason; readonly outcome: Outcome }
  | { readonly type: 'cancel-told'; readonly at: number };

/**
 * What became of a note. `duplicate`: the same was noted before; `conflict`: something else was, or the task has its
 * outcome; `unknown`: no such task, or no such question; `full`: a limit is reached, see {@link noteLimits}.
 */
export type NoteVerdict = 'accepted' | 'duplicate' | 'conflict' | 'unknown' | 'full';

/** The verdict, and the task after it; no task if it is unknown. */
export interface NoteResult {
  readonly verdict: NoteVerdict;
  readonly task?: TaskRecord;
}

/** What a note makes of a task. A store writes `task` if the verdict is `accepted`, and nothing else may have changed. */
export function noteOn(task: TaskRecord, note: TaskNote): Required<NoteResult> {
  switch (note.type) {
    case 'news':
      return newsOn(task, note);
    case 'answer':
      return answerOn(task, note);
    case 'quarantine':
      return quarantineOn(task, note);
    case 'cancel-told':
      return { verdict: 'accepted', task: { ...task, cancelToldAt: note.at } };
    default:
      return note satisfies never;
  }
}

/** The question that waits longest for its answer; `undefined` unless the task is `input_required`. */
export function openInput(task: Pick<TaskRecord, 'status' | 'inputs'>): InputExchange | undefined {
  return task.status === 'input_required' ? task.inputs?.find(isUnanswered) : undefined;
}

type News = Extract<TaskNote, { type: 'news' }>;

function newsOn(task: TaskRecord, note: News): Required<NoteResult> {
  const { newsCount = 0, newsSequence } = task;
  const { sequence, progress, log } = note;
  if (!isOpen(task)) return { verdict: 'conflict', task };
  if (sequence !== undefined && newsSequence !== undefined && sequence <= newsSequence) {
    return { verdict: 'duplicate', task };
  }
  if (newsCount >= noteLimits.news) return { verdict: 'full', task };
  const asked = questionsAfter(task, note);
  if (typeof asked === 'string') return { verdict: asked, task };
  const waits = asked?.some(isUnanswered) ?? false;
  return {
    verdict: 'accepted',
    task: {
      ...task,
      status: waits ? 'input_required' : 'working',
      newsCount: newsCount + 1,
      ...(sequence === undefined ? {} : { newsSequence: sequence }),
      ...(progress === undefined ? {} : { progress }),
      ...(log === undefined ? {} : { log: [...(task.log ?? []), log].slice(-noteLimits.log) }),
      ...(asked === undefined ? {} : { inputs: asked }),
    },
  };
}

/** The questions after the news, or why they are not taken. A key is used once in the life of a task. */
function questionsAfter(
  { inputs = [] }: TaskRecord,
  { at, inputRequest, withdrawn, progress, log }: News,
): readonly InputExchange[] | 'duplicate' | 'conflict' | 'full' | undefined {
  const left =
    withdrawn === true ? inputs.map((input) => (isUnanswered(input) ? { ...input, closedAt: at } : input)) : inputs;
  if (inputRequest === undefined) return left.length === 0 ? undefined : left;
  const key = inputRequest.key ?? freeKey(left);
  const same = left.find(
    (input) =>
      (inputRequest.key === undefined ? isUnanswered(input) : input.key === key) && asksTheSame(input, inputRequest),
  );
  if (same !== undefined) return progress === undefined && log === undefined ? 'duplicate' : left;
  if (left.some((input) => input.key === key)) return 'conflict';
  return left.length >= noteLimits.inputs ? 'full' : [...left, { ...inputRequest, key, askedAt: at }];
}

function answerOn(task: TaskRecord, note: Extract<TaskNote, { type: 'answer' }>): Required<NoteResult> {
  const { at, key, answer } = note;
  const input = task.inputs?.find((candidate) => candidate.key === key);
  if (input === undefined) return { verdict: 'unknown', task };
  if (input.answer !== undefined) return { verdict: sameJson(input.answer, answer) ? 'duplicate' : 'conflict', task };
  if (!isOpen(task) || !isUnanswered(input)) return { verdict: 'conflict', task };
  const inputs = (task.inputs ?? []).map((each) => (each === input ? { ...each, answer, closedAt: at } : each));
  const status = inputs.some(isUnanswered) ? 'input_required' : 'working';
  return { verdict: 'accepted', task: { ...task, status, inputs } };
}

function quarantineOn(task: TaskRecord, note: Extract<TaskNote, { type: 'quarantine' }>): Required<NoteResult> {
  const { quarantine = [] } = task;
  const { at, reason } = note;
  const outcome = withinSize(note.outcome);
  const known = ({ outcome: other }: Quarantined) => sameJson({ ...other }, { ...outcome });
  if (quarantine.some(known)) return { verdict: 'duplicate', task };
  if (quarantine.length >= noteLimits.quarantine) return { verdict: 'full', task };
  return { verdict: 'accepted', task: { ...task, quarantine: [...quarantine, { at, reason, outcome }] } };
}

function withinSize(outcome: Outcome): Outcome {
  const size = bytesOf({ ...outcome });
  if (size <= noteLimits.quarantineBytes) return outcome;
  const message = `Not kept: ${size} bytes, and at most ${noteLimits.quarantineBytes} are kept in quarantine. It was ${outcome.status}.`;
  return { status: 'failed', error: { code: 'too_large', message } };
}

function isUnanswered({ closedAt }: InputExchange): boolean {
  return closedAt === undefined;
}

function freeKey(inputs: readonly InputExchange[]): string {
  const used = new Set(inputs.map(({ key }) => key));
  let number = inputs.length + 1;
  while (used.has(`input-${number}`)) number += 1;
  return `input-${number}`;
}

function asksTheSame(input: InputExchange, request: InputRequest): boolean {
  const { message, schema = null } = request;
  return input.message === message && sameJson(input.schema ?? null, schema);
}
