import {
  type AsyncFunctionConsumption,
  beginTurn,
  createClaimant,
  isOpen,
  type ModelTraits,
  type OpenTurn,
  PendingError,
  type SuspendedTurn,
  type TurnCall,
} from '@latecall/core';
import type { LanguageModelMiddleware } from 'ai';
import { adviceFor } from './advice.ts';
import type { Binding } from './binding.ts';
import { LATECALL, RESPONSE_KIND } from './carrier.ts';
import { followStream } from './follow-stream.ts';
import type { CallOptions, ContentPart, GenerateResult, Prompt, StreamPart, StreamResult } from './host-types.ts';
import { traitsOf, withoutOurs } from './model-traits.ts';
import { readPrompt } from './read-prompt.ts';
import { createStamper } from './stamps.ts';
import { writePrompt } from './write-prompt.ts';

/** The raw finish reason of a step that made no model call because the run waits for results. */
export const PENDING = 'latecall-pending';

/** The raw finish reason of a step that made no model call because the budget of the conversation is spent. */
export const EXHAUSTED = 'latecall-budget';

/**
 * The one place that holds in every loop of the host, also when an app puts its own `stopWhen` or `prepareStep` after
 * ours: it pauses, projects the prompt, and says in the response which results it was written with.
 */
export function latecallMiddleware(binding: Binding): LanguageModelMiddleware {
  const claimants = new WeakMap<Prompt, string>(); // the host retries a model call with the very same prompt
  const claimantOf = (prompt: Prompt) => {
    const claimant = claimants.get(prompt) ?? createClaimant(binding.runtime);
    claimants.set(prompt, claimant);
    return claimant;
  };
  const begin = ({ prompt, providerOptions }: CallOptions, model: ModelTraits) => {
    const { runtime, definitions, scope, idleTurns, budget } = binding;
    return beginTurn({
      runtime,
      tools: definitions,
      scope,
      transcript: readPrompt(prompt),
      claimant: () => claimantOf(prompt),
      model,
      atRest: isFirstStep(providerOptions),
      callsElsewhere: holdsConversation(providerOptions),
      idleTurns,
      budget,
    });
  };
  const stamperFor = (turn: OpenTurn) =>
    createStamper({ stamps: binding.stamps, isAsync: (name) => binding.definitions.has(name), turn: turn.id });
  const finish = async (turn: OpenTurn, calls: readonly TurnCall[]) => {
    const async = turn.restsWhilePending ? calls.filter(({ toolName }) => binding.definitions.has(toolName)) : [];
    for (const { callId } of async) binding.resting.add(callId);
    return (await turn.finish(calls)).map(toPart);
  };
  const project = async (turn: OpenTurn, prompt: Prompt) => {
    try {
      return await writePrompt({ prompt, plan: turn.plan, tools: binding.tools });
    } catch (error) {
      await turn.release();
      throw error;
    }
  };

  return {
    specificationVersion: 'v4',

    wrapGenerate: async ({ model, params }) => {
      const traits = traitsOf(model, params);
      const turn = await begin(params, traits);
      if (turn.type === 'suspended') return pausedResult(pause(binding, turn));
      if (turn.ordinary && !binding.nested) return model.doGenerate(withoutOurs(params, traits));
      const prompt = await project(turn, params.prompt);
      try {
        const result = await model.doGenerate({ ...withoutOurs(params, traits), prompt });
        const content = await inOrder(result.content, stamperFor(turn));
        if (content.flatMap(turnCall).length === 0) await refuseNestedEnd(binding);
        if (!isComplete(result.finishReason)) {
          await turn.release();
          return { ...result, content };
        }
        return { ...result, content: [...(await finish(turn, content.flatMap(turnCall))), ...content] };
      } catch (error) {
        await turn.release();
        throw error;
      }
    },

    wrapStream: async ({ model, params }) => {
      const traits = traitsOf(model, params);
      const turn = await begin(params, traits);
      if (turn.type === 'suspended') return pausedStream(pause(binding, turn));
      if (turn.ordinary && !binding.nested) return model.doStream(withoutOurs(params, traits));
      const prompt = await project(turn, params.prompt);
      const stamp = stamperFor(turn);
      const calls: TurnCall[] = [];
      try {
        const result = await model.doStream({ ...withoutOurs(params, traits), prompt });
        const stream = followStream({
          stream: result.stream,
          onPart: async (part) => {
            calls.push(...turnCall(part));
            if (part.type !== 'finish' || !isComplete(part.finishReason)) return [await stamp(part)];
            if (calls.length === 0) await refuseNestedEnd(binding);
            return [...(await finish(turn, calls)), part];
          },
          onBroken: turn.release,
        });
        return { ...result, stream };
      } catch (error) {
        await turn.release();
        throw error;
      }
    },
  };
}

