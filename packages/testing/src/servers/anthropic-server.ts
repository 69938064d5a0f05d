import { refuseAnthropic } from './anthropic-rules.ts';
import { anthropicView } from './anthropic-view.ts';
import { anthropicBody, anthropicEvents } from './anthropic-wire.ts';
import type { ScriptedModel } from './reply.ts';
import { type Endpoint, type StrictServer, startStrictServer, type WireError } from './strict-server.ts';
import type { WireObject } from './wire-value.ts';

/** Source: platform.claude.com/docs/en/api/errors. */
const USUAL_ERRORS: ReadonlyMap<number, { type: string; message: string }> = new Map([
  [401, { type: 'authentication_error', message: 'invalid x-api-key' }],
  [403, { type: 'permission_error', message: 'Your API key does not have permission to use the specified resource.' }],
  [404, { type: 'not_found_error', message: 'Not found' }],
  [413, { type: 'request_too_large', message: 'Request exceeds the maximum size' }],
  [429, { type: 'rate_limit_error', message: 'This request would exceed your rate limit.' }],
  [529, { type: 'overloaded_error', message: 'Overloaded' }],
]);

function usualError(status: number): { type: string; message: string } {
  return (
    USUAL_ERRORS.get(status) ??
    (status >= 500
      ? { type: 'api_error', message: 'Internal server error' }
      : { type: 'invalid_request_error', message: 'The request was refused.' })
  );
}

function errorBody({ status, ...error }: WireError): WireObject {
  const { type, message } = { ...usualError(status), ...error };
  return { type: 'error', error: { type, message }, request_id: 'req_strict' };
}

const messagesEndpoint: Endpoint = {
  path: '/v1/messages',
  judge: (body) => {
    const refusal = refuseAnthropic(body);
    return refusal === undefined ? { history: body } : { refusal };
  },
  view: anthropicView,
  whole: anthropicBody,
  events: anthropicEvents,
  errorBody,
};

/**
 * Starts a strict Anthropic on a free local port: the Messages API, streamed and not. Histories that
 * Anthropic would refuse are refused with its own kind of error and do not reach the model.
 */
export function startAnthropicServer({ model }: { model: ScriptedModel }): Promise<StrictServer> {
  return startStrictServer({ endpoints: [messagesEndpoint], model, callIdPrefix: 'toolu' });
}
