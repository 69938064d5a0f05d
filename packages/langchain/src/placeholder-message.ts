import { ToolMessage } from '@langchain/core/messages';
import { type AsyncFunctionRequest, placeholder } from '@latecall/core';
import { LATECALL } from './carrier.ts';

/**
 * What a dispatched call is answered with: valid in every prompt, and in its `artifact`, which no model sees, the request.
 * Its id is made of the task's and the call's: a call that is run again puts it in the same place, and another call that
 * joined the same work does not.
 */
export function placeholderMessage(request: AsyncFunctionRequest): ToolMessage {
  const { id, handle, functionCall } = request;
  return new ToolMessage({
    id: `${id}.${functionCall.callId}`,
    content: placeholderText(handle),
    tool_call_id: functionCall.callId,
    name: functionCall.name,
    artifact: { [LATECALL]: { request } },
  });
}

/** The placeholder as a model reads it. */
export function placeholderText(handle: string): string {
  return JSON.stringify(placeholder(handle));
}