/** OpenAI's Responses API keeps the messages before these under one of these names. */
function holdsConversation(options: CallOptions['providerOptions']): boolean {
  return options?.openai?.previousResponseId !== undefined || options?.openai?.conversation !== undefined;
}

/** Our `prepareStep` says which step of its run a model call is; without it every call counts as a first one. */
function isFirstStep(options: CallOptions['providerOptions']): boolean {
  const step = options?.[LATECALL]?.step;
  return step === undefined || step === 0;
}

function pause(binding: Binding, { open, exhausted }: SuspendedTurn): Paused {
  if ((binding.strict || binding.nested) && open.length > 0) {
    throw new PendingError({ tasks: open, advice: adviceFor(binding) });
  }
  return {
    finishReason: { unified: 'other', raw: exhausted === true ? EXHAUSTED : PENDING },
    usage: {
      inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: 0, text: 0, reasoning: 0 },
    },
  };
}

type Paused = Pick<GenerateResult, 'finishReason' | 'usage'>;

/** The call that a part is, if it is one. */
function turnCall(part: ContentPart | StreamPart): TurnCall[] {
  if (part.type !== 'tool-call') return [];
  return [{ callId: part.toolCallId, toolName: part.toolName, arguments: inputOf(part.input) }];
}

/** A model may write arguments that are no JSON; the host tells it so. */
function inputOf(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    return input;
  }
}

/** An answer without calls ends the run: a nested agent must not end while something is pending. */
async function refuseNestedEnd({ nested, runtime, scope }: Binding): Promise<void> {
  if (!nested) return;
  const tasks = (await runtime.store.list(scope, { consumed: false })).filter(isOpen);
  if (tasks.length > 0) throw new PendingError({ tasks, advice: adviceFor({ nested }) });
}

function pausedResult(paused: Paused): GenerateResult {
  return { content: [], warnings: [], ...paused };
}

function pausedStream(paused: Paused): StreamResult {
  const parts: StreamPart[] = [
    { type: 'stream-start', warnings: [] },
    { type: 'finish', ...paused },
  ];
  const stream = new ReadableStream<StreamPart>({
    start: (controller) => {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
  return { stream };
}

/** An answer that broke off has not told the model's user anything yet: its results stay claimable. */
function isComplete({ unified }: GenerateResult['finishReason']): boolean {
  return unified !== 'error' && unified !== 'interrupted';
}

function toPart(consumption: AsyncFunctionConsumption): Extract<ContentPart, { type: 'custom' }> {
  // Plain JSON, as core guarantees; an interface has no index signature to say so.
  const cargo = { consumption: { ...consumption } } as unknown as Cargo;
  return { type: 'custom', kind: RESPONSE_KIND, providerMetadata: { [LATECALL]: cargo } };
}

type Cargo = NonNullable<Extract<ContentPart, { type: 'custom' }>['providerMetadata']>[string];

async function inOrder<PART>(parts: readonly PART[], change: (part: PART) => Promise<PART>): Promise<PART[]> {
  const changed: PART[] = [];
  for (const part of parts) changed.push(await change(part));
  return changed;
}
