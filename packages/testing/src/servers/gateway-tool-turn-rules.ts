import { GATEWAY_ERROR, isCallPart, isResultPart, promptParts } from './gateway-prompt.ts';
import type { RefusalDetail, RefusalRule } from './provider-refusal.ts';
import { firstFound, type WireObject, wireObjects } from './wire-value.ts';

function refused(path: string, message: string): RefusalDetail {
  return { ...GATEWAY_ERROR, message: `${path}: ${message}` };
}

/** No call id on two calls: the providers behind it refuse that (`duplicateToolUseId`, `duplicateResponsesCallId`). */
function duplicateGatewayCall(body: WireObject): RefusalDetail | undefined {
  const seen = new Set<unknown>();
  return firstFound(promptParts(body), ({ part, path }) => {
    if (part.type !== 'tool-call') {
      return undefined;
    }
    if (seen.has(part.toolCallId)) {
      return refused(path, `another tool call has the id '${String(part.toolCallId)}'`);
    }
    seen.add(part.toolCallId);
    return undefined;
  });
}

/** A result stands behind its call, whose tool it names: the providers behind it refuse an orphan. */
function gatewayResultWithoutCall(body: WireObject): RefusalDetail | undefined {
  const parts = promptParts(body);
  return firstFound(parts, (placed, index) => {
    const { part, path } = placed;
    const call = parts
      .slice(0, index)
      .find((candidate) => isCallPart(candidate.part) && candidate.part.toolCallId === part.toolCallId);
    return !isResultPart(placed, body) || call?.part.toolName === part.toolName
      ? undefined
      : refused(path, `no tool call of '${String(part.toolName)}' has the id '${String(part.toolCallId)}'`);
  });
}

/** One result for a call: the providers behind it refuse a second one. */
function duplicateGatewayResult(body: WireObject): RefusalDetail | undefined {
  const seen = new Set<unknown>();
  return firstFound(promptParts(body), (placed) => {
    const { part, path } = placed;
    if (!isResultPart(placed, body)) {
      return undefined;
    }
    if (seen.has(part.toolCallId)) {
      return refused(path, `the tool call '${String(part.toolCallId)}' has another result`);
    }
    seen.add(part.toolCallId);
    return undefined;
  });
}

/**
 * Every call is answered in the tool messages right behind it, native async ones too: what the gateway makes of an open
 * call is not public, and the providers behind it refuse it (`unansweredToolUse`, `unansweredChatCall`).
 */
function unansweredGatewayCall(body: WireObject): RefusalDetail | undefined {
  const messages = wireObjects(body.prompt);
  const parts = promptParts(body);
  return firstFound(parts, ({ part, path, message }) => {
    if (!isCallPart(part)) {
      return undefined;
    }
    const behind = messages.slice(message + 1).findIndex(({ role }) => role !== 'tool');
    const end = behind === -1 ? messages.length : message + 1 + behind;
    return parts.some(
      (placed) =>
        placed.message > message &&
        placed.message < end &&
        isResultPart(placed, body) &&
        placed.part.toolCallId === part.toolCallId,
    )
      ? undefined
      : refused(path, `the tool call '${String(part.toolCallId)}' has no result right behind it`);
  });
}

/**
 * The rules that pair calls with their results. What the gateway itself refuses is not public: it is held to what the
 * providers behind it refuse, in words of our own.
 */
export const gatewayToolTurnRules: readonly RefusalRule[] = [
  duplicateGatewayCall,
  gatewayResultWithoutCall,
  duplicateGatewayResult,
  unansweredGatewayCall,
];
