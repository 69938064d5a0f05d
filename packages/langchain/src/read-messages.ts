import type { AIMessage, BaseMessage, ToolMessage } from '@langchain/core/messages';
import { canonicalJson, type Json, type Transcript, type TranscriptMessage } from '@latecall/core';
import { modelCargoOf, toolCargoOf } from './carrier.ts';
import { callsOf } from './stamp-of.ts';

/** Reads a conversation in the terms that core decides by; indexes stay those of the messages. */
export function readMessages(messages: readonly BaseMessage[]): Transcript {
  return {
    messages: messages.map(readMessage),
    fingerprint: () => messages.flatMap(fingerprintOf),
  };
}

const nothing = { calls: [], results: [], consumptions: [] };

function readMessage(message: BaseMessage): TranscriptMessage {
  switch (message.type) {
    case 'ai':
      return {
        role: 'assistant',
        calls: callsOf(message).map(({ id = '', name }) => ({ callId: id, name })),
        results: [],
        consumptions: modelCargoOf(message as AIMessage).consumptions ?? [],
      };
    case 'tool': {
      const { request, response } = toolCargoOf(message as ToolMessage);
      const callId = (message as ToolMessage).tool_call_id;
      return { ...nothing, role: 'tool', results: [{ part: 0, callId, request, response }] };
    }
    case 'system':
      return { ...nothing, role: 'system' };
    default:
      return { ...nothing, role: 'user' };
  }
}

/** Texts, calls and results: what stays equal when an app runs the same history again. */
function fingerprintOf(message: BaseMessage): Json[] {
  switch (message.type) {
    case 'ai': {
      const calls = callsOf(message).map(({ id = '', name, args }) => [id, name, stable(args)]);
      return [['assistant', message.text, calls]];
    }
    case 'tool': {
      const { request, response } = toolCargoOf(message as ToolMessage);
      if (response !== undefined) return [];
      const { tool_call_id: callId, content } = message as ToolMessage;
      return [['tool', callId, request === undefined ? stable(content) : null]];
    }
    case 'system':
      return [];
    default:
      return [['user', stable(message.content)]];
  }
}

/** A text that is the same whatever order the members are in. */
function stable(value: unknown): string {
  return canonicalJson(JSON.parse(JSON.stringify(value ?? null)) as Json); // what JSON.parse gives is JSON
}
