import type { ModelTurn } from './model-turn.ts';
import { invalidRequest } from './openai-refusal.ts';
import { inputItems, isCallItem } from './openai-responses-items.ts';
import { openaiResponsesOutput } from './openai-responses-wire.ts';
import type { ProviderRefusal } from './provider-refusal.ts';
import { firstFound, type WireObject } from './wire-value.ts';

/** What the provider stores of its answers, unless `store` is false. */
export type ResponseMemory = {
  /** Puts stored items in the place of references to them, and a stored history in front. */
  readonly recall: (body: WireObject) => { readonly refusal: ProviderRefusal } | { readonly history: WireObject };
  readonly remember: (turn: ModelTurn, body: WireObject, history: WireObject) => void;
};

/** Source: bigduu/Bamboo-agent#64 (400, `previous_response_not_found`); observed wording not verified. */
function unknownResponse(id: unknown): ProviderRefusal {
  return {
    rule: 'unknownPreviousResponse',
    ...invalidRequest({
      message: `Previous response with id '${String(id)}' not found.`,
      param: 'previous_response_id',
      code: 'previous_response_not_found',
    }),
  };
}

/** Source: vercel/ai#7543, continuedev/continue#9101; the status 404: earendil-works/pi#1504, withastro/flue#97. */
function unknownItem(id: unknown): ProviderRefusal {
  return {
    rule: 'unknownItemReference',
    ...invalidRequest({
      message: `Item with id '${String(id)}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
      param: 'input',
    }),
    status: 404,
  };
}

/** Clients that chain send plain calls again, without an item id: the stored one stands for both. */
function withoutRepeatedCalls(sent: readonly WireObject[], stored: readonly WireObject[]): readonly WireObject[] {
  const known = new Set(stored.filter(isCallItem).map((call) => call.call_id));
  return sent.filter((item) => !(isCallItem(item) && item.id === undefined && known.has(item.call_id)));
}

/** A memory of one server: it begins empty. */
export function createResponseMemory(): ResponseMemory {
  const items = new Map<unknown, WireObject>();
  const histories = new Map<unknown, readonly WireObject[]>();
  return {
    recall: (body) => {
      const { previous_response_id: previous, ...rest } = body;
      const stored = previous === undefined || previous === null ? [] : histories.get(previous);
      if (stored === undefined) {
        return { refusal: unknownResponse(previous) };
      }
      const sent = inputItems(body);
      const missing = firstFound(sent, ({ type, id }) =>
        type === 'item_reference' && !items.has(id) ? unknownItem(id) : undefined,
      );
      if (missing !== undefined) {
        return { refusal: missing };
      }
      const resolved = sent.map((item) => (item.type === 'item_reference' ? (items.get(item.id) ?? item) : item));
      return { history: { ...rest, input: [...stored, ...withoutRepeatedCalls(resolved, stored)] } };
    },
    remember: (turn, body, history) => {
      if (body.store === false) {
        return;
      }
      const output = openaiResponsesOutput(turn);
      histories.set(`resp_${turn.number}`, [...inputItems(history), ...output]);
      for (const item of output) {
        items.set(item.id, item);
      }
    },
  };
}
