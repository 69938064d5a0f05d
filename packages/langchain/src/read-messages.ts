import type { AIMessage, BaseMessage, ToolMessage } from '@langchain/core/messages';
import {
  canonicalJson,
  type Json,
  lazyTranscript,
  plainMessage,
  type Transcript,
  type TranscriptMessage,
} from '@latecall/core';
import { isLoaded, isOurs, modelCargoOf, toolCargoOf } from './carrier.ts';
import { callsOf } from './stamp-of.ts';

/** Reads a conversation in the terms that core decides by; indexes stay those of the messages. */
export function readMessages(messages: readonly BaseMessage[]): Transcript {
  return lazyTranscript({
    read: () => messages.map(readMessage),
    isPlain: () => messages.every((message) => !isLoaded(message) && !isOurs(message as ToolMessage)),
    fingerprint: () => messages.flatMap(fingerprintOf),
  });
}

function readMessage(message: BaseMessage): TranscriptMessage {
  switch (message.type) {
    case 'ai':
      return {
        ...plain.assistant,
        calls: callsOf(message).map(({ id = '', name }) => ({ callId: id, name })),
        consumptions: modelCargoOf(message as AIMessage).consumptions ?? [],
      };
    case 'tool': {
      const { request, response } = toolCargoOf(message as ToolMessage);
      const callId = (message as ToolMessage).tool_call_id;
      return { ...plain.tool, results: [{ part: 0, callId, request, response }] };
    }
    case 'system':
      return plain.system;
    default:
      return plain.user;
  }
}

const plain = {
  system: plainMessage('system'),
  user: plainMessage('user'),
  assistant: plainMessage('assistant'),
  tool: plainMessage('tool'),
};

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
