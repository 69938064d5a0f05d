import type { ModelView, Provider, ProviderRefusal, Reply } from '@latecall/testing';
import { refuseAnthropic, refuseOpenAIChat, refuseOpenAIResponses } from '@latecall/testing';
// The parts of the strict servers without their HTTP.
import { anthropicView } from '../../packages/testing/src/servers/anthropic-view.ts';
import { anthropicBody, anthropicEvents } from '../../packages/testing/src/servers/anthropic-wire.ts';
import type { StreamEvent } from '../../packages/testing/src/servers/event-stream.ts';
import { createTurns, type ModelTurn } from '../../packages/testing/src/servers/model-turn.ts';
import { openaiChatView } from '../../packages/testing/src/servers/openai-chat-view.ts';
import { openaiChatBody, openaiChatEvents } from '../../packages/testing/src/servers/openai-chat-wire.ts';
import { createResponseMemory } from '../../packages/testing/src/servers/openai-responses-memory.ts';
import { openaiResponsesView } from '../../packages/testing/src/servers/openai-responses-view.ts';
import {
  openaiResponsesBody,
  openaiResponsesEvents,
} from '../../packages/testing/src/servers/openai-responses-wire.ts';
import { isErrorReply } from '../../packages/testing/src/servers/reply.ts';
import type { WireObject } from '../../packages/testing/src/servers/wire-value.ts';

/** A request as the provider reads it. */
export interface SentPrompt {
  readonly body: WireObject;
  readonly text: string;
  readonly view: ModelView;
  readonly refusal: ProviderRefusal | undefined;
}

/** A strict provider without a network. */
export interface StrictProvider {
  read(text: string): SentPrompt;
  /** Its answer to a prompt that it takes. */
  answer(prompt: SentPrompt, reply: Reply, breaks: boolean): Response;
}

export function createProvider(provider: Provider): StrictProvider {
  const takeTurn = createTurns(provider === 'anthropic' ? 'toolu' : 'call');
  const memory = createResponseMemory();
  const api = apiOf(provider);
  return {
    read: (text) => {
      const body = JSON.parse(text) as WireObject;
      const recalled = provider === 'openai-responses' ? memory.recall(body) : { history: body };
      if ('refusal' in recalled) return { body, text, view: api.view(body, body), refusal: recalled.refusal };
      const { history } = recalled;
      return { body, text, view: api.view(body, history), refusal: api.refuse(history) };
    },
    answer: ({ body, view }, reply, breaks) => {
      if (isErrorReply(reply)) {
        return Response.json({ error: { message: 'The simulated provider is overloaded.' } }, { status: reply.status });
      }
      const turn = takeTurn(reply, view);
      if (provider === 'openai-responses') {
        const recalled = memory.recall(body);
        if ('history' in recalled) memory.remember(turn, body, recalled.history);
      }
      if (body.stream !== true) {
        const text = JSON.stringify(api.whole(turn, body));
        const headers = { 'content-type': 'application/json' };
        return breaks
          ? new Response(brokenBody([text.slice(0, text.length / 2)]), { headers })
          : new Response(text, { headers });
      }
      const frames = api.events(turn, body).map(frame);
      const headers = { 'content-type': 'text/event-stream; charset=utf-8' };
      const cut = frames.slice(0, Math.ceil(frames.length / 2));
      return new Response(breaks ? brokenBody(cut) : frames.join(''), { headers });
    },
  };
}

function apiOf(provider: Provider) {
  switch (provider) {
    case 'openai-chat':
      return { view: openaiChatView, refuse: refuseOpenAIChat, whole: openaiChatBody, events: openaiChatEvents };
    case 'anthropic':
      return { view: anthropicView, refuse: refuseAnthropic, whole: anthropicBody, events: anthropicEvents };
    case 'openai-responses':
      return {
        view: openaiResponsesView,
        refuse: refuseOpenAIResponses,
        whole: openaiResponsesBody,
        events: (turn: ModelTurn, body: WireObject) => openaiResponsesEvents(turn, body),
      };
    default:
      return provider satisfies never;
  }
}

function frame({ event, data }: StreamEvent): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${text}\n\n`;
}

/** Breaks off behind these chunks. */
function brokenBody(chunks: readonly string[]): ReadableStream<Uint8Array> {
  const left = [...chunks];
  return new ReadableStream({
    pull: (controller) => {
      const chunk = left.shift();
      if (chunk === undefined) controller.error(new TypeError('terminated'));
      else controller.enqueue(new TextEncoder().encode(chunk));
    },
  });
}
