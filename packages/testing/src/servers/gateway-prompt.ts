import { isWireObject, type WireObject, wireObjects } from './wire-value.ts';

/** A part of the prompt with its place (`prompt.2.content.1`). */
export type PlacedPart = { readonly part: WireObject; readonly path: string; readonly message: number };

/** The 400 of the gateway. */
export const GATEWAY_ERROR = { status: 400, type: 'invalid_request_error' } as const;

/** Every part of the prompt, in order. System messages have none: their content is text. */
export function promptParts(body: WireObject): readonly PlacedPart[] {
  return wireObjects(body.prompt).flatMap(({ content }, message) =>
    wireObjects(content).map((part, position) => ({
      part,
      path: `prompt.${message}.content.${position}`,
      message,
    })),
  );
}

/** Whether the part calls a tool that the caller runs. */
export function isCallPart({ type, providerExecuted }: WireObject): boolean {
  return type === 'tool-call' && providerExecuted !== true;
}

/** Whether the part is the result of such a call: results of the provider's own tools stand in the assistant's message. */
export function isResultPart({ part, message }: PlacedPart, body: WireObject): boolean {
  return part.type === 'tool-result' && wireObjects(body.prompt)[message]?.role === 'tool';
}

/** What a tool result says, as text or as JSON. */
export function outputOf({ output }: WireObject): unknown {
  if (!isWireObject(output)) {
    return output;
  }
  switch (output.type) {
    case 'execution-denied':
      return output.reason ?? 'Tool execution denied.';
    case 'content':
      return wireObjects(output.value)
        .flatMap(({ text }) => (typeof text === 'string' ? [text] : []))
        .join('');
    default:
      return output.value;
  }
}
