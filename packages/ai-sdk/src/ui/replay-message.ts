import { getToolName, isDataUIPart, isToolUIPart, type UIMessage, type UIMessageChunk } from 'ai';

type Part = UIMessage['parts'][number];
type ToolPart = Extract<Part, { toolCallId: string }>;

/**
 * Puts the message that a run continues at the beginning of its stream, for clients that join by `resumeStream`: they
 * begin with an empty message, and an output for a call that is not in it would break their chat.
 */
export function withReplay({ id, metadata, parts }: UIMessage): TransformStream<UIMessageChunk, UIMessageChunk> {
  const replayed = parts.flatMap((part, index) => replayPart(part, `${id}_${index}`));
  return new TransformStream({
    transform: (chunk, controller) => {
      if (chunk.type !== 'start') return controller.enqueue(chunk);
      const { messageMetadata, ...start } = chunk;
      controller.enqueue({ ...start, ...defined({ messageMetadata: metadata }) });
      for (const part of replayed) controller.enqueue(part);
      if (messageMetadata !== undefined) controller.enqueue({ type: 'message-metadata', messageMetadata });
    },
  });
}

function replayPart(part: Part, id: string): UIMessageChunk[] {
  if (isToolUIPart(part)) return replayTool(part);
  if (isDataUIPart(part)) return [part];
  switch (part.type) {
    case 'step-start':
      return [{ type: 'start-step' }];
    case 'text': {
      const { text, citations, providerMetadata } = part;
      return [
        { type: 'text-start', id },
        { type: 'text-delta', id, delta: text },
        { type: 'text-end', id, ...defined({ citations, providerMetadata }) },
      ];
    }
    case 'reasoning': {
      const { text, providerMetadata } = part;
      const own = part.id ?? id;
      return [
        { type: 'reasoning-start', id: own },
        { type: 'reasoning-delta', id: own, delta: text },
        { type: 'reasoning-end', id: own, ...defined({ providerMetadata }) },
      ];
    }
    default:
      return [part]; // files, sources, custom and steering messages are one chunk of the same fields
  }
}

function replayTool(part: ToolPart): UIMessageChunk[] {
  const { toolCallId, providerExecuted, title, toolMetadata, callProviderMetadata: providerMetadata } = part;
  const call = {
    toolCallId,
    toolName: getToolName(part),
    ...defined({ providerExecuted, title, toolMetadata, providerMetadata }),
    ...(part.type === 'dynamic-tool' ? { dynamic: true } : {}),
  };
  if (part.state === 'input-streaming') {
    const { rawInput, inputEncoding } = part;
    const delta =
      rawInput === undefined ? [] : [{ type: 'tool-input-delta' as const, toolCallId, inputTextDelta: rawInput }];
    return [{ type: 'tool-input-start', ...call, ...defined({ inputEncoding }) }, ...delta];
  }
  return [{ type: 'tool-input-available', ...call, input: part.input }, ...replayApproval(part), ...replayOutput(part)];
}

function replayApproval({ toolCallId, approval }: ToolPart): UIMessageChunk[] {
  if (approval === undefined) return [];
  const { id: approvalId, approved, reason, requestReason, descriptor, isAutomatic, signature } = approval;
  const inputSchemaInput = Object.hasOwn(approval, 'inputSchemaInput') ? approval.inputSchemaInput : undefined;
  const asked: UIMessageChunk = {
    type: 'tool-approval-request',
    approvalId,
    toolCallId,
    ...defined({ approvalDescriptor: descriptor, inputSchemaInput, reason: requestReason, isAutomatic, signature }),
  };
  if (approved === undefined) return [asked];
  return [asked, { type: 'tool-approval-response', approvalId, approved, ...defined({ reason }) }];
}

function replayOutput(part: ToolPart): UIMessageChunk[] {
  const { toolCallId } = part;
  switch (part.state) {
    case 'output-available': {
      const { output, resultProviderMetadata: providerMetadata, preliminary, providerExecuted } = part;
      const more = defined({ providerMetadata, preliminary, providerExecuted });
      return [{ type: 'tool-output-available', toolCallId, output, ...more }];
    }
    case 'output-error': {
      const { errorText, resultProviderMetadata: providerMetadata, providerExecuted } = part;
      return [{ type: 'tool-output-error', toolCallId, errorText, ...defined({ providerMetadata, providerExecuted }) }];
    }
    case 'output-denied':
      return [{ type: 'tool-output-denied', toolCallId }];
    default:
      return [];
  }
}

type Defined<FIELDS> = { [KEY in keyof FIELDS]?: Exclude<FIELDS[KEY], undefined> };

function defined<FIELDS extends object>(fields: FIELDS): Defined<FIELDS> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<FIELDS>;
}
