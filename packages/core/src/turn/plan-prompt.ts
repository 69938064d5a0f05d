import type { Json } from '../base/json.ts';
import type { Outcome } from '../parts/outcome.ts';
import type { TaskDelivery, Told } from '../task/task.ts';
import type { BoundCall, HistoryCall, TaskCall } from './bind-calls.ts';
import type { PlacedResult } from './read-calls.ts';
import { idNamedBy } from './read-proofs.ts';
import type { Transcript } from './transcript.ts';

/** The call that something is shown for. */
export interface ShownName {
  /** Of its task. */
  readonly id: string;
  readonly toolName: string;
  readonly handle: string;
  /** The model's own id of the call. */
  readonly callId: string;
  /** What it was called with; left out where only the history knows. */
  readonly arguments?: Json;
}

/** What a prompt shows for a call: the static placeholder, or an outcome. */
export interface Showing extends ShownName {
  /** `undefined`: the placeholder. */
  readonly outcome?: Outcome;
  readonly stale?: boolean;
}

/** An outcome that stands where the conversation was when it came, since what was sent must stay. */
export interface InsertedResult extends Showing {
  readonly outcome: Outcome;
  /** `append`: by a call of its own. `envelope`: in a user message. `native`: as the answer of the open call. */
  readonly as: 'append' | 'envelope' | 'native';
  /** The id of the call that it answers: the synthetic one (only letters, digits, `-` and `_`, at most 40 characters), or the open one. */
  readonly answers: string;
}

/** A result whose text is replaced. */
interface Rewrite {
  readonly message: number;
  readonly part: number;
  readonly show: Showing;
}

/** How to make the prompt for a model from the app's messages. Indexes are those of the transcript. */
export interface PromptPlan {
  /** Results to rewrite. */
  readonly rewrite: readonly Rewrite[];
  /** Calls that have no result at all: add one right behind the message. */
  readonly fill: readonly { readonly message: number; readonly show: Showing }[];
  /** Results to leave out. */
  readonly drop: readonly { readonly message: number; readonly part: number }[];
  /** Results to insert before a message, in this order; `before` may be the number of messages. */
  readonly insert: readonly { readonly before: number; readonly results: readonly InsertedResult[] }[];
}

/** A call of ours with what is shown for it, and where. */
export interface ShownCall {
  readonly call: TaskCall | HistoryCall;
  readonly name: ShownName;
  /** The call stands without an answer: the provider has that natively. */
  readonly leftOpen: boolean;
  /** `undefined`: still pending, or not this run's to show. */
  readonly told?: PlacedTold;
}

/** A result that this prompt shows, for the first time or again. */
export interface PlacedTold extends Told {
  readonly delivery: TaskDelivery;
  /** The message before which an appended result stands; else it is counted from the call. */
  readonly before?: number;
}

/** A result whose call is not in this history any more. */
export interface Uncalled {
  readonly name: ShownName;
  readonly told: PlacedTold & { readonly before: number };
  /** The provider holds the call, and it has no answer there. */
  readonly leftOpen: boolean;
}

/** The placeholder of a pending call that the provider holds. */
export interface HeldPlaceholder {
  readonly result: PlacedResult;
  readonly name: ShownName;
}

/** Turns decisions into positions: pure, the same for every host (section 5 of the design). */
export function planPrompt(input: {
  transcript: Transcript;
  shown: readonly ShownCall[];
  uncalled: readonly Uncalled[];
  /** Ordinary calls: of several results only the first stays. */
  others: readonly BoundCall[];
  orphans: readonly PlacedResult[];
  /** Orphans whose calls the provider holds: they stay where they are. */
  answers: readonly PlacedResult[];
  /** Placeholders among them. */
  held: readonly HeldPlaceholder[];
}): PromptPlan {
  const { transcript, shown, uncalled, others, orphans, answers, held } = input;
  const rewrite: Rewrite[] = [];
  const fill = [];
  const kept = new Set(held.map(({ result }) => result));
  const drop = orphans.filter(
    (result) => (result.request !== undefined || result.response !== undefined) && !kept.has(result),
  );
  for (const { result, name } of held) rewrite.push({ message: result.message, part: result.part, show: name });
  const inserted: { before: number; result: InsertedResult }[] = [];

  for (const { call, name, leftOpen, told } of shown) {
    const show = showing(name, told?.delivery.kind === 'replace' ? told : undefined);
    const [first, ...rest] = call.results;
    if (leftOpen) drop.push(...call.results);
    else if (first === undefined) fill.push({ message: call.message, show });
    else rewrite.push({ message: first.message, part: first.part, show });
    if (!leftOpen) drop.push(...rest);
    if (told !== undefined && told.delivery.kind !== 'replace') {
      const counted = told.before ?? Math.min(call.message + told.delivery.offset, transcript.messages.length);
      inserted.push({ before: afterAnswers(transcript, counted), result: insert(name, told, leftOpen) });
    }
  }
  for (const { told, name, leftOpen } of uncalled) {
    const answer = answers.find(({ response }) => idNamedBy(response) === name.id);
    // An open call is answered before anything else; what brings its own call never stands between others and theirs.
    const before = leftOpen ? told.before : afterAnswers(transcript, told.before);
    if (answer === undefined) inserted.push({ before, result: insert(name, told, leftOpen) });
    else {
      rewrite.push({ message: answer.message, part: answer.part, show: showing(name, told) });
      drop.splice(drop.indexOf(answer), 1);
    }
  }
  for (const { results } of others) drop.push(...results.slice(1));

  return { rewrite, fill, drop: drop.map(({ message, part }) => ({ message, part })), insert: grouped(inserted) };
}

function showing(name: ShownName, told: PlacedTold | undefined): Showing {
  if (told === undefined) return name;
  return { ...name, outcome: told.outcome, ...(told.stale === true ? { stale: true } : {}) };
}

/** A native answer needs its open call; where that is answered by a placeholder, another model was asked in between. */
function insert(name: ShownName, told: PlacedTold, leftOpen: boolean): InsertedResult {
  const as = leftOpen ? 'native' : told.delivery.kind === 'envelope' ? 'envelope' : 'append';
  const answers = leftOpen ? name.callId : `late_${name.handle}`;
  return { ...showing(name, told), outcome: told.outcome, as, answers };
}

/** Never between a call and its answers. */
function afterAnswers({ messages }: Transcript, index: number): number {
  let at = index;
  while (messages[at]?.role === 'tool') at += 1;
  return at;
}

function grouped(inserted: readonly { before: number; result: InsertedResult }[]): PromptPlan['insert'] {
  const groups = new Map<number, InsertedResult[]>();
  for (const { before, result } of inserted) {
    const group = groups.get(before);
    if (group === undefined) groups.set(before, [result]);
    else group.push(result);
  }
  return [...groups].sort(([a], [b]) => a - b).map(([before, results]) => ({ before, results }));
}
