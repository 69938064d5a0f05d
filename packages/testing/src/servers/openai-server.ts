import { refuseOpenAIChat } from './openai-chat-rules.ts';
import { openaiChatView } from './openai-chat-view.ts';
import { openaiChatBody, openaiChatEvents } from './openai-chat-wire.ts';
import { createResponseMemory } from './openai-responses-memory.ts';
import { openaiResponsesShapeRules, refuseOpenAIResponses } from './openai-responses-rules.ts';
import { openaiResponsesView } from './openai-responses-view.ts';
import { openaiResponsesBody, openaiResponsesEvents } from './openai-responses-wire.ts';
import { firstRefusal } from './provider-refusal.ts';
import type { ScriptedModel } from './reply.ts';
import { type Endpoint, type StrictServer, startStrictServer, type WireError } from './strict-server.ts';
import type { WireObject } from './wire-value.ts';

/** Source: platform.openai.com/docs/guides/error-codes. */
function usualError(status: number): { type: string; message: string; code: string | null } {
  if (status === 429) {
    return { type: 'requests', message: 'Rate limit reached for requests', code: 'rate_limit_exceeded' };
  }
  return status >= 500
    ? {
        type: 'server_error',
        message: 'The server had an error while processing your request. Sorry about that!',
        code: null,
      }
    : { type: 'invalid_request_error', message: 'The request was refused.', code: null };
}

function errorBody({ status, ...error }: WireError): WireObject {
  const { type, message, param = null, code } = { ...usualError(status), ...error };
  return { error: { message, type, param, code: code ?? null } };
}

function chatEndpoint(): Endpoint {
  return {
    path: '/v1/chat/completions',
    judge: (body) => {
      const refusal = refuseOpenAIChat(body);
      return refusal === undefined ? { history: body } : { refusal };
    },
    view: openaiChatView,
    whole: openaiChatBody,
    events: openaiChatEvents,
    errorBody,
  };
}

function responsesEndpoint(): Endpoint {
  const memory = createResponseMemory();
  return {
    path: '/v1/responses',
    judge: (body) => {
      // What was sent is judged before it is joined with what is stored: the error then names its place in the request.
      const shape = firstRefusal(openaiResponsesShapeRules, body);
      if (shape !== undefined) {
        return { refusal: shape };
      }
      const recalled = memory.recall(body);
      const refusal = 'history' in recalled ? refuseOpenAIResponses(recalled.history) : undefined;
      return refusal === undefined ? recalled : { refusal };
    },
    view: openaiResponsesView,
    whole: openaiResponsesBody,
    events: openaiResponsesEvents,
    errorBody,
    answered: memory.remember,
  };
}

/**
 * Starts a strict OpenAI on a free local port: the Responses API and Chat Completions, streamed and not.
 * Histories that OpenAI would refuse are refused with its own kind of error and do not reach the model.
 */
export function startOpenAIServer({ model }: { model: ScriptedModel }): Promise<StrictServer> {
  return startStrictServer({ endpoints: [responsesEndpoint(), chatEndpoint()], model, callIdPrefix: 'call' });
}
