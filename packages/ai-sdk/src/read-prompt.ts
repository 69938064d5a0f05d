import type { Json, Transcript, TranscriptMessage } from '@latecall/core';
import { cargoOf, RESPONSE_KIND } from './carrier.ts';
import type { Prompt, PromptMessage } from './host-types.ts';

/** Reads a provider's prompt in the terms that core decides by; indexes stay those of the prompt. */
export function readPrompt(prompt: Prompt): Transcript {
  return {
    messages: prompt.map(readMessage),
    fingerprint: () => prompt.flatMap(fingerprintOf),
  };
}

function readMessage(message: PromptMessage): TranscriptMessage {
  switch (message.role) {
    case 'system':
    case 'user':
      return { role: message.role, calls: [], results: [], consumptions: [] };
    case 'assistant':
      return {
        role: 'assistant',
        calls: message.content.flatMap((part) =>
          part.type === 'tool-call' && part.providerExecuted !== true
            ? [{ callId: part.toolCallId, name: part.toolName, native: part.providerOptions?.openai?.async === true }]
            : [],
        ),
        results: [],
        consumptions: message.content.flatMap((part) =>
          part.type === 'custom' && part.kind === RESPONSE_KIND ? [cargoOf(part).consumption] : [],
        ),
      };
    case 'tool':
      return {
        role: 'tool',
        calls: [],
        results: message.content.flatMap((part, index) => {
          if (part.type !== 'tool-result') return [];
          const { request, response } = cargoOf(part);
          return [{ part: index, callId: part.toolCallId, request, response }];
        }),
        consumptions: [],
      };
    default:
      return message satisfies never;
  }
}

/** Texts, calls and results: what stays equal when an app runs the same history again. */
function fingerprintOf(message: PromptMessage): Json[] {
  if (message.role === 'system') return [];
  const parts = message.content.flatMap((part): Json[] => {
    switch (part.type) {
      case 'text':
        return [part.text];
      case 'tool-call':
        return [['call', part.toolCallId, part.toolName, stable(part.input)]];
      case 'tool-result': {
        const { request, response } = cargoOf(part);
        if (response !== undefined) return [];
        return [['result', part.toolCallId, request === undefined ? stable(part.output) : null]];
      }
      case 'file':
        return [['file', part.mediaType, sizeOf(part.data)]];
      default:
        return [];
    }
  });
  return parts.length === 0 ? [] : [[message.role, parts]];
}

function stable(value: unknown): Json {
  const text = JSON.stringify([value], (key, member: unknown) => (key === 'providerOptions' ? undefined : member));
  return JSON.parse(text) as Json; // what JSON.parse gives is JSON
}

function sizeOf(
  data: Extract<Extract<PromptMessage, { role: 'user' }>['content'][number], { type: 'file' }>['data'],
): Json {
  switch (data.type) {
    case 'url':
      return data.url.toString();
    case 'text':
      return data.text;
    case 'data':
      return typeof data.data === 'string' ? data.data.length : data.data.byteLength;
    default:
      return stable(data);
  }
}
