import type { AIMessage, BaseMessage, ToolCall, ToolMessage } from '@langchain/core/messages';

/**
 * Under this name our parts ride on the host's own: in the `artifact` of tool messages, which LangChain keeps from
 * models, and in the `additional_kwargs` of the model's messages.
 */
export const LATECALL = 'latecall';

/** What may ride on a tool message. All of it is unproved until core has checked it. */
export interface ToolCargo {
  /** On a placeholder: the request. */
  readonly request?: unknown;
  /** On the message that carries a late result: the response. */
  readonly response?: unknown;
}

/** What may ride on a message of the model. */
export interface ModelCargo {
  /** The turn that wrote it. */
  readonly turn?: unknown;
  /** The results that it was written with. */
  readonly consumptions?: readonly unknown[];
}

/** Which turn made a call, and which of several equal calls of that turn it is. */
export interface Stamp {
  readonly turn: string;
  readonly occurrence: number;
}

/** What rides on a tool message. */
export function toolCargoOf(message: Pick<ToolMessage, 'artifact'>): ToolCargo {
  return member(message.artifact, LATECALL) ?? {};
}

/** What rides on a message of the model. */
export function modelCargoOf(message: Pick<AIMessage, 'additional_kwargs'>): ModelCargo {
  const cargo: ModelCargo = member(message.additional_kwargs, LATECALL) ?? {};
  return Array.isArray(cargo.consumptions) ? cargo : { turn: cargo.turn };
}

/** The call with its stamp, for a loop that shows its tools nothing but the call. */
export function stamped(call: ToolCall, stamp: Stamp): ToolCall {
  return Object.assign({ ...call }, { [LATECALL]: stamp });
}

/** The stamp on a call, if there is a whole one. */
export function stampOn(call: ToolCall): Stamp | undefined {
  const { turn, occurrence } = member<Partial<Stamp>>(call, LATECALL) ?? {};
  return typeof turn === 'string' && typeof occurrence === 'number' ? { turn, occurrence } : undefined;
}

/** The call as the model made it. */
export function unstamped(call: ToolCall): ToolCall {
  const { [LATECALL]: _, ...made } = call as ToolCall & { [LATECALL]?: Stamp };
  return made;
}

/** `true` for a message of the model with something of ours on it. */
export function isLoaded({ additional_kwargs: kwargs }: BaseMessage): boolean {
  return Object.hasOwn(kwargs, LATECALL);
}

/** `true` for a tool message with something of ours on it. */
export function isOurs({ artifact }: Pick<ToolMessage, 'artifact'>): boolean {
  return typeof artifact === 'object' && artifact !== null && LATECALL in artifact;
}

function member<MEMBER extends object>(value: unknown, key: string): MEMBER | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  const found = (value as Record<string, unknown>)[key];
  return typeof found === 'object' && found !== null ? (found as MEMBER) : undefined;
}
