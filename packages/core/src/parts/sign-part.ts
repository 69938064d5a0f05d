import { type Scope, scopeKey } from '../base/scope.ts';
import type { AsyncFunctionRequest } from './async-function-request.ts';
import type { AsyncFunctionResponse } from './async-function-response.ts';
import type { Signer } from './signature.ts';

/** Signs a request together with its scope: moved to another conversation it proves nothing. */
export async function signRequest<REQUEST extends AsyncFunctionRequest>(
  signer: Signer,
  scope: Scope,
  request: REQUEST,
): Promise<REQUEST> {
  return { ...request, signature: await signer.sign(request, scopeKey(scope)) };
}

/** `true` if the request was signed by us for this scope. */
export function verifyRequest(signer: Signer, scope: Scope, request: AsyncFunctionRequest): Promise<boolean> {
  return signer.verify(request, scopeKey(scope));
}

/** Signs a response. Its scope is that of the request whose unguessable id it names. */
export async function signResponse<RESPONSE extends AsyncFunctionResponse>(
  signer: Signer,
  response: RESPONSE,
): Promise<RESPONSE> {
  return { ...response, signature: await signer.sign(response, null) };
}

/** `true` if the response was signed by us. */
export function verifyResponse(signer: Signer, response: AsyncFunctionResponse): Promise<boolean> {
  return signer.verify(response, null);
}
