import {
  type Json,
  lazyTranscript,
  plainMessage,
  type Transcript,
  type TranscriptCall,
  type TranscriptMessage,
} from '@latecall/core';
import { cargoOf, isConsumption } from './carrier.ts';
import { cleanMessage } from './clean-message.ts';
import type { Prompt, PromptMessage } from './host-types.ts';

/** Reads a provider's prompt in the terms that core decides by; indexes stay those of the prompt. */
export function readPrompt(prompt: Prompt): Transcript {
  return lazyTranscript({
    read: () => prompt.map(readMessage),
    isPlain: () => prompt.every((message) => cleanMessage(message) === message),
    fingerprint: () => prompt.flatMap(fingerprintOf),
  });
}

function readMessage(message: PromptMessage): TranscriptMessage {
  switch (message.role) {
    case 'system':
    case 'user':
      return plain[message.role];
    case 'assistant':
      return readAnswer(message);
    case 'tool':
      return {
        ...plain.tool,
        results: message.content.flatMap((part, index) => {
          if (part.type !== 'tool-result') return [];
          const { request, response } = cargoOf(part);
          return [{ part: index, callId: part.toolCallId, request, response }];
        }),
      };
    default:
      return message satisfies never;
  }
}

const plain = {
  system: plainMessage('system'),
  user: plainMessage('user'),
  assistant: plainMessage('assistant'),
  tool: plainMessage('tool'),
};

function readAnswer({ content }: Extract<PromptMessage, { role: 'assistant' }>): TranscriptMessage {
  const calls: TranscriptCall[] = [];
  const consumptions: unknown[] = [];
  for (const part of content) {
    if (part.type === 'tool-call' && part.providerExecuted !== true) {
      const native = part.providerOptions?.openai?.async === true;
      calls.push({ callId: part.toolCallId, name: part.toolName, native });
    } else if (isConsumption(part)) consumptions.push(cargoOf(part).consumption);
  }
  if (calls.length === 0 && consumptions.length === 0) return plain.assistant;
  return { ...plain.assistant, calls, consumptions };
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
