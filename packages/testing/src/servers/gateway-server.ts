import { GATEWAY_ERROR } from './gateway-prompt.ts';
import { refuseGateway } from './gateway-rules.ts';
import { gatewayView } from './gateway-view.ts';
import { gatewayBody, gatewayEvents } from './gateway-wire.ts';
import type { ProviderRefusal } from './provider-refusal.ts';
import type { ScriptedModel } from './reply.ts';
import {
  type Endpoint,
  type RequestHeaders,
  type StrictServer,
  startStrictServer,
  type WireError,
} from './strict-server.ts';
import type { WireObject } from './wire-value.ts';

const BASE_PATH = '/v4/ai';

const MODEL_HEADER = 'ai-language-model-id';

/** Source: the errors that `@ai-sdk/gateway` makes of them, by type. */
const USUAL_ERRORS: ReadonlyMap<number, { type: string; message: string }> = new Map([
  [401, { type: 'authentication_error', message: 'Authentication failed' }],
  [403, { type: 'forbidden', message: 'Forbidden' }],
  [404, { type: 'model_not_found', message: 'Model not found' }],
  [424, { type: 'failed_dependency', message: 'Failed dependency' }],
  [429, { type: 'rate_limit_exceeded', message: 'Rate limit exceeded' }],
]);

function usualError(status: number): { type: string; message: string } {
  return (
    USUAL_ERRORS.get(status) ??
    (status >= 500
      ? { type: 'internal_server_error', message: 'Internal server error' }
      : { type: 'invalid_request_error', message: 'The request was refused.' })
  );
}

function errorBody({ status, ...error }: WireError): WireObject {
  const { type, message, param = null, code = null } = { ...usualError(status), ...error };
  return { error: { message, type, param, code }, generationId: null };
}

/** Source: the headers that `@ai-sdk/gateway` sends, and "missing headers" in the documentation of its error. */
function missingHeader(headers: RequestHeaders): ProviderRefusal | undefined {
  const missing = [MODEL_HEADER, 'ai-language-model-specification-version'].find((name) => headers[name] === undefined);
  return missing === undefined
    ? undefined
    : { rule: 'missingGatewayHeader', ...GATEWAY_ERROR, message: `Missing header ${missing}` };
}

const languageModelEndpoint: Endpoint = {
  path: `${BASE_PATH}/language-model`,
  judge: (body, headers) => {
    const refusal = missingHeader(headers) ?? refuseGateway(body);
    return refusal === undefined ? { history: body } : { refusal };
  },
  isStreamed: (headers) => headers['ai-language-model-streaming'] === 'true',
  view: (body, _history, headers) => gatewayView(body, String(headers[MODEL_HEADER])),
  whole: gatewayBody,
  events: gatewayEvents,
  errorBody,
};

/**
 * Starts a strict gateway on a free local port: what `createGateway({ baseURL })` talks to, which sends the call options
 * of the language model as they are, `providerOptions` and all, streamed and not. Prompts that the providers behind a
 * gateway would refuse are refused and do not reach the model.
 */
export function startGatewayServer({ model }: { model: ScriptedModel }): Promise<StrictServer> {
  return startStrictServer({
    endpoints: [languageModelEndpoint],
    model,
    callIdPrefix: 'call',
    basePath: BASE_PATH,
  });
}
