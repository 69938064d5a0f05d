import { parsedOrText, type WireObject } from './wire-value.ts';

/** The wire protocols of the providers. */
export type Provider = 'openai-responses' | 'openai-chat' | 'anthropic';

/** A tool call as the model reads it in its history. `arguments` are parsed. */
export type ViewToolCall = {
  readonly callId: string;
  readonly name: string;
  readonly arguments: unknown;
  /** A native async call: it may be open, and its result may come in any later turn. */
  readonly async?: true;
};

/** A tool result as the model reads it. `output` is parsed where it is JSON, else the text. */
export type ViewToolResult = {
  readonly callId: string;
  /** The name of the call it answers, where the history has that call. */
  readonly name?: string;
  readonly output: unknown;
  /** Only Anthropic says so on the wire. */
  readonly isError?: boolean;
};

/**
 * One message of the history. Neighbours of one role are not merged, except the items of one model answer and the
 * results of one turn.
 */
export type ViewMessage = {
  readonly role: 'user' | 'assistant' | 'tool';
  readonly texts: readonly string[];
  readonly toolCalls: readonly ViewToolCall[];
  readonly toolResults: readonly ViewToolResult[];
};

/** A tool that the model may call. */
export type ViewTool = {
  readonly name: string;
  readonly description?: string;
  readonly inputSchema: unknown;
  /** Calls of it are native async calls. */
  readonly async?: true;
};

/** All that a model is given: the wire input in a reading that is the same for every provider. */
export type ModelView = {
  readonly provider: Provider | 'gateway';
  readonly model: string;
  /** The system texts, joined by line breaks; empty if there are none. */
  readonly system: string;
  readonly messages: readonly ViewMessage[];
  readonly tools: readonly ViewTool[];
  /** The request body as it was sent. */
  readonly body: WireObject;
};

/** A piece of the history before neighbours are joined. */
export type ViewPart = Partial<ViewMessage> & Pick<ViewMessage, 'role'>;

/** A result whose output is still text. */
export function toolResult({
  callId,
  text,
  isError,
}: {
  callId: unknown;
  text: string;
  isError?: unknown;
}): ViewToolResult {
  return { callId: String(callId), output: parsedOrText(text), ...(isError === true && { isError }) };
}

/** A tool as the wire declares it. */
export function viewTool(declaration: WireObject, inputSchema: unknown): ViewTool {
  const { name, description, async: isAsync } = declaration;
  return {
    name: String(name),
    ...(typeof description === 'string' && { description }),
    inputSchema,
    ...(isAsync === true && { async: isAsync }),
  };
}

function isSameMessage(previous: ViewMessage | undefined, part: ViewPart): boolean {
  return previous?.role === part.role && part.role !== 'user';
}

/** Joins the parts of one answer, and of one turn's results, and names the results after their calls. */
export function joinParts(parts: readonly ViewPart[]): readonly ViewMessage[] {
  const names = new Map(parts.flatMap(({ toolCalls = [] }) => toolCalls.map(({ callId, name }) => [callId, name])));
  const messages: ViewMessage[] = [];
  for (const { role, texts = [], toolCalls = [], toolResults = [] } of parts) {
    const previous = messages.at(-1);
    const named = toolResults.map((result) => {
      const name = names.get(result.callId);
      return name === undefined ? result : { ...result, name };
    });
    if (previous !== undefined && isSameMessage(previous, { role })) {
      messages[messages.length - 1] = {
        role,
        texts: [...previous.texts, ...texts],
        toolCalls: [...previous.toolCalls, ...toolCalls],
        toolResults: [...previous.toolResults, ...named],
      };
    } else {
      messages.push({ role, texts, toolCalls, toolResults: named });
    }
  }
  return messages;
}

/** The calls of the history that have no result yet. A provider takes only native async ones. */
export function openCalls({ messages }: ModelView): readonly ViewToolCall[] {
  const answered = new Set(messages.flatMap(({ toolResults }) => toolResults.map(({ callId }) => callId)));
  return messages.flatMap(({ toolCalls }) => toolCalls.filter(({ callId }) => !answered.has(callId)));
}

/** The texts of wire content: a string, or parts that have a `text`. */
export function contentTexts(content: unknown): readonly string[] {
  if (typeof content === 'string') {
    return content === '' ? [] : [content];
  }
  return Array.isArray(content)
    ? content.flatMap((part: { text?: unknown } | null) => (typeof part?.text === 'string' ? [part.text] : []))
    : [];
}
