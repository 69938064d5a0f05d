import type { ModelView, Reply, ViewMessage } from '@latecall/testing';
import { createRandom, type Random } from './random.ts';
import type { Settings, ToolSettings } from './settings.ts';

/** What the user of the simulation says. */
export const request = (name: string) => `Please do ${name}.`;

/** The last thing that the user says in each conversation: it asks for no work. */
export const goodbye = 'Thank you, what has become of it all?';

/** The result of a tool, as the outside gives it. */
export interface Result {
  readonly nonce: string;
  /** The work that it is the result of. */
  readonly of: string;
  readonly fixed?: boolean;
}

/** The result in an output, marked as stale or not. */
export function resultIn(output: unknown): Result | undefined {
  const value = member(output, 'stale') === true ? member(output, 'result') : output;
  return typeof member(value, 'nonce') === 'string' ? (value as Result) : undefined;
}

export function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

/**
 * A model that knows nothing but its prompt. What it does with a prompt is the same each time, nearly always: so a run
 * that is made again makes the same calls.
 */
export function createOracle(settings: Settings, moody: Random): (view: ModelView) => Reply {
  return (view) => {
    const last = view.messages.findLastIndex(({ role }) => role === 'assistant');
    const news = view.messages.slice(last + 1);
    const said = view.messages.map(({ texts, toolCalls }) => [texts, toolCalls.map(({ arguments: args }) => args)]);
    const mood = moody.chance(0.05) ? moody.below(1_000) : 0;
    const random = createRandom('oracle', settings.seed, JSON.stringify(said), mood);
    const asked = news.flatMap(({ role, texts }) => (role === 'user' ? texts : [])).flatMap(namesIn);
    const results = resultsIn(news, view);
    const depth = Math.max(0, ...results.map(({ of }) => of.split('>').length));
    const handles = handlesIn(view);
    const calls = asked.flatMap((name) => drawCalls({ random, settings, work: name, handles }));
    const over = view.messages.some(({ texts }) => texts.includes(goodbye));
    const followUps = results
      .filter(() => !over)
      .filter(({ of }) => of.split('>').length < 3 && random.chance(depth === 1 ? 0.4 : 0.2))
      .map(({ of, nonce }) => callOf(random, settings, { work: `${of}>next`, seen: [nonce] }, handles));
    const toolCalls = [...calls, ...followUps];
    if (toolCalls.length === 0) return { text: `So far, so good: ${results.length} results.` };
    return { ...(random.chance(0.3) ? { text: 'I will see to it.' } : {}), toolCalls };
  };
}

function namesIn(text: string): string[] {
  const name = /^Please do (.+)\.$/.exec(text)?.[1];
  return name === undefined ? [] : [name];
}

/** The results that are news to the model. */
function resultsIn(news: readonly ViewMessage[], view: ModelView): Result[] {
  const shown = news.flatMap(({ toolResults }) => toolResults.flatMap(({ output }) => resultIn(output) ?? []));
  // An appended result is a call with its answer, so it may stand in front of the last message of the assistant's role.
  const late = view.messages
    .slice(-3)
    .flatMap(({ toolResults }) =>
      toolResults.flatMap(({ name, output }) => (name === 'await_async_result' ? (resultIn(output) ?? []) : [])),
    );
  return [...new Map([...shown, ...late].map((result) => [result.nonce, result])).values()];
}

function handlesIn({ messages }: ModelView): string[] {
  const outputs = messages.flatMap(({ toolResults }) => toolResults.map(({ output }) => member(output, 'handle')));
  return [...new Set(outputs.flatMap((handle) => (typeof handle === 'string' ? [handle] : [])))];
}

type Call = NonNullable<Extract<Reply, { toolCalls?: unknown }>['toolCalls']>[number];

function drawCalls(input: { random: Random; settings: Settings; work: string; handles: readonly string[] }): Call[] {
  const { random, settings, work, handles } = input;
  const count = random.chance(0.15) ? 0 : 1 + random.below(3);
  const calls = Array.from({ length: count }, (_, index) =>
    callOf(random, settings, { work: `${work}.${index}` }, handles),
  );
  const first = calls[0];
  const again = first !== undefined && random.chance(0.1) ? [first] : []; // two equal calls of one step
  const weather = random.chance(0.2) ? [{ name: 'weather', arguments: { city: work } }] : [];
  return [...calls, ...again, ...weather];
}

function callOf(
  random: Random,
  { tools }: Settings,
  args: { work: string; seen?: readonly string[] },
  handles: readonly string[],
): Call {
  const chosen: ToolSettings = random.pick(tools);
  // A dependent call names what it builds on; a model may cut the name short.
  const after = chosen.dependent === true && handles.length > 0 ? [random.pick(handles)] : [];
  return { name: chosen.name, arguments: { ...args, ...(after.length === 0 ? {} : { after }) } };
}
