import { mayStayOpen } from './openai-native-async.ts';
import { invalidRequest } from './openai-refusal.ts';
import { inputItems, isCallItem, isMessageOf, isOutputItem } from './openai-responses-items.ts';
import type { RefusalDetail, RefusalRule } from './provider-refusal.ts';
import { firstFound, type WireObject } from './wire-value.ts';

/** Whether calls may be answered or made in a part of the history that the provider stores. */
function goesOnFromStoredHistory(body: WireObject): boolean {
  return (body.previous_response_id ?? body.conversation ?? null) !== null;
}

/** No item id twice in one input. Source: vercel/ai#13307, continuedev/continue#10723, MacPaw/OpenAI#432. */
function duplicateResponsesItem(body: WireObject): RefusalDetail | undefined {
  const seen = new Set<unknown>();
  return firstFound(inputItems(body), ({ id }) => {
    if (id === undefined || id === null || !seen.has(id)) {
      seen.add(id);
      return undefined;
    }
    return invalidRequest({
      message: `Duplicate item found with id ${String(id)}. Remove duplicate items from your input and try again.`,
      param: 'input',
    });
  });
}

/**
 * No call id on two calls of one history. Source: earendil-works/pi#9057 (a compatible endpoint: `Duplicate
 * 'call_id': undefined`); OpenAI's own wording not verified.
 */
function duplicateResponsesCallId(body: WireObject): RefusalDetail | undefined {
  const seen = new Set<unknown>();
  return firstFound(inputItems(body), (item) => {
    if (!isCallItem(item) || !seen.has(item.call_id)) {
      seen.add(isCallItem(item) ? item.call_id : undefined);
      return undefined;
    }
    return invalidRequest({ message: `Duplicate 'call_id': ${String(item.call_id)}`, param: 'input' });
  });
}

/** A result stands behind its call. Source: microsoft/vscode#320060, continuedev/continue#10092, cline/cline#9288. */
function responsesOutputWithoutCall(body: WireObject): RefusalDetail | undefined {
  const items = inputItems(body);
  return firstFound(items, (item, index) => {
    const isAnswer = items.slice(0, index).some((call) => isCallItem(call) && call.call_id === item.call_id);
    return !isOutputItem(item) || isAnswer || goesOnFromStoredHistory(body)
      ? undefined
      : invalidRequest({
          message: `No tool call found for function call output with call_id ${String(item.call_id)}.`,
          param: 'input',
        });
  });
}

/**
 * One result for a call. Source: "Duplicate function_call_output for call_id", an error of strict Responses providers
 * quoted in public release notes; OpenAI's own wording not verified.
 */
function duplicateResponsesOutput(body: WireObject): RefusalDetail | undefined {
  const seen = new Set<unknown>();
  return firstFound(inputItems(body), (item) => {
    if (!isOutputItem(item)) {
      return undefined;
    }
    if (!seen.has(item.call_id)) {
      seen.add(item.call_id);
      return undefined;
    }
    return invalidRequest({
      message: `Duplicate function_call_output for call_id ${String(item.call_id)}.`,
      param: 'input',
    });
  });
}

/**
 * Whether the item ends the turn that a call belongs to: a user's or system's message, or more of the model after
 * results came in.
 */
function endsToolTurn(item: WireObject, resultsBegan: boolean): boolean {
  return (
    isMessageOf(item, 'user', 'system', 'developer') ||
    (resultsBegan && (isMessageOf(item, 'assistant') || isCallItem(item)))
  );
}

/**
 * Every call is answered. Source: tjardoo/openai-client#124. A native async call may stay open instead
 * (`mayStayOpen`). That the result must come before the next turn is the reading of this server (Chat says so): the API was only
 * observed to refuse a call without any result. The model's own items may stand between a call and its
 * result as long as no result of that turn came in, since one response may hold a call and then text.
 */
function unansweredResponsesCall(body: WireObject): RefusalDetail | undefined {
  const items = inputItems(body);
  return firstFound(items, (call, start) => {
    if (!isCallItem(call) || mayStayOpen(call)) {
      return undefined;
    }
    const rest = items.slice(start + 1);
    const end = rest.findIndex((item, index) => endsToolTurn(item, rest.slice(0, index).some(isOutputItem)));
    const turn = end === -1 ? rest : rest.slice(0, end);
    return turn.some((item) => isOutputItem(item) && item.call_id === call.call_id)
      ? undefined
      : invalidRequest({
          message: `No tool output found for function call ${String(call.call_id)}.`,
          param: 'input',
        });
  });
}

/** The rules that pair calls with their results. */
export const openaiResponsesToolTurnRules: readonly RefusalRule[] = [
  duplicateResponsesItem,
  duplicateResponsesCallId,
  responsesOutputWithoutCall,
  duplicateResponsesOutput,
  unansweredResponsesCall,
];
