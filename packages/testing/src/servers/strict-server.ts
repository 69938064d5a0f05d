import { type StreamEvent, sendEvents, sendJSON } from './event-stream.ts';
import { type Exchange, responseEnd, startHTTPServer } from './http-server.ts';
import { createTurns, type ModelTurn } from './model-turn.ts';
import type { ModelView } from './model-view.ts';
import type { ProviderRefusal } from './provider-refusal.ts';
import {
  createReplies,
  type ErrorReply,
  isErrorReply,
  type ModelPolicy,
  type ModelReply,
  type ScriptedModel,
} from './reply.ts';
import { isWireObject, parsedOrText, type WireObject } from './wire-value.ts';

/** A request as it came over the wire, refused ones too. */
export type CapturedRequest = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The parsed JSON body, or the text where it is no JSON. */
  readonly body: unknown;
  /** Why the provider refused it, if it did. */
  refusal?: ProviderRefusal;
  /** The status of the response, once it is decided. */
  responseStatus?: number;
  /** Whether the whole response went out: `incomplete` if it was cut, or if the client went away. */
  readonly responseEnd: Promise<'complete' | 'incomplete'>;
};

/** A provider that stands in for the language model: strict about what it is sent, scripted in what it answers. */
export type StrictServer = AsyncDisposable & {
  /** What most clients are configured with; ends in `/v1`, of the gateway in `/v4/ai`. */
  readonly baseURL: string;
  /** The same without `/v1`, for clients that add it themselves (Anthropic's own SDK, and what builds on it). */
  readonly origin: string;
  /** Every request that came in, in order. */
  readonly requests: readonly CapturedRequest[];
  readonly close: () => Promise<void>;
};

/** What an error body is made of. */
export type WireError = Partial<Omit<ProviderRefusal, 'rule'>> & { readonly status: number };

/** The verdict on a request: refused, or accepted with its whole history (what is stored put in its place). */
type Judgement = { readonly refusal: ProviderRefusal } | { readonly history: WireObject };

/** The headers of a request, in lower case. */
export type RequestHeaders = CapturedRequest['headers'];

/** One API of a provider. */
export type Endpoint = {
  readonly path: string;
  readonly judge: (body: WireObject, headers: RequestHeaders) => Judgement;
  /** Whether a stream is asked for, if the body's `stream` does not say so. */
  readonly isStreamed?: (headers: RequestHeaders) => boolean;
  readonly view: (body: WireObject, history: WireObject, headers: RequestHeaders) => ModelView;
  readonly whole: (turn: ModelTurn, body: WireObject) => WireObject;
  readonly events: (turn: ModelTurn, body: WireObject) => readonly StreamEvent[];
  readonly errorBody: (error: WireError) => WireObject;
  /** Told of each answer when it is decided. */
  readonly answered?: (turn: ModelTurn, body: WireObject, history: WireObject) => void;
};

const UNREADABLE: ProviderRefusal = {
  rule: 'unreadableBody',
  status: 400,
  type: 'invalid_request_error',
  message: 'The request body is not valid JSON.',
};

type Call = { endpoint: Endpoint; captured: CapturedRequest; response: Exchange['response'] };

async function refuse({ endpoint, captured, response }: Call, refusal: ProviderRefusal): Promise<void> {
  captured.refusal = refusal;
  captured.responseStatus = refusal.status;
  await sendJSON({ response, status: refusal.status, body: endpoint.errorBody(refusal) });
}

async function fail(
  { endpoint, captured, response }: Call,
  { status, error, headers = {} }: ErrorReply,
): Promise<void> {
  captured.responseStatus = status;
  await sendJSON({ response, status, headers, body: endpoint.errorBody({ status, ...error }) });
}

async function answer(
  { endpoint, captured, response }: Call,
  { turn, reply, body }: { turn: ModelTurn; reply: ModelReply; body: WireObject },
): Promise<void> {
  captured.responseStatus = 200;
  if (endpoint.isStreamed?.(captured.headers) ?? body.stream === true) {
    await sendEvents({ response, events: endpoint.events(turn, body), reply });
  } else {
    const { breakAfter } = reply;
    const whole = endpoint.whole(turn, body);
    await sendJSON({ response, status: 200, body: whole, ...(breakAfter !== undefined && { breakAfter }) });
  }
}

type Model = { nextReply: ModelPolicy; takeTurn: (reply: ModelReply, view: ModelView) => ModelTurn };

async function serve(call: Call, { nextReply, takeTurn }: Model): Promise<void> {
  const { endpoint, captured } = call;
  const { body, headers } = captured;
  const judgement = isWireObject(body) ? endpoint.judge(body, headers) : { refusal: UNREADABLE };
  if (!isWireObject(body) || 'refusal' in judgement) {
    await refuse(call, 'refusal' in judgement ? judgement.refusal : UNREADABLE);
    return;
  }
  const { history } = judgement;
  const view = endpoint.view(body, history, headers);
  const reply = await nextReply(view);
  await reply.before;
  if (isErrorReply(reply)) {
    await fail(call, reply);
    return;
  }
  const turn = takeTurn(reply, view);
  endpoint.answered?.(turn, body, history);
  await answer(call, { turn, reply, body });
}

/** Starts a strict server for the APIs of one provider. */
export async function startStrictServer({
  endpoints,
  model,
  callIdPrefix,
  basePath = '/v1',
}: {
  endpoints: readonly Endpoint[];
  model: ScriptedModel;
  callIdPrefix: string;
  basePath?: string;
}): Promise<StrictServer> {
  const requests: CapturedRequest[] = [];
  const scripted: Model = { nextReply: createReplies(model), takeTurn: createTurns(callIdPrefix) };
  const server = await startHTTPServer(async ({ method, path, headers, text, response }) => {
    const captured: CapturedRequest = { path, headers, body: parsedOrText(text), responseEnd: responseEnd(response) };
    requests.push(captured);
    const endpoint = endpoints.find((candidate) => method === 'POST' && candidate.path === path.split('?')[0]);
    if (endpoint === undefined) {
      captured.responseStatus = 404;
      await sendJSON({ response, status: 404, body: { error: { message: `Invalid URL (${method} ${path})` } } });
      return;
    }
    await serve({ endpoint, captured, response }, scripted);
  });
  return {
    baseURL: `${server.origin}${basePath}`,
    origin: server.origin,
    requests,
    close: server.close,
    [Symbol.asyncDispose]: server.close,
  };
}
