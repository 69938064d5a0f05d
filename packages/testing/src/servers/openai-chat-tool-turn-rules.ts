import { invalidRequest } from './openai-refusal.ts';
import type { RefusalDetail, RefusalRule } from './provider-refusal.ts';
import { firstFound, type WireObject, wireObjects } from './wire-value.ts';

/** An assistant message with tool calls and the run of tool messages right behind it. */
type ToolTurn = { callIds: readonly string[]; answers: readonly { id: string; index: number }[]; endsAt: number };

function toolTurns(body: WireObject): readonly ToolTurn[] {
  const messages = wireObjects(body.messages);
  return messages.flatMap((message, start) => {
    const calls = wireObjects(message.tool_calls);
    if (message.role !== 'assistant' || calls.length === 0) {
      return [];
    }
    const end = messages.findIndex(({ role }, index) => index > start && role !== 'tool');
    const endsAt = end === -1 ? messages.length : end;
    const answers = messages
      .slice(start + 1, endsAt)
      .map((answer, offset) => ({ id: String(answer.tool_call_id), index: start + 1 + offset }));
    return [{ callIds: calls.map(({ id }) => String(id)), answers, endsAt }];
  });
}

/**
 * A tool message stands right behind an assistant message with tool calls, or behind another tool message that does.
 * Source: miurla/morphic#136, smarter-sh/smarter#264, crewAIInc/crewAI#1620 (the provider's spelling is
 * "preceeding").
 */
function chatResultWithoutCall(body: WireObject): RefusalDetail | undefined {
  const answered = new Set(toolTurns(body).flatMap(({ answers }) => answers.map(({ index }) => index)));
  return firstFound(wireObjects(body.messages), ({ role }, index) =>
    role === 'tool' && !answered.has(index)
      ? invalidRequest({
          message: `Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.`,
          param: `messages.[${index}].role`,
        })
      : undefined,
  );
}

/**
 * A tool message answers a call of the assistant message that it stands behind. Source: the error quoted in public
 * client code that converts messages for OpenAI; `param` as observed for its siblings.
 */
function chatResultOfAnotherCall(body: WireObject): RefusalDetail | undefined {
  return firstFound(toolTurns(body), ({ callIds, answers }) =>
    firstFound(answers, ({ id, index }) =>
      callIds.includes(id)
        ? undefined
        : invalidRequest({
            message: `Invalid parameter: 'tool_call_id' of '${id}' not found in 'tool_calls' of previous message.`,
            param: `messages.[${index}].tool_call_id`,
          }),
    ),
  );
}

/** One tool message for a call. Source: agno-agi/agno#5116, fatwang2/search2ai#30. */
function duplicateChatResult(body: WireObject): RefusalDetail | undefined {
  return firstFound(toolTurns(body), ({ answers }) =>
    firstFound(answers, ({ id, index }) => {
      const first = answers.find((answer) => answer.id === id && answer.index < index);
      return first === undefined
        ? undefined
        : invalidRequest({
            message: `Invalid parameter: Duplicate value for 'tool_call_id' of '${id}', in messages[${first.index}] and messages[${index}].`,
            param: `messages.[${index}].tool_call_id`,
          });
    }),
  );
}

/**
 * Every call is answered before the next message that is no tool message. Source: router-for-me/CLIProxyAPI#2798,
 * aliasrobotics/cai#111, BerriAI/litellm#10083. The `param` of a call left open at the very end is not verified.
 */
function unansweredChatCall(body: WireObject): RefusalDetail | undefined {
  return firstFound(toolTurns(body), ({ callIds, answers, endsAt }) => {
    const open = callIds.filter((callId) => !answers.some(({ id }) => id === callId));
    return open.length === 0
      ? undefined
      : invalidRequest({
          message: `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${open.join(', ')}`,
          param: `messages.[${endsAt}].role`,
        });
  });
}

/**
 * No call id twice in one history. Source: openclaw/openclaw#40996 (duplicates in one message and across turns
 * answered with 400 by OpenAI-compatible APIs); observed wording not verified.
 */
function duplicateChatCallId(body: WireObject): RefusalDetail | undefined {
  const seen = new Set<string>();
  return firstFound(wireObjects(body.messages), (message, index) =>
    firstFound(wireObjects(message.tool_calls), ({ id }, call) => {
      const callId = String(id);
      if (seen.has(callId)) {
        const param = `messages.[${index}].tool_calls[${call}].id`;
        return invalidRequest({
          message: `Invalid parameter: Duplicate value for 'id' of '${callId}' in 'tool_calls'.`,
          param,
        });
      }
      seen.add(callId);
      return undefined;
    }),
  );
}

/** The rules that pair calls with their results. */
export const openaiChatToolTurnRules: readonly RefusalRule[] = [
  duplicateChatCallId,
  chatResultWithoutCall,
  chatResultOfAnotherCall,
  duplicateChatResult,
  unansweredChatCall,
];
