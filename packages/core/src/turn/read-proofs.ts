import type { Json } from '../base/json.ts';
import { type Scope, scopeKey } from '../base/scope.ts';
import { type AsyncFunctionRequest, parseAsyncFunctionRequest } from '../parts/async-function-request.ts';
import { type AsyncFunctionResponse, parseAsyncFunctionResponse } from '../parts/async-function-response.ts';
import { type AsyncFunctionConsumption, parseConsumption } from '../parts/consumption.ts';
import { verifyRequest } from '../parts/sign-part.ts';
import type { Runtime } from '../runtime.ts';
import type { Transcript } from './transcript.ts';

/** A consumption with the message that it stands in. */
export interface PlacedConsumption extends AsyncFunctionConsumption {
  readonly message: number;
}

/** The value, if it is a request that we signed for this scope. */
export async function provenRequest(
  { signer }: Runtime,
  scope: Scope,
  value: unknown,
): Promise<AsyncFunctionRequest<Json, Json> | undefined> {
  const request = tryParse(parseAsyncFunctionRequest, value);
  return request !== undefined && (await verifyRequest(signer, scope, request)) ? request : undefined;
}

/** The task id that a part names, whoever wrote it: good for looking it up, proves nothing. */
export function idNamedBy(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'
    ? value.id
    : undefined;
}

/** The value, if it has the shape of a response; unproved. */
export function readResponse(value: unknown): AsyncFunctionResponse<Json> | undefined {
  return tryParse(parseAsyncFunctionResponse, value);
}

/** The consumptions of the history that we signed for this scope, by task id; of several for one task the first. */
export async function provenConsumptions(
  runtime: Runtime,
  scope: Scope,
  { messages }: Transcript,
): Promise<Map<string, PlacedConsumption>> {
  const claimed: { value: unknown; message: number }[] = [];
  messages.forEach(({ consumptions }, message) => {
    for (const value of consumptions) claimed.push({ value, message });
  });
  const read = await Promise.all(
    claimed.map(async ({ value, message }) => {
      const consumption = tryParse(parseConsumption, value);
      const genuine = consumption !== undefined && (await isProven(runtime, scope, consumption));
      return { consumption, genuine, message };
    }),
  );
  const proven = new Map<string, PlacedConsumption>();
  for (const { consumption, genuine, message } of read) {
    const id = consumption?.response.id ?? '';
    if (consumption === undefined || !genuine) {
      await runtime.report('history.ignored', { scope, id }, { detail: 'consumption' });
    } else if (!proven.has(id)) proven.set(id, { ...consumption, message });
  }
  return proven;
}

/** A branch begins with what its trunk was told. */
async function isProven({ signer }: Runtime, scope: Scope, consumption: AsyncFunctionConsumption): Promise<boolean> {
  if (await signer.verify(consumption, scopeKey(scope))) return true;
  const { branch, ...trunk } = scope;
  return branch !== undefined && (await signer.verify(consumption, scopeKey(trunk)));
}

function tryParse<PART>(parse: (value: unknown) => PART, value: unknown): PART | undefined {
  try {
    return value === undefined ? undefined : parse(value);
  } catch {
    return undefined;
  }
}
