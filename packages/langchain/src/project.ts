import type { AIMessage, BaseMessage } from '@langchain/core/messages';
import {
  type AsyncFunctionConsumption,
  beginTurn,
  createClaimant,
  isOpen,
  type ModelTraits,
  type OpenTurn,
  type Scope,
  type SuspendedTurn,
  type TaskRecord,
} from '@latecall/core';
import { type Binding, isAtRest, memoryOf } from './binding.ts';
import { LATECALL, type ModelCargo, stamped } from './carrier.ts';
import { copyOf } from './copy-of.ts';
import { reportTask } from './events.ts';
import { type HostConfig, hasCheckpointer, isNested } from './host-config.ts';
import { fillOpenCalls } from './open-calls.ts';
import { readMessages } from './read-messages.ts';
import { callsOf, isSame } from './stamp-of.ts';
import { writeMessages } from './write-messages.ts';

/** One model call of a run. */
export interface ModelCall {
  readonly binding: Binding;
  readonly scope: Scope;
  readonly messages: readonly BaseMessage[];
  readonly host: HostConfig;
  readonly model: ModelTraits;
  /** The provider holds the messages before these. */
  readonly callsElsewhere: boolean;
  /**
   * Nobody else stands around the model: what Latecall's middleware does at the end of a nested run is done here, and
   * calls are stamped for tools that are shown nothing else.
   */
  readonly alone: boolean;
}

/** What came of it: the model's answer with what belongs into the history, or that the run waits. */
export type Projected<ANSWER> = { readonly type: 'answered'; readonly answer: ANSWER } | SuspendedTurn;

/** How to find the model's message in what the host's call gives, and how to put another one in its place. */
export interface Answering<ANSWER> {
  readonly call: (prompt: BaseMessage[]) => Promise<ANSWER>;
  readonly messageIn: (answer: ANSWER) => AIMessage;
  readonly withMessage: (answer: ANSWER, message: AIMessage) => ANSWER;
}

/**
 * The model call itself: makes the prompt from the conversation, hands it to `call`, and marks the results that were in
 * it as told once the answer is there. An answer that would end a nested run with calls pending does not count.
 */
export async function project<ANSWER>(input: ModelCall & Answering<ANSWER>): Promise<Projected<ANSWER>> {
  const { binding, scope, host, call, messageIn, withMessage } = input;
  const messages = await fillOpenCalls(input);
  const turn = await begin({ ...input, messages });
  if (turn.type === 'suspended') return turn;
  if (turn.ordinary && !(input.alone && isNested(host))) return ordinary(input, messages);
  try {
    const answer = await call(await writeMessages({ messages, turn, tools: binding.tools }));
    host.signal?.throwIfAborted();
    const message = messageIn(answer);
    const unfinished = endsIn(message) && input.alone && isNested(host) ? await pendingIn(binding, scope) : [];
    if (unfinished.length > 0) {
      await turn.release();
      return { type: 'suspended', open: unfinished };
    }
    rememberAnswer(binding, host);
    const calls = callsOf(message).map(({ id: callId = '', name, args }) => ({
      callId,
      toolName: name,
      arguments: args,
    }));
    const consumptions = await turn.finish(calls);
    for (const { response } of consumptions) await reportTask({ binding, scope, id: response.id, host });
    return { type: 'answered', answer: withMessage(answer, await loaded({ ...input, message, turn, consumptions })) };
  } catch (error) {
    await turn.release();
    throw error;
  }
}

/** The model call as it is without Latecall. */
async function ordinary<ANSWER>(
  { binding, host, call }: ModelCall & Answering<ANSWER>,
  messages: readonly BaseMessage[],
): Promise<Projected<ANSWER>> {
  const answer = await call([...messages]);
  rememberAnswer(binding, host);
  return { type: 'answered', answer };
}

function rememberAnswer(binding: Binding, { writer }: HostConfig): void {
  if (writer !== undefined) memoryOf(binding, writer).answered = true;
}

function endsIn(message: AIMessage): boolean {
  return callsOf(message).length === 0;
}

/** The calls of a conversation that wait for an outcome. */
export async function pendingIn({ runtime }: Binding, scope: Scope): Promise<TaskRecord[]> {
  return (await runtime.store.list(scope, { consumed: false })).filter(isOpen);
}

function begin({
  binding,
  scope,
  messages,
  host,
  model,
  callsElsewhere,
}: ModelCall): Promise<OpenTurn | SuspendedTurn> {
  const { runtime, definitions } = binding;
  return beginTurn({
    runtime,
    tools: definitions,
    scope,
    transcript: readMessages(messages),
    claimant: createClaimant(runtime),
    model,
    atRest: isAtRest(binding, host),
    callsElsewhere,
    refused: refusedIn(host),
    idleTurns: binding.idleTurns,
    budget: binding.budget?.(scope),
  });
}

/** Where a checkpointer has stored the messages already, an error would come back with every run. */
export function refusedIn(host: HostConfig): 'throw' | 'report' {
  return hasCheckpointer(host) ? 'report' : 'throw';
}

/** The model's message as it belongs into the history: with its turn, the results it was written with, and stamped calls. */
async function loaded(input: {
  binding: Binding;
  alone: boolean;
  message: AIMessage;
  turn: OpenTurn;
  consumptions: readonly AsyncFunctionConsumption[];
}): Promise<AIMessage> {
  const { binding, alone, message, turn, consumptions } = input;
  const calls = callsOf(message);
  const ours = calls.some(({ name }) => binding.tools.has(name));
  if (!ours && consumptions.length === 0) return message;
  const id = await turn.id();
  const cargo: ModelCargo = { turn: id, ...(consumptions.length === 0 ? {} : { consumptions }) };
  return copyOf(message, {
    additional_kwargs: { ...message.additional_kwargs, [LATECALL]: cargo },
    tool_calls: calls.map((call, index) => {
      if (!alone || !binding.tools.has(call.name)) return call;
      const occurrence = calls.slice(0, index).filter((other) => isSame(other, call)).length;
      return stamped(call, { turn: id, occurrence });
    }),
  });
}
